"""What stores tell the ledger."""

import sqlite3

import pytest

from ai_sessions import ids
from ai_sessions.assemble import ledgers, stores
from ai_sessions.index import calls
from ai_sessions.ledger import pools, reading
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


def test_calls_of_programs_are_in_the_ledger_for_whoever_looks(settings):
    store = stores.of_programs(settings)
    for _ in range(3):
        store.append("chat", [paid()], about=About("chat"))

    assert used(settings) == 21


def test_a_call_of_a_program_that_cannot_be_noted_is_safe_all_the_same(settings):
    said: list[str] = []
    store = stores.of_programs(settings, said.append)
    store.append("chat", [])
    (store.root / reading.PENDING).mkdir()
    store.append("chat", [paid()])

    assert store.read("chat").totals.cost_nusd == 7
    assert said[0].startswith("warning: a call is in no budget: /")


def test_calls_of_programs_belong_to_the_project_that_adopts_their_session(settings):
    store = stores.of_programs(settings)
    store.append("chat", [paid()], about=About("chat", "pay", "/shop"))
    store.append("chat", [Change("owner", {"project": "/moved"}), paid()])

    assert used(settings, pools.feature("/moved", "pay")) == 14


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
    assert said[0].startswith(
        "warning: a call is in no budget until the ledger can be used again: /"
    )


def test_and_is_counted_when_it_is_made_anew(settings, tmp_path):
    store = stores.files(settings)
    store.ensure("plan-pay", WORK)
    (store.root / ".ledger.sqlite3").mkdir()
    store.append("plan-pay", [paid()])
    (store.root / ".ledger.sqlite3").rmdir()

    assert used(settings) == 7


def set_form(store, form):
    """7: a later version's, which cannot be used."""
    connection = sqlite3.connect(store.root / ".ledger.sqlite3")
    connection.execute(f"pragma user_version = {form}")
    connection.close()


@pytest.fixture(params=[True, False], ids=["session", "no session"])
def behind(settings, request):
    """Calls of 7 and 8, the second one made while the ledger could not be used."""
    store = stores.files(settings)
    store.ensure("plan-pay", WORK)
    store.append("plan-pay", [paid(7)])
    set_form(store, 7)
    other = stores.store(settings, request.param)
    other.ensure("plan-pay", WORK)
    other.append("plan-pay", [paid(8)])
    return store


def test_what_the_ledger_was_not_told_is_counted_when_it_can_be_used_again(settings, behind):
    set_form(behind, 1)

    assert used(settings) == used(settings) == 15
    assert not (behind.root / ".ledger.untold.jsonl").exists()


def test_who_only_reads_catches_up_as_well(settings, behind):
    set_form(behind, 1)
    index = stores.index(settings, behind)
    told = calls.by(index, "feature").answer

    assert told["pay"]["cost_nusd"] == 15
    assert reading.used(str(behind.root), 0, END) == (15, 0)


def test_an_owner_that_the_ledger_was_not_told_of_has_the_calls_afterwards(settings, behind):
    behind.append("plan-pay", [Change("owner", {"project": "/moved"})])
    set_form(behind, 1)

    assert used(settings, pools.feature("/moved", "pay")) >= 7
    assert used(settings) == 15


def test_without_a_place_for_notes_it_says_that_the_call_is_in_no_budget(settings, behind):
    notes = behind.root / ".ledger.untold.jsonl"
    notes.unlink()
    notes.mkdir()
    said: list[str] = []
    stores.files(settings, said.append).append("plan-pay", [paid(9)])

    assert said[0].startswith("warning: a call is in no budget: ")
