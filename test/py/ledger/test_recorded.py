"""Entries of sessions as calls of the ledger."""

from ai_sessions.ledger import recorded

SESSION = {"uid": "u1", "name": "plan-a", "command": "plan", "feature": "a", "project": "/shop"}
OURS = "01a2249e-ec48-759d-b8e3-addee34a18a1"
ENTRY = {"id": OURS, "ts": "2026-11-28T10:00:00.000Z", "cost_nusd": 5, "task": "T1"}


def test_a_call_of_a_session_has_its_facts():
    found = recorded.of_entry(SESSION, ENTRY)

    assert (found.id, found.uid, found.session, found.task) == (OURS, "u1", "plan-a", "T1")
    assert (found.cost_nusd, found.feature, found.project) == (5, "a", "/shop")


def test_one_whose_session_is_not_kept_has_no_name():
    found = recorded.of_entry(SESSION, ENTRY, is_kept=False)

    assert (found.uid, found.session, found.feature, found.command) == ("", "", "a", "plan")


def test_ids_of_other_programs_are_those_of_one_session():
    assert recorded.of_entry(SESSION, {**ENTRY, "id": "1"}).id == "u1:1"


def test_half_a_surrogate_pair_is_no_reason_to_fail():
    found = recorded.of_entry({**SESSION, "name": "a\ud800"}, {**ENTRY, "model": "m\udc00"})

    assert (found.session, found.model) == ("a?", "m?")
