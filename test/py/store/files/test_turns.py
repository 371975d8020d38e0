"""The turn of a session: one run talks at a time, and knows when its turn is worth nothing."""

import os

import pytest

from ai_sessions.disk import locks
from ai_sessions.errors import LockBusy, NotFound
from ai_sessions.records import About
from ai_sessions.store.files import FileStore
from ai_sessions.store.files.turns import FileTurn

NAME = "plan-x"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0)


def test_who_waits_is_told_for_whom(root, impatient):
    told = []
    store = FileStore(root, tell=told.append)
    store.ensure(NAME, About())
    with store.turn(NAME, 0), pytest.raises(LockBusy), store.turn(NAME, 0.05):
        pass
    assert told[0].startswith(f"waiting: session {NAME} is in use by pid {os.getpid()}")


def test_a_session_that_is_cleaned_away_before_its_turn_is_made_anew(files, call):
    files.ensure(NAME, About("plan", "x"))
    files.discard(NAME)
    with files.turn(NAME, 0):
        assert files.read(NAME).about == About("plan", "x")


def test_one_that_is_cleaned_away_again_and_again_gets_its_turn_or_is_not_found(files, monkeypatch):
    files.ensure(NAME, About("plan", "x"))
    left, write = [3], files._write

    def written_and_cleaned_away(*args):
        write(*args)
        left[0] -= 1
        if left[0]:
            files.discard(NAME)

    monkeypatch.setattr(files, "_write", written_and_cleaned_away)
    files.discard(NAME)
    with files.turn(NAME, 0):
        assert files.read(NAME).about == About("plan", "x")
    left[0] = 0
    files.discard(NAME)
    with pytest.raises(NotFound), files.turn(NAME, 0):
        pass


def test_a_session_in_use_is_not_renamed(files, call):
    files.append(NAME, [call()])
    with files.turn(NAME, 0), pytest.raises(LockBusy):
        files.rename(NAME, "plan-y")


def test_a_turn_whose_session_went_to_the_trash_is_not_held_any_more(files, root):
    files.ensure(NAME, About())
    turn = FileTurn(root / NAME, 0)
    assert turn.is_held()
    (root / NAME).rename(root / "elsewhere")
    files.ensure(NAME, About())

    assert not turn.is_held()
    turn.end()


def test_after_its_end_the_next_one_has_it(files, root):
    files.ensure(NAME, About())
    first = FileTurn(root / NAME, 0)
    with pytest.raises(LockBusy, match=f"session {NAME} is in use by pid"):
        FileTurn(root / NAME, 0)
    first.end()

    assert not first.is_held()
    second = FileTurn(root / NAME, 0)
    assert second.is_held()
    second.end()


def test_there_is_no_turn_in_what_is_gone(root):
    with pytest.raises(FileNotFoundError):
        FileTurn(root / NAME, 0)
