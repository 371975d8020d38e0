"""How much an item matters by itself, and how it is told."""

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.items import Item


def weight(kind, text, role="user"):
    return Candidate(Item(kind, text, role=role), 0).weight


def test_a_rule_of_a_user_matters_more_than_one_of_an_assistant_and_than_chat():
    rule = "We must never log names."

    assert weight("constraint", rule) > weight("constraint", rule, "assistant") > 0
    assert weight("constraint", rule) > weight("said", "It was a nice day.")


def test_a_label_is_left_out_below_the_name_of_its_kind():
    assert Candidate(Item("decision", "Decision: use Redis."), 0).told == "use Redis."
    assert Candidate(Item("goal", "Decision: use Redis."), 0).told == "Decision: use Redis."
