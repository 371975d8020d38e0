"""A summary takes what fits; the rest is carried on, up to a bound."""

from ai_sessions.memory.folding import draft
from ai_sessions.memory.items import Item
from ai_sessions.memory.summarizer import Fold


def items(kind: str, count: int, text: str) -> list[Item]:
    return [Item(kind, f"{text} n{number}x", (f"{number}.0",)) for number in range(count)]


def test_what_has_no_room_is_carried_on_up_to_a_bound():
    rules = [Item("fact", f"Host{chr(97 + n // 26)}{chr(97 + n % 26)} lives.") for n in range(300)]
    told = draft(Fold(None, (), 60), rules)

    assert 0 < told.text.count("\n- ") < 20
    assert 100 <= len(told.items) < 130


def test_commands_are_carried_by_number_and_size_the_newest_first():
    few = draft(Fold(None, (), 0), items("command", 300, "make"))
    large = draft(Fold(None, (), 0), items("command", 40, "make " + "x" * 1_500))

    assert [item.text for item in few.items][-1] == "make n299x"
    assert len(few.items) == 200
    assert sum(len(item.text) for item in large.items) <= 32_000
    assert large.items[-1].text.endswith("n39x")


def test_commands_are_told_after_everything_else():
    told = draft(
        Fold(None, (), 25), [Item("constraint", "Never push."), *items("command", 5, "ls")]
    )

    assert told.text.startswith("Constraints:\n- Never push.\nCommands that passed:")
