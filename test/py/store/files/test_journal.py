"""Damage in a journal costs nothing but its line, and its end is read from the end."""

import json

import pytest

from ai_sessions.records import Interaction
from ai_sessions.store.files import doctor

from .conftest import exported

NAME = "implement-auth"
LINE = (
    '{"v":2,"type":"interaction","seq":9,"id":"z","ts":"2026-01-01T00:00:00Z","provider":"c",'
    '"model":"m","messages":[],"tokens":{},"cost":0,"cost_nusd":5,"status":"ok"}'
)


def journal(root, name=NAME):
    return root / name / "journal.jsonl"


def metadata(root):
    return root / NAME / "metadata.json"


def calls(store, name=NAME):
    return [entry.id for entry in store.entries(name) if isinstance(entry, Interaction)]


def test_a_repeat_is_seen_by_readers_when_only_a_newline_was_lost(files, root, call):
    given = [call(id="a"), call(id="b")]
    files.append(NAME, given)
    journal(root).write_bytes(journal(root).read_bytes()[:-1])
    metadata(root).unlink()

    assert files.append(NAME, [given[1]]).totals.interactions == 2
    assert calls(files) == ["a", "b"]
    assert files.read(NAME).totals.cost_nusd == 33_000_000


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace('"cost_nusd":5', f'"cost_nusd":{10**400}'),
        LINE.replace('"cost_nusd":5', '"cost_nusd":-5'),
        LINE.replace('"tokens":{}', f'"tokens":{{"input":{10**30}}}'),
        LINE.replace('"tokens":{}', '"tokens":{"input":-1}'),
        LINE.replace('"seq":9', f'"seq":{10**400}'),
        LINE.replace('"seq":9', '"seq":"9"'),
        LINE.replace('"ts":"2026-01-01T00:00:00Z"', '"ts":7'),
        LINE.replace('"status":"ok"', '"status":"carried"'),
        '{"v":2,"type":"session","seq":6,"carried":7}',
        '{"v":2,"type":"session","seq":6,"carried":{"totals":5}}',
        '{"v":2,"type":"note","topic":"x","body":{},"ts":7}',
        '{"v":2,"type":"note","id":7,"topic":"x","body":{}}',
        '{"v":9,"type":"mood","ts":7}',
    ],
)
def test_an_edited_line_costs_nothing_but_itself(files, root, call, line):
    files.append(NAME, [call(id="a")])
    files.append("other", [call(id="b")])
    with journal(root).open("a") as file:
        file.write(f"{line}\n")

    assert calls(files) == ["a"]
    assert files.read(NAME).notices == ("1 damaged line skipped",)
    assert [one["name"] for one in exported(files)] == [NAME, "other"]
    assert files.append(NAME, [call(id="c")]).totals.interactions == 2
    assert [one.problem for one in doctor.examine(root)] == ["a damaged line"]


def test_half_a_surrogate_pair_in_a_line_is_replaced(files, root, call):
    files.append(NAME, [call(id="a")])
    said = '"messages":[{"role":"user","text":"x\\ud800y","at":""}]'
    with journal(root).open("a") as file:
        file.write(LINE.replace('"messages":[]', said) + "\n")

    assert list(files.entries(NAME))[-1].messages[0].text == "x\ufffdy"
    assert "x\ufffdy" in json.dumps(exported(files), ensure_ascii=False)


def test_an_entry_whose_first_try_was_torn_is_among_the_last(files, root, call):
    files.append(NAME, [call(id="a")])
    line = journal(root).read_bytes().splitlines(keepends=True)[-1]
    torn = line.replace(b'"id":"a"', b'"id":"b"')[:-30]
    with journal(root).open("ab") as file:
        file.write(torn)
    files.append(NAME, [call(id="b"), call(id="c")])

    assert [entry.id for entry in files.entries(NAME, last=2)] == ["b", "c"]


@pytest.mark.parametrize("edited", [0, 1])
def test_a_repeat_is_left_out_whatever_the_form_of_its_line(files, root, call, edited):
    files.append(NAME, [call(id="a"), call(id="b")])
    first, line, other = journal(root).read_bytes().splitlines(keepends=True)
    both = [line, line]
    both[edited] = json.dumps(json.loads(line)).encode() + b"\n"
    journal(root).write_bytes(b"".join((first, both[0], other, both[1])))

    assert [entry.id for entry in files.entries(NAME, last=1)] == ["b"]
