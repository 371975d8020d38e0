"""What stores tell the ledger."""

import pytest

from ai_sessions import ids
from ai_sessions.assemble import ledgers, stores
from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import END, Window
from ai_sessions.records import About, Change, Cost, Interaction

WORK = About("plan", "pay", "/shop")


def paid(nusd=7):
    at = "2026-11-28T10:00:00.000Z"
    return Interaction(ids.new(), at, "claude", "m", (), cost=Cost(nusd, "client"))


def used(settings, pool="all"):
    ledger = ledgers.ledger(settings, lambda _text: None)
    return ledger.view([Window(pool, END)]).windows[0].used


@pytest.mark.parametrize("use_sessions", [True, False])
def test_every_call_is_in_the_ledger_when_it_is_safe(settings, use_sessions):
    store = stores.store(settings, use_sessions)
    store.ensure("plan-pay", WORK)
    store.append("plan-pay", [paid()])

    assert used(settings) == used(settings, pools.feature("/shop", "pay")) == 7


def test_calls_of_a_session_that_another_project_adopts_are_that_ones(settings):
    store = stores.files(settings)
    store.ensure("plan-pay", WORK)
    store.append("plan-pay", [paid()])
    store.append("plan-pay", [Change("owner", {"project": "/moved"})])

    assert used(settings, pools.feature("/moved", "pay")) == 7
    assert used(settings, pools.feature("/shop", "pay")) == 0


def test_a_call_is_safe_although_the_ledger_is_not_to_be_had(settings, tmp_path):
    said: list[str] = []
    store = stores.files(settings, said.append)
    store.ensure("plan-pay", WORK)
    (store.root / ".ledger.sqlite3").mkdir()
    store.append("plan-pay", [paid()])

    assert store.read("plan-pay").totals.cost_nusd == 7
    assert said[0].startswith("warning: a call is not in the ledger")


def test_and_is_counted_when_it_is_made_anew(settings, tmp_path):
    store = stores.files(settings)
    store.ensure("plan-pay", WORK)
    (store.root / ".ledger.sqlite3").mkdir()
    store.append("plan-pay", [paid()])
    (store.root / ".ledger.sqlite3").rmdir()

    assert used(settings) == 7
