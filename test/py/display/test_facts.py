"""What a page tells of a session above all that was said in it."""

from ai_sessions.display.facts import facts
from ai_sessions.records import About, Parent, Session, Totals

AT = "2026-11-28T10:00:00.000Z"


def test_facts_that_are_not_there_are_left_out():
    assert facts(Session("a", "u", About(), AT, AT)) == [
        ("Session ID", "u"),
        ("Name", "a"),
        ("Created", AT),
        ("Updated", AT),
        ("Tokens", "0 (0 in, 0 out)"),
        ("Calls", "0 ($0.0000)"),
    ]


def test_an_unknown_cost_is_no_zero():
    totals = Totals(interactions=1, unknown_costs=1)

    assert ("Calls", "1 (?)") in facts(Session("a", "u", About(), AT, AT, totals=totals))


def test_a_fork_tells_its_parent_and_a_program_its_metadata():
    session = Session("a", "u", About(parent=Parent("b", "v", 3)), AT, AT)

    assert facts(session, {"team": "x"})[-2:] == [("Fork of", "b"), ("Metadata", '{"team": "x"}')]
