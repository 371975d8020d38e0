"""The ledger of a store: filled from what there is, and asked what a killed process left."""

from dataclasses import replace

import pytest

from ai_sessions.ledger.contract import Earlier, Window
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.records import About, Cost, Interaction
from ai_sessions.store.files import FileStore

from .conftest import CENT, call, lease

AT = "2026-11-28T10:00:00.000Z"


def test_a_store_of_an_earlier_version_is_taken_over(root):
    store = FileStore(root, fsync="none")
    store.ensure("plan-a", About("plan", "a"))
    paid = Cost(30 * CENT, "client")
    store.append("plan-a", [Interaction("i", AT, "claude", "opus", (), cost=paid, purpose="green")])

    assert ledger_at(root).earlier("claude", "green") == Earlier(1, 30 * CENT, 0, "opus")


@pytest.mark.parametrize("name", ["plan-a", "plan-b"])
def test_who_was_killed_after_the_answer_was_saved_left_what_it_cost(root, monkeypatch, name):
    store = FileStore(root, fsync="none")
    uid = store.ensure("plan-a", About("plan", "a")).uid
    ledger = ledger_at(root)
    id_ = "01a2249e-ec48-759d-b8e3-addee34a18a1"
    begun = lease(id_, 70)
    ledger.reserve(replace(begun, facts=replace(begun.facts, uid=uid, session="plan-a")), [])
    store.append("plan-a", [Interaction(id_, AT, "claude", "opus", (), cost=Cost(CENT, "client"))])
    if name != "plan-a":
        store.rename("plan-a", name)
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: None)
    [found] = ledger.view([Window("all", 1)]).windows

    assert (found.used, found.presumed) == (CENT, 0)
    assert call(id_).id == id_
