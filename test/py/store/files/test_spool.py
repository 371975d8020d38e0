"""What was paid for and could not be written waits, and comes in once, in order."""

import os
import stat
import time

import pytest

from ai_sessions.disk import locks
from ai_sessions.errors import LockBusy
from ai_sessions.records import About, Interaction, Note
from ai_sessions.store.files import FileStore, spool

NAME = "plan-x"


def test_what_cannot_be_written_in_time_is_spooled_and_brought_in_once(files, root, call):
    files.ensure(NAME, About("plan", "x"))
    with locks.held(root / NAME / ".lock", 0, "test"), pytest.raises(LockBusy) as busy:
        files.append(NAME, [call()])
    (kept,) = (root / ".spool").iterdir()
    assert str(kept) in busy.value.hint
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = kept.read_bytes()
    files.append("chat", [call()])
    assert files.read(NAME).totals.interactions == 1

    files.append(NAME, [call() for _ in range(40)])  # more than the ids that are remembered
    kept.write_bytes(again)
    files.append("chat", [])
    assert files.read(NAME).totals.interactions == 41
    assert list((root / ".spool").iterdir()) == []


def test_what_has_no_id_waits_and_comes_in_with_its_call(files, root, call):
    files.ensure(NAME, About("plan", "x"))
    with locks.held(root / NAME / ".lock", 0, "test"), pytest.raises(LockBusy):
        files.append(NAME, [call(), Note("todo", {"task": "T1"})])
    (kept,) = (root / ".spool").iterdir()
    again = kept.read_bytes()
    files.append("chat", [call()])
    kept.write_bytes(again)
    files.append("chat", [call()])

    assert [type(entry).__name__ for entry in files.entries(NAME)] == ["Interaction", "Note"]


def test_what_waits_comes_in_in_the_order_it_was_said(files, root, call):
    files.ensure(NAME, About())
    with locks.held(root / NAME / ".lock", 0, "test"):
        for number in range(3):
            with pytest.raises(LockBusy):
                files.append(NAME, [call(id=f"n{number}")])
            for waiting in (root / ".spool").iterdir():
                os.utime(waiting, (1, 1))  # as on a file system that knows seconds only
    files.append("chat", [call()])

    assert [entry.id for entry in files.entries(NAME)] == [f"n{number}" for number in range(3)]


def test_a_damaged_spool_file_is_set_aside_and_disturbs_nobody(files, root, call):
    files.append(NAME, [call()])
    (root / ".spool").mkdir()
    for number, content in enumerate(("", "[]", '{"session":"../x","about":{},"entries":[]}')):
        (root / ".spool" / f"{number}.json").write_text(content)
    files.append(NAME, [call()])

    assert files.read(NAME).totals.interactions == 2
    assert {path.suffix for path in (root / ".spool").iterdir()} == {".damaged"}


def test_a_busy_session_slows_no_other_one(files, root, call):
    told = []
    quick = FileStore(root, fsync="none", tell=told.append)
    for name in ("busy", "other"):
        files.append(name, [call()])
    with disk_lock(root / "busy" / ".lock"):
        for number in range(40):
            plain = next(iter(spooled(call(id=f"s{number}"))))
            spool.keep(root, "busy", {}, [plain])
        started = time.process_time()
        quick.append("other", [call()])
        assert time.process_time() - started < 2
    assert len(told) == 1
    assert told[0].startswith("40 answers wait to be written to session busy")
    for _ in range(5):
        quick.append("other", [Note("x", {})])
    assert len([one for one in calls(files, "busy") if one.startswith("s")]) == 40
    assert spool.names(root) == []


def spooled(entry):
    from ai_sessions.store.entries import plain_of

    yield plain_of(entry, "2026-01-01T00:00:00.000Z")


def disk_lock(path):
    from ai_sessions.disk import locks

    return locks.held(path, 0, "a test")


def test_a_waiting_file_that_parses_and_is_damaged_is_set_aside(files, root, call):
    files.append(NAME, [call()])
    (root / ".spool").mkdir()
    content = f'{{"session":"{NAME}","about":{{}},"entries":[{{"type":"interaction"}}]}}'
    (root / ".spool" / "x.json").write_text(content)

    assert files.append(NAME, [call()]).totals.interactions == 2
    assert [path.name for path in (root / ".spool").iterdir()] == ["x.damaged"]


def calls(store, name=NAME):
    return [entry.id for entry in store.entries(name) if isinstance(entry, Interaction)]


@pytest.mark.parametrize("error", [RuntimeError("masking failed"), KeyboardInterrupt()])
def test_an_answer_that_cannot_be_made_fit_to_show_waits_as_it_is(
    files, root, call, monkeypatch, error
):
    files.ensure(NAME, About())

    def fail(text):
        raise error

    monkeypatch.setattr("ai_sessions.store.masking.masked", fail)
    with pytest.raises(type(error)):
        files.append(NAME, [call(id="paid")])
    monkeypatch.undo()
    (kept,) = (root / ".spool").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    files.append(NAME, [call(id="next")])

    assert calls(files) == ["next", "paid"]


def test_any_failure_of_a_write_keeps_a_paid_answer(files, root, call, monkeypatch):
    files.ensure(NAME, About())

    def fail(*_given):
        raise KeyError("x")

    monkeypatch.setattr("ai_sessions.store.files.writing.Writer.add", fail)
    with pytest.raises(KeyError):
        files.append(NAME, [call(id="paid")])
    monkeypatch.undo()
    files.append("other", [Note("x", {})])

    assert calls(files) == ["paid"]
