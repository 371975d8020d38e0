"""Sessions whose calls the ledger is told of later: none is missed, none counts twice."""

import pytest

from ai_sessions import ids
from ai_sessions.ledger import noting, recorded
from ai_sessions.ledger.noting import Noting
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.pending import Pending
from ai_sessions.ledger.reading import PENDING, TELLING
from ai_sessions.records import Cost, Interaction
from ai_sessions.store.files import FileStore

from . import conftest
from .conftest import CENT, used


class Program:
    """A program with sessions, which notes its calls of a cent each."""

    def __init__(self, root) -> None:
        self.root, self.told = root, 0
        self.noting = Noting(Pending(root, is_safe=False), self._tell)
        self.store = FileStore(root, fsync="none", on_calls=self._note)

    def _note(self, session, entries):
        calls = [recorded.of_entry(session, one) for one in entries]
        last = session["journal"]["seq"]
        self.noting.record(session["uid"], session["name"], last, calls)

    def _tell(self):
        self.told += 1
        ledger_at(self.root, is_safe=False).catch_up()

    def call(self, name="chat", many=1):
        for _ in range(many):
            self.store.append(name, [paid()])


def paid():
    at = "2026-11-28T10:00:00.000Z"
    return Interaction(ids.new(), at, "openai", "m", (), cost=Cost(CENT, "client"))


@pytest.fixture
def program(root):
    return Program(root)


@pytest.fixture
def ledger(root):
    return ledger_at(root, is_safe=False)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(noting, "_MOST_ENTRIES", 3)


def test_all_calls_of_a_session_are_counted_by_one_note(root, program, ledger):
    used(ledger)  # there is one, or it would be made from the sessions
    program.call()
    size = (root / PENDING).stat().st_size
    program.call(many=2)

    assert (root / PENDING).stat().st_size == size
    assert used(ledger) == used(ledger) == 3


def test_a_session_is_noted_anew_when_the_ledger_was_told(program, ledger):
    for number in range(1, 4):
        program.call()
        assert used(ledger) == number


def test_the_notes_of_somebody_else_are_not_taken_for_ours(root, program, ledger):
    other = Program(root)
    program.call("ours")
    used(ledger)
    other.call("theirs")  # its file may have the number on the disk that ours had
    program.call("ours")

    assert used(ledger) == 3


def test_two_sessions_of_one_program_are_noted_each(program, ledger):
    used(ledger)
    program.call("one")
    program.call("other", 2)

    assert used(ledger) == 3


def test_calls_of_a_session_that_was_renamed_are_counted(program, ledger):
    used(ledger)
    program.call("before", 2)
    program.store.rename("before", "after")
    program.call("after")

    assert used(ledger) == 3


def test_another_session_of_that_name_is_not_counted_in_its_place(root, program, ledger):
    used(ledger)
    program.call(many=2)
    program.store.discard("chat")
    FileStore(root, fsync="none").append("chat", [paid()])

    assert used(ledger) == 1  # as it is in the note


def test_notes_are_taken_away_before_a_session_is_read(root, program):
    """Who has one more call meanwhile finds none, and notes it anew."""
    program.call()
    there = []

    def later(_name, _uid, _seq):
        there.append((root / PENDING).exists())
        return iter(())

    Pending(root, is_safe=False, later=later).tell(conftest.ledger_at(root).write)

    assert there == [False]


def test_what_a_killed_process_was_telling_is_told_again(root, program, ledger):
    used(ledger)
    program.call()
    (root / PENDING).rename(root / TELLING)
    program.call(many=2)

    assert used(ledger) == 3
    assert not (root / TELLING).exists()


def test_a_long_session_does_not_wait_for_somebody_who_uses_the_ledger(root, program, small):
    program.call(many=6)

    assert program.told == 1


def test_many_sessions_do_not_either(root, program, monkeypatch):
    monkeypatch.setattr(noting, "_MOST_BYTES", 2000)
    for number in range(12):
        program.call(str(number))

    assert program.told >= 2


def test_where_the_ledger_cannot_be_told_not_every_call_tries(root, program, small):
    def in_vain():
        program.told += 1

    program.noting = Noting(Pending(root, is_safe=False), in_vain)
    program.call(many=9)

    assert program.told == 2
