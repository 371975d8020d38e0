"""Calls that are under way outlive their process, and nothing of them outlives their end."""

import os
import stat

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.store.files import under_way
from ai_sessions.store.files.under_way import Process, drop


def names(root):
    return [
        one.partition("~")[2] for one in sorted(os.listdir(root / under_way.FOLDER)) if "~" in one
    ]


def found(root):
    with Process(root).left() as told:
        return told


@pytest.fixture
def process(root):
    process = Process(root)
    yield process
    process.leave()


def test_what_a_process_that_lives_has_noted_is_its_own(root, process):
    process.note("c1", {"a": 1})

    assert found(root) == []
    assert names(root) == ["c1.json"]


def test_what_a_process_that_is_no_more_had_noted_is_found_once(root, process):
    process.note("c1", {"a": 1})
    process.note("c2", {"a": 2})
    process.note("c3", {"a": 3})
    process.forget("c2")
    process.leave()
    assert process.has_any()

    assert found(root) == [{"a": 1}, {"a": 3}]
    assert found(root) == []
    assert os.listdir(root / under_way.FOLDER) == []


def test_it_stays_when_it_could_not_be_put_away(root, process):
    process.note("c1", {"a": 1})
    process.leave()

    with pytest.raises(RuntimeError), Process(root).left():
        raise RuntimeError

    assert found(root) == [{"a": 1}]


def test_two_who_look_at_once_do_not_both_find_it(root, process):
    process.note("c1", {"a": 1})
    process.leave()

    with Process(root).left() as first, Process(root).left() as second:
        assert (first, second) == ([{"a": 1}], [])


def test_a_note_without_a_lock_is_of_nobody(root, process):
    process.note("c1", {"a": 1})
    for lock in (root / under_way.FOLDER).glob("*.lock"):
        lock.unlink()

    assert found(root) == [{"a": 1}]


@pytest.mark.parametrize("bad", [b"[]", b'{"a": ', b"\xff", b""])
def test_what_is_damaged_is_left_out(root, process, bad):
    process.note("c1", {"a": 1})
    process.note("c2", {"a": 2})
    process.leave()
    next((root / under_way.FOLDER).glob("*~c1.json")).write_bytes(bad)

    assert found(root) == [{"a": 2}]
    assert names(root) == []


def test_a_link_in_place_of_a_lock_is_left_alone(root, process, tmp_path):
    process.note("c1", {"a": 1})
    (tmp_path / "elsewhere").touch()
    lock = next((root / under_way.FOLDER).glob("*.lock"))
    lock.unlink()
    lock.symlink_to(tmp_path / "elsewhere")

    assert found(root) == []


def test_where_nothing_was_ever_noted_nothing_is_found(root):
    assert found(root) == []
    assert not Process(root).has_any()
    drop(root, ["c1"])


def test_calls_are_dropped_whoever_made_them(root, process):
    process.note("c1", {"a": 1})
    process.note("c2", {"a": 2})

    drop(root, {"c1"})

    assert names(root) == ["c2.json"]


def test_a_lock_that_somebody_took_away_is_made_again(root, process, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr(under_way.files, "same_file", lambda *_: next(answers))
    process.note("c1", {"a": 1})

    monkeypatch.setattr(under_way.files, "same_file", lambda *_: False)
    with pytest.raises(StorageError, match="takes the locks"):
        Process(root).note("c2", {})


def test_a_forked_child_gives_its_parents_lock_back_and_not_free(root, process):
    process.note("c1", {"a": 1})
    child = os.fork()
    if not child:
        process.leave()
        os._exit(bool(found(root)))

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_notes_are_for_nobody_else(root, process):
    process.note("c1", {"a": 1})

    modes = {stat.S_IMODE(one.stat().st_mode) for one in (root / under_way.FOLDER).iterdir()}
    assert modes == {0o600}
