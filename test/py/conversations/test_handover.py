"""What a provider is told with the next question: all that counts, nothing twice."""

from dataclasses import replace

import pytest

from ai_sessions.conversations import family
from ai_sessions.conversations.handover import is_over, since, with_missed, with_record
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
    ToolCall,
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


def test_a_link_is_told_to_who_goes_on(store):
    store.append(NAME, [call("one")])
    store.ensure("other", About(title="Ports"))
    family.link(store, NAME, "other")

    (told,) = since(store, NAME, "claude")
    assert told.text == "This conversation is linked with the session other (Ports)"


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
    assert with_record("go on", [], "a plan") == "go on"
    assert with_missed("go on", []) == "go on"


def test_a_record_has_who_said_it_the_calls_of_tools_and_how_the_work_stands():
    call = ToolCall("c1", "grep", {"word": "x"})
    said = [
        Message("user", "Look."),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "42", name="grep", tool_call_id="c1"),
    ]

    assert with_record("go on", said, "T1.1 is done.") == (
        "Earlier in this conversation (from our record):\n\n"
        "user: Look.\n\n"
        'assistant: \ngrep {"word": "x"}\n\n'
        "tool grep: 42\n\n"
        "How the work stands (from our files):\n\n"
        "T1.1 is done.\n\n"
        "---\n\n"
        "go on"
    )


def test_of_much_that_was_missed_the_end_is_told():
    said = [Message("user", f"{number} " + "x" * 9000) for number in range(9)]
    prompt = with_missed("go on", said)

    assert "user: 8 " in prompt
    assert "user: 0 " not in prompt
    assert len(prompt) < 30_000


def test_all_system_texts_that_were_missed_are_told_whole_and_in_their_place():
    rule = Message("system", "r" * 7000)
    said = [rule, *(Message("user", f"{number} " + "x" * 9000) for number in range(9))]
    prompt = with_missed("go on", [*said, Message("system", "last")])

    assert f"system: {'r' * 7000}\n" in prompt
    assert prompt.index("rrr") < prompt.index("user: 8 ") < prompt.index("system: last")
    assert "user: 0 " not in prompt


def test_a_message_in_the_middle_is_not_skipped_for_a_shorter_one_before():
    said = [Message("user", "short"), *(Message("user", "x" * 6000) for _time in range(4))]

    assert "short" not in with_missed("go on", said)


def test_a_call_for_a_summary_tells_a_provider_nothing_of_what_was_said(store):
    aside = replace(call("sum"), purpose=SUMMARY)
    store.append(NAME, [call("one"), Said(Message("user", "two")), aside])

    assert texts(since(store, NAME, "claude")) == ["two"]


def test_a_call_for_a_summary_after_a_break_goes_on_with_no_conversation(store):
    store.append(NAME, [call("one"), Segment("clear"), replace(call("sum"), purpose=SUMMARY)])

    assert is_over(store, store.read(NAME), "claude")
