"""A question is looked up in what was folded away, and only there."""

from ai_sessions.conversations import recalling
from ai_sessions.records import About


def test_who_wants_no_recall_gets_none(store, talk):
    assert recalling.nothing(store.ensure(talk, About("plan", "a")), "what?", 8, 400) == ()
