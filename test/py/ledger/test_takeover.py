"""What is known of calls that were made before there was a ledger, or before it was damaged."""

import json

import pytest

from ai_sessions.ledger.contract import END, Window
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.reading import NAME
from ai_sessions.records import About, Cost, Interaction
from ai_sessions.store.files import FileStore

from .conftest import call

AT = "2026-11-28T10:00:00.000Z"
NOTE = {"ts": AT, "session": "", "feature": "a", "task": "T1", "project": "/shop", "model": "opus"}
NOTE |= {"provider": "claude", "purpose": "verify", "status": "ok"}


def used(root, said=None):
    tell = said.append if said is not None else lambda _text: None
    return ledger_at(root, tell=tell).view([Window("all", END)]).windows[0].used


@pytest.fixture
def store(root):
    return FileStore(root, fsync="none")


def spend(store, session, nusd, command="plan"):
    store.ensure(session, About(command, "a", "/shop"))
    cost = Cost(nusd, "client")
    store.append(session, [Interaction(f"i{nusd}", AT, "claude", "opus", (), cost=cost)])


def test_sessions_the_trash_and_old_notes_are_counted_once(root, store):
    spend(store, "plan-a", 1)
    spend(store, "plan-b", 2)
    store.discard("plan-b")
    (root / ".budget").mkdir()
    notes = [json.dumps({**NOTE, "cost_nusd": nusd}) for nusd in (4, 4, None)]
    (root / ".budget" / "spent.jsonl").write_text("\n".join([*notes, "{", "[]", "3"]))

    said: list[str] = []
    assert used(root, said) == used(root, said) == 11
    assert said == [], "an earlier version is no news"


def test_imported_calls_are_not_budgeted(root, store):
    spend(store, "import-claude", 5, command="import")

    assert used(root) == 0


def test_a_session_that_cannot_be_read_does_not_hide_the_others(root, store):
    spend(store, "plan-a", 1)
    spend(store, "plan-b", 2)
    (root / "plan-a" / "journal.jsonl").unlink()
    (root / "plan-a" / "journal.jsonl").mkdir()

    assert used(root) >= 2


def test_a_ledger_that_is_gone_is_made_anew_and_says_what_is_not_in_it(root, store):
    spend(store, "plan-a", 7)
    ledger_at(root).record([call("alone", uid="", session="")])
    (root / NAME).unlink()
    said: list[str] = []

    assert used(root, said) == 7
    assert said == [
        "warning: the ledger was gone, it was made anew: 1 call, $0.0000; without what calls"
        " without a session, and sessions that are gone for good, had cost"
    ]


def test_a_damaged_one_says_how_many_calls_it_had(root, store):
    spend(store, "plan-a", 7)
    ledger_at(root).record([call("alone", uid="", session="")])
    (root / NAME).write_bytes((root / NAME).read_bytes()[:4096])
    said: list[str] = []

    assert used(root, said) == 7, "not even its sums can be read"
    assert said[0].endswith(
        "made anew: 1 call, $0.0000; without what calls without a session, and"
        " sessions that are gone for good, had cost"
    )
