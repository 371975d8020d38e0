"""Files that others append to: read once, in whole lines, whatever happens to them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.imports import SOURCES, claude, logs
from ai_sessions.imports.contract import Found, Past
from ai_sessions.records import Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
RECORDED = {
    "claude-transcript.jsonl": "claude",
    "codex-rollout.jsonl": "codex",
    "gemini-chat.jsonl": "gemini",
}


def _take(entry, memory):
    memory["lines"] = memory.get("lines", 0) + 1
    return (Past("test", str(entry["n"]), "", "m", Usage()),)


def _read(path, state):
    found = logs.read(path, state, (b"n",), _take)
    return [one.id for one in found.calls], found


def test_only_what_is_new_is_read_the_next_time(log):
    path = log('{"n":1}', '{"n":2}')
    first, found = _read(path, {})
    with path.open("a") as file:
        file.write('{"n":3}\n')
    second, found = _read(path, found.state)

    assert (first, second) == (["test:1", "test:2"], ["test:3"])
    assert found.state["memory"] == {"lines": 3}
    assert _read(path, found.state)[0] == []


def test_the_state_that_was_given_is_not_changed(log):
    path = log('{"n":1}')
    _, found = _read(path, {})
    before = {**found.state, "memory": dict(found.state["memory"])}
    with path.open("a") as file:
        file.write('{"n":2}\n')

    _read(path, found.state)

    assert found.state == before


def test_a_line_that_is_being_written_waits(log):
    path = log('{"n":1}')
    with path.open("a") as file:
        file.write('{"n":')
    first, found = _read(path, {})
    with path.open("a") as file:
        file.write("2}\n")
    second, _ = _read(path, found.state)

    assert (first, second) == (["test:1"], ["test:2"])
    assert found.bad == 0


def test_a_file_that_was_cut_is_read_again(log):
    path = log('{"n":1}', '{"n":2}')
    _, found = _read(path, {})
    path.write_text('{"n":9}\n')

    assert _read(path, found.state)[0] == ["test:9"]


@pytest.mark.parametrize("after", ['{"n":7}\n{"n":8}\n', '{"n":7}\n{"n":8}\n{"n":9}\n'])
def test_a_file_that_was_rewritten_in_place_is_read_again(log, after):
    path = log('{"n":1}', '{"n":2}')
    _, found = _read(path, {})
    path.write_text(after)
    os.utime(path, (1, 1))

    assert _read(path, found.state)[0] == [f"test:{n}" for n in (7, 8, 9)[: after.count("n")]]


def test_a_file_that_nobody_touched_is_not_opened(log, monkeypatch):
    path = log('{"n":1}', '{"n":')
    _, found = _read(path, {})
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))

    assert _read(path, found.state) == ([], Found((), found.state))


def test_a_file_that_was_only_touched_has_nothing_new(log):
    path = log('{"n":1}')
    _, found = _read(path, {})
    os.utime(path, (1, 1))

    assert _read(path, found.state)[0] == []


def test_a_file_that_was_replaced_is_read_again(log):
    path = log('{"n":1}')
    _, found = _read(path, {})
    log('{"n":8}', '{"n":9}', name="new").replace(path)

    assert _read(path, found.state)[0] == ["test:8", "test:9"]


@pytest.mark.parametrize(
    "state", [{"offset": "x"}, {"offset": 10**9}, {"inode": 1, "offset": 3}, {"memory": 5}]
)
def test_a_state_that_does_not_fit_is_as_good_as_none(log, state):
    assert _read(log('{"n":1}'), state)[0] == ["test:1"]


def test_a_last_line_that_an_earlier_version_left_is_read(log):
    path = log('{"n":1}')
    with path.open("a") as file:
        file.write('{"n":2}')
    _, found = _read(path, {})
    left = {**found.state, "offset": 8, "tail": logs._tail(os.open(path, os.O_RDONLY), 8)}

    assert _read(path, left)[0] == ["test:2"]
    assert _read(path, found.state)[0] == []


def test_blank_and_broken_lines_do_no_harm(log):
    ids, found = _read(log("", "n", "[]", '"n"', '{"n":1}', "{n", "\x00n"), {})

    assert ids == ["test:1"]
    assert found.bad == 3


def test_an_empty_file_has_no_calls(tmp_path):
    path = tmp_path / "empty"
    path.touch()

    assert _read(path, {})[0] == []


def test_a_file_that_is_gone_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        claude.read(tmp_path / "gone.jsonl", {})


@pytest.mark.parametrize("name", RECORDED)
@given(part=st.floats(0, 1))
def test_a_log_cut_anywhere_is_read_in_two_looks_as_in_one(name, part, tmp_path_factory):
    whole = (FIXTURES / name).read_bytes()
    source = SOURCES[RECORDED[name]]
    path = tmp_path_factory.mktemp("cut") / name
    path.write_bytes(whole[: round(part * len(whole))])
    first = source.read(path, {})
    with path.open("ab") as file:
        file.write(whole[round(part * len(whole)) :])
    second = source.read(path, first.state)

    at_once = source.read(FIXTURES / name, {})
    found = {past.id: past for past in (*first.calls, *second.calls)}
    assert list(found.values()) == list(at_once.calls)
    assert (first.bad, second.bad) == (0, 0)
