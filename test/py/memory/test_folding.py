"""A summary takes what fits; the rest is carried on, up to a bound."""

from ai_sessions.memory.folding import draft
from ai_sessions.memory.items import Item, to_json
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message, Summary, ToolCall


def folded(known: list[Item], most: int) -> Draft:
    before = Summary("...", 0, items=tuple(map(to_json, known)))
    return draft(Fold(before, (), most))


def items(kind: str, count: int, text: str) -> list[Item]:
    return [Item(kind, f"{text} n{number}x", (f"{number}.0",)) for number in range(count)]


def test_what_has_no_room_is_carried_on_up_to_a_bound():
    rules = [Item("fact", f"Host{chr(97 + n // 26)}{chr(97 + n % 26)} lives.") for n in range(300)]
    told = folded(rules, 60)

    assert 0 < told.text.count("\n- ") < 20
    assert 100 <= len(told.items) < 130


def test_commands_are_carried_by_number_and_size_the_newest_first():
    few = folded(items("command", 300, "make"), 0)
    large = folded(items("command", 40, "make " + "x" * 1_500), 0)

    assert [item.text for item in few.items][-1] == "make n299x"
    assert len(few.items) == 200
    assert sum(len(item.text) for item in large.items) <= 32_000
    assert large.items[-1].text.endswith("n39x")


def test_commands_are_told_after_everything_else():
    told = folded([Item("constraint", "Never push."), *items("command", 5, "ls")], 25)

    assert told.text.startswith("Constraints:\n- Never push.\nCommands that passed:")


def test_what_is_pinned_is_carried_on_without_being_told():
    rule = Item("constraint", "Never push on Fridays.", ("1.0",))
    before = Summary("...", 0, items=(to_json(rule),))

    told = draft(Fold(before, (), 100, pins=("Never push on Fridays",)))

    assert (told.text, told.items) == ("", (rule,))


def test_a_command_has_the_commit_that_it_ran_on():
    call = Message("assistant", "", id="4.0", tool_calls=(ToolCall("a", "bash", "make"),))
    result = Message("tool", "ok", id="5.0", tool_call_id="a")

    (item,) = draft(Fold(None, (call, result), 100, commits={"4.0": "abc"})).items

    assert item.commit == "abc"
