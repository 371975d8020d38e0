"""What a ledger that could not be used was to be told: nothing is lost, nothing counts twice."""

import pytest

from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.ledger import pending, pools
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.pending import Pending
from ai_sessions.ledger.reading import PENDING
from ai_sessions.records import About
from ai_sessions.store.files import FileStore

from .conftest import call, lease, used


@pytest.fixture
def notes(root):
    return Pending(root, is_safe=False)


def test_calls_of_several_processes_count_with_all_that_is_known_of_them(root, notes):
    notes.add(pending.of_record([call("a", tokens={"input": 3}), call("b", None, uid="")]))
    Pending(root).add(pending.of_record([call("c", 5)]))
    ledger = ledger_at(root)

    assert used(ledger) == 15
    assert ledger.view([]).holders == ()
    assert not (root / PENDING).exists()


def test_a_call_that_is_told_later_ends_what_it_held(root, notes):
    ledger = ledger_at(root)
    ledger.reserve(lease("a", 70), [])
    notes.add(pending.of_record([call("a", 5)]))
    ledger.presume("a")

    assert used(ledger) == 5


def test_changes_come_in_the_order_in_which_they_were_made(root, notes):
    notes.add(pending.of_record([call("a", 5)]))
    notes.add(pending.of_move("u1", "/moved"))
    notes.add(pending.of_record([call("b", 6)]))
    ledger = ledger_at(root)

    assert used(ledger, pools.feature("/moved", "a")) == 5
    assert used(ledger, pools.feature("/shop", "a")) == 6


def test_a_line_that_was_torn_harms_no_other(root, notes):
    notes.add(pending.of_record([call("a", 5)]))
    with (root / PENDING).open("ab") as file:
        file.write(b'["record", "{')
    notes.add(pending.of_record([call("b", 6)]))

    assert used(ledger_at(root)) == 11


def test_notes_stay_until_the_ledger_has_them(root, notes):
    notes.add(pending.of_record([call("a", 5)]))

    def refuse(_change):
        raise StorageError("no room")

    with pytest.raises(StorageError):
        notes.tell(refuse)
    assert used(ledger_at(root)) == 5


def test_whoever_is_killed_before_they_are_deleted_counts_nothing_twice(root, notes):
    notes.add(pending.of_record([call("a", 5)]))
    kept = (root / PENDING).read_bytes()
    ledger = ledger_at(root)
    ledger.settle_gone()
    (root / PENDING).write_bytes(kept)

    assert used(ledger) == 5


def test_who_makes_the_ledger_anew_does_not_keep_others_from_their_notes(root, notes):
    """Looking at all sessions takes long."""
    notes.add(pending.of_record([call("a", 5)]))
    seen = []

    def write(change):
        try:
            Pending(root, wait_s=0, is_safe=False).add(pending.of_record([call("b", 6)]))
        except LockBusy:
            seen.append("busy")
        else:
            seen.append("free")

    notes.tell(write)
    assert seen == ["free", "busy"]


@pytest.mark.parametrize("there", ["nothing", "another session", "the session"])
def test_what_a_return_changes_counts_when_the_session_is_back_alone(root, notes, there):
    uid = ""
    if there != "nothing":
        FileStore(root, fsync="none").ensure("plan-a", About("plan", "a", "/shop"))
        uid = FileStore(root, fsync="none").read("plan-a").uid if there == "the session" else "u0"
    record = pending.of_record([call("a", 5)])
    notes.add(pending.of_return("plan-a", uid or "u1", record))

    assert used(ledger_at(root)) == (5 if there == "the session" else 0)
