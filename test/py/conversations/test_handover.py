"""What a provider is told with the next question: all that counts, nothing twice."""

from dataclasses import replace

import pytest

from ai_sessions.conversations import family, segments
from ai_sessions.conversations.handover import earlier, is_over, since, with_record
from ai_sessions.records import (
    SUMMARY,
    About,
    Change,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    Usage,
)
from ai_sessions.store.memory import MemoryStore

NAME = "talk"


@pytest.fixture
def store():
    made = MemoryStore()
    made.ensure(NAME, About())
    return made


def call(word, provider="claude", status="ok", usage=None):
    said = (Message("user", f"ask {word}"), Message("assistant", word))
    return Interaction(f"id-{word}", "", provider, "m", said, usage=usage or Usage(), status=status)


def texts(messages):
    return [message.text for message in messages]


def test_all_that_was_said_is_told_in_order(store):
    store.append(NAME, [Said(Message("system", "Be brief.")), call("one"), call("two")])

    assert texts(earlier(store, NAME)) == ["Be brief.", "ask one", "one", "ask two", "two"]


@pytest.mark.parametrize("reason", ["clear", "manual", "threshold", "model_switch"])
def test_after_a_break_what_came_before_is_not_told(store, reason):
    store.append(NAME, [call("one"), Segment(reason), call("two")])

    assert texts(earlier(store, NAME)) == ["ask two", "two"]


def test_the_break_of_one_agent_is_none_for_others(store):
    store.append(NAME, [call("one"), Segment("compaction"), call("two")])

    assert texts(earlier(store, NAME))[1::2] == ["one", "two"]


def test_rules_pins_and_state_stay_over_a_break_with_the_newest_summary(store):
    store.append(
        NAME,
        [
            Said(Message("system", "Be brief.")),
            call("one"),
            Pin("1", "The port is 8080."),
            Pin("2", "Gone."),
            Pin("2", None),
            Change("state.plan", "gold"),
            Summary("Old.", 2),
            Summary("One was said.", 3),
        ],
    )
    segments.clear(store, NAME)
    store.append(NAME, [call("two")])

    assert texts(earlier(store, NAME)) == [
        "Be brief.",
        "Keep in mind:\n- The port is 8080.",
        'State of this conversation:\n- plan = "gold"',
        "Summary of what was said before:\nOne was said.",
        "ask two",
        "two",
    ]
    assert {message.role for message in earlier(store, NAME)[:4]} == {"system"}


def test_a_summary_of_what_is_told_anyway_is_left_out(store):
    store.append(NAME, [call("one"), Summary("One was said.", 1)])

    assert texts(earlier(store, NAME)) == ["ask one", "one"]


def test_who_goes_on_is_told_what_came_since_its_call(store):
    store.append(
        NAME,
        [
            Pin("0", "old"),
            call("one"),
            call("two", "codex"),
            Said(Message("user", "by the way")),
            Pin("1", "The port is 8080."),
            Pin("0", None),
            Change("state.plan", "gold"),
            Change("state.old", None),
            Change("title", "Ports"),
            Note("todo", {"text": "x"}),
        ],
    )

    assert texts(since(store, NAME, "claude")) == [
        "ask two",
        "two",
        "by the way",
        "Keep in mind: The port is 8080.",
        "Keep in mind: no longer: 0",
        'State: plan = "gold"',
        "State: old = (gone)",
    ]
    assert {message.role for message in since(store, NAME, "claude")[3:]} == {"system"}


def test_who_was_never_called_is_told_nothing_of_since(store):
    store.append(NAME, [call("one")])

    assert since(store, NAME, "codex") == ()


def test_a_link_is_told_to_who_goes_on_and_to_who_is_new(store):
    store.append(NAME, [call("one")])
    store.ensure("other", About(title="Ports"))
    family.link(store, NAME, "other")

    (told,) = since(store, NAME, "claude")
    assert told.text == "This conversation is linked with the session other (Ports)"
    assert told.text in texts(earlier(store, NAME))


@pytest.mark.parametrize(
    ("entries", "over"),
    [
        ([call("one")], False),
        ([call("one"), Segment("clear")], True),
        ([call("one"), Segment("clear"), Said(Message("user", "hi"))], True),
        ([call("one"), Segment("clear"), call("two")], False),
        ([call("one"), Segment("clear"), call("two", "codex")], True),
        ([call("one"), Segment("clear"), call("two", status="auth")], True),
        ([call("one"), Segment("clear"), call("two", status="timeout", usage=Usage(1))], False),
        ([call("one"), Segment("clear"), call("two", status="interrupted")], False),
        ([call("one"), Segment("compaction")], False),
        ([call("one"), Segment("clear"), Segment("compaction")], True),
        ([Segment("compaction"), call("one")], False),
    ],
    ids=range(11),
)
def test_an_agent_does_not_go_on_over_a_break_since_its_call(store, entries, over):
    store.append(NAME, entries)

    assert is_over(store, store.read(NAME), "claude") == over


def test_nothing_to_tell_leaves_the_question_as_it_is():
    assert with_record("go on", []) == "go on"


def test_a_record_keeps_the_end_of_a_long_conversation():
    said = [Message("user", f"{number} " + "x" * 9000) for number in range(9)]
    prompt = with_record("go on", said)

    assert "user: 8 " in prompt
    assert "user: 0 " not in prompt
    assert len(prompt) < 30_000


def test_a_record_keeps_all_system_texts_whole_and_in_their_place():
    rule = Message("system", "r" * 7000)
    said = [rule, *(Message("user", f"{number} " + "x" * 9000) for number in range(9))]
    prompt = with_record("go on", [*said, Message("system", "last")])

    assert f"system: {'r' * 7000}\n" in prompt
    assert prompt.index("rrr") < prompt.index("user: 8 ") < prompt.index("system: last")
    assert "user: 0 " not in prompt


def test_a_message_in_the_middle_is_not_skipped_for_a_shorter_one_before():
    said = [Message("user", "short"), *(Message("user", "x" * 6000) for _time in range(4))]

    assert "short" not in with_record("go on", said)


def test_a_call_for_a_summary_tells_a_provider_nothing_of_what_was_said(store):
    aside = replace(call("sum"), purpose=SUMMARY)
    store.append(NAME, [call("one"), Said(Message("user", "two")), aside])

    assert texts(since(store, NAME, "claude")) == ["two"]
    assert texts(earlier(store, NAME)) == ["ask one", "one", "two"]


def test_a_call_for_a_summary_after_a_break_goes_on_with_no_conversation(store):
    store.append(NAME, [call("one"), Segment("clear"), replace(call("sum"), purpose=SUMMARY)])

    assert is_over(store, store.read(NAME), "claude")
