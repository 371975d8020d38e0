"""The best statements first, none that repeats another."""

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.items import Item
from ai_sessions.memory.ranking import by_worth, ranked


def order(*items: Item) -> list[str]:
    candidates = [Candidate(item, number) for number, item in enumerate(items)]
    return [one.item.text for one in ranked(by_worth(candidates))]


def test_a_rule_comes_before_what_was_only_said():
    said, rule = Item("said", "The sky was blue."), Item("constraint", "Never push there.")

    assert order(said, rule) == [rule.text, said.text]


def test_what_repeats_something_comes_after_what_is_new():
    rules = [
        Item("constraint", "Never push code to the main branch."),
        Item("constraint", "Never push any code to the main branch please."),
        Item("fact", "The mail server is old."),
    ]

    assert order(*rules)[-1] == rules[1].text


def test_a_newer_next_step_comes_before_an_older_one():
    steps = [Item("next", f"Next is step {word}.") for word in ("alpha", "gamma", "delta")]

    assert order(*steps)[0] == steps[-1].text


def test_nothing_is_no_order():
    assert order() == []
