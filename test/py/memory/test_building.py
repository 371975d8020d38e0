"""What a model is told within a limit: what must be told is, the rest as far as there is room."""

import pytest

from ai_sessions.errors import LimitReached
from ai_sessions.memory import wording
from ai_sessions.memory.building import RECALL_TOKENS, Sources, build
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.memory.weights import weigh, weigh_text
from ai_sessions.records import Message, Pin, Summary
from ai_sessions.tokens import estimate

RULE = Message("system", "Be brief.", id="0.0")
PINS = wording.pins({"a": Pin("a", "The port is 8080.")})
STATE = wording.state({"plan": "gold"})


def talk(count, words=5):
    """Questions and answers, from message 1.0 on."""
    roles = ("user", "assistant")
    return tuple(
        Message(roles[at % 2 == 0], f"number {at} " + "word " * words, id=f"{at}.0")
        for at in range(1, 2 * count + 1)
    )


def sentence(at, text="The broker is Redis.", score=1.0):
    return Recalled(text, f"{at}.0", "user", "2026-11-12T10:00:00.000Z", score=score)


def names(built):
    return [part.name for part in built.parts]


def part(built, name):
    return next(one for one in built.parts if one.name == name)


WHOLE = Sources(
    system=(RULE,),
    pins=PINS,
    state=STATE,
    summary=Summary("Ports were chosen.", 9),
    recalled=(sentence(90),),
    commands=(Item("command", "pytest -q", ("91.0",)),),
    said=talk(4),
    question="and now?",
)


def test_all_parts_are_told_in_their_order_and_say_their_tokens():
    built = build(WHOLE, 4000)

    assert names(built) == ["system", "pins", "state", "summary", "recall", "tail"]
    assert built.messages[:3] == (RULE, PINS, STATE)
    assert built.messages[-8:] == WHOLE.said
    assert built.tokens == sum(map(weigh, built.messages)) + weigh_text("and now?")
    assert (built.left_out, built.cut) == (0, ())


def test_nothing_to_tell_is_nothing():
    assert build(Sources(), 1).parts == ()


def test_the_newest_turns_are_told_and_the_others_are_counted():
    built = build(Sources(said=talk(100)), 400)

    shown = part(built, "tail").messages
    assert shown[-1] == talk(100)[-1]
    assert shown[0].role == "user"
    assert built.left_out == 200 - len(shown)
    assert 300 < built.tokens <= 400


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (Sources(system=(Message("system", "rule " * 99),)), "(system texts "),
        (Sources(pins=wording.pins({"a": Pin("a", "pin " * 99)})), "(pins "),
        (Sources(state=wording.state({"a": "b " * 99})), "(state "),
        (Sources(question="why " * 99), "(the question "),
        (Sources(said=(Message("user", "x " * 99),)), "(the newest message "),
        (Sources(said=(Message("user", "x"), Message("system", "y " * 99))), "(system texts "),
    ],
)
def test_what_must_be_told_and_has_no_room_is_named_with_what_to_do(sources, told):
    with pytest.raises(LimitReached) as refused:
        build(sources, 9)

    assert f"tokens, the limit is 9 {told}" in refused.value.message
    assert "--limit N" in refused.value.hint
    assert int(refused.value.facts["needed"]) > 9


@pytest.mark.parametrize(
    ("sources", "way"),
    [
        (Sources((Message("system", "be brief " * 99),), PINS), "create OTHER --system"),
        (Sources((RULE,), wording.pins({"a": Pin("a", "no dates " * 99)})), "forget NAME KEY"),
        (Sources((RULE,), PINS, wording.state({"a": "x " * 99})), "state NAME KEY=null"),
        (Sources((RULE,), PINS, question="why " * 99), "ask for less at once"),
    ],
)
def test_the_way_out_is_that_of_what_takes_most(sources, way):
    with pytest.raises(LimitReached) as refused:
        build(sources, 60)

    assert way in refused.value.hint


def test_what_must_be_told_may_take_all_of_the_limit():
    sources = Sources((RULE,), PINS)
    whole = weigh(RULE) + weigh(PINS)

    assert build(sources, whole).tokens == whole
    with pytest.raises(LimitReached):
        build(sources, whole - 1)


def test_a_question_needs_no_older_one_beside_it():
    built = build(Sources(said=talk(1), question="and now?"), weigh_text("and now?"))

    assert (built.parts, built.left_out) == ((), 2)


def test_system_texts_stand_where_they_were_said_while_that_is_told():
    rule = Message("system", "In French.", id="5.5")
    said = (*talk(4)[:5], rule, *talk(4)[5:])

    assert build(Sources(said=said), 4000).messages == said
    late = build(Sources((RULE,), said=said), 4000, 2)
    assert part(late, "system").messages == (RULE, rule)
    assert late.left_out == 6


def test_of_equal_system_texts_the_last_is_told():
    brief, long = Message("system", "Be brief."), Message("system", "Be exact.")

    built = build(Sources((RULE,), said=(brief, long, brief, *talk(2))), 4000)
    assert [one.text for one in built.messages[:2]] == ["Be exact.", "Be brief."]
    assert [one.role for one in built.messages[2:]] == ["user", "assistant"] * 2


def test_a_system_text_that_is_given_twice_is_told_once():
    assert build(Sources((RULE,), said=(RULE, *talk(1))), 4000).messages == (RULE, *talk(1))


def test_a_summary_that_is_too_large_leaves_room_for_the_tail():
    built = build(Sources(said=talk(50), summary=Summary("line of it\n" * 9999, 9)), 1000)

    (summary,) = part(built, "summary").messages
    assert part(built, "summary").tokens <= 500
    assert summary.text.startswith("Summary of what was said before:\nline of it\n")
    assert "tokens left out ...]" in summary.text
    assert part(built, "tail").tokens > 400


def test_a_summary_without_any_room_is_not_told():
    assert names(build(Sources(said=talk(1), summary=Summary("word " * 99, 9)), 40)) == ["tail"]


def test_the_best_sentences_that_have_room_are_told_in_the_given_order():
    found = tuple(
        sentence(at, f"sentence {at} " * 6, score=score)
        for at, score in [(90, 0.2), (91, 0.9), (92, 0.1), (93, 0.5)]
    )
    built = build(Sources(said=talk(1), recalled=found), 1000)

    (told,) = part(built, "recall").messages
    assert [f"message {at}.0" in told.text for at in (90, 91, 92, 93)] == [False, True, False, True]
    assert part(built, "recall").tokens <= 130


def test_sentences_and_commands_have_bounds_of_their_own():
    found = tuple(sentence(at, f"sentence {at}") for at in range(90, 300))
    passed = tuple(Item("command", f"run {at}", (f"{at}.0",)) for at in range(90, 300))
    built = build(Sources(said=talk(1), recalled=found, commands=passed), 100_000)

    (told,) = part(built, "recall").messages
    ran = [line for line in told.text.splitlines() if "ran and passed" in line]
    said = [line for line in told.text.splitlines() if "sentence" in line]
    for lines in (ran, said):
        assert RECALL_TOKENS * 0.9 < estimate("\n".join(lines)) <= RECALL_TOKENS
    assert ran[-1].endswith("run 299")
    assert ran == sorted(ran)


def test_a_command_is_told_whole_or_not_at_all():
    passed = (Item("command", "make " + "x " * 2000), Item("command", "make test"))

    (told,) = part(build(Sources(commands=passed), 4000), "recall").messages
    assert told.text == "From older messages:\n- ran and passed: make test"


def test_commands_that_only_look_are_told_after_those_that_prove_something():
    passed = [Item("command", "make test", ("1.0",))]
    passed += [Item("command", f"cat {'x' * 40}/{at}", (f"{at}.0",)) for at in range(2, 99)]
    (told,) = part(build(Sources(commands=tuple(passed)), 4000), "recall").messages

    first, *others = told.text.splitlines()[1:]
    assert first == "- [message 1.0] ran and passed: make test"
    assert others[-1].endswith("/98")
    assert len(others) < 90


def test_what_the_tail_tells_is_not_recalled():
    found = (sentence(1), sentence(90))
    passed = (Item("command", "a", ("2.0",)), Item("command", "b", ("80.0", "2.0")))
    built = build(Sources(said=talk(1), recalled=found, commands=passed), 4000)

    (told,) = part(built, "recall").messages
    assert told.text.splitlines()[1:] == [
        "- [2026-11-12, message 90.0] user: The broker is Redis.",
        "- [message 2.0] ran and passed: b",
    ]
    assert "recall" not in names(build(Sources(said=talk(1), recalled=found[:1]), 4000))


def test_what_was_cut_out_of_the_tail_can_be_recalled():
    said = (Message("user", "word " * 5000 + "The broker is Redis. " + "word " * 5000, id="1.0"),)
    built = build(Sources(said=said, recalled=(sentence(1),)), 1000)

    assert built.cut == ("1.0",)
    assert "The broker is Redis." in part(built, "recall").messages[0].text


def test_without_a_limit_all_is_told():
    built = build(Sources(said=talk(5000), recalled=(sentence(90_000),)), None)

    assert built.left_out == 0
    assert built.tokens == sum(map(weigh, built.messages))


def test_a_command_that_is_recalled_is_not_told_twice():
    command = Item("command", "make test", ("1.0",))
    found = Recalled("ran and passed: make test", "1.0", "", score=1.0)
    built = build(Sources(recalled=(found,), commands=(command,)), None)

    assert "\n".join(one.text for one in built.messages).count("make test") == 1
