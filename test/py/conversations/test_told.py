"""What a provider is told with a question: what fits its model, and what it was not there for."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import family, segments, told
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.summaries import Rules
from ai_sessions.conversations.told import HANDED_OVER, Holder, Question, handed_over, history
from ai_sessions.errors import LimitReached
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.records import About, Change, Interaction, Message, Pin, Said, Segment, Usage
from ai_sessions.store.memory import MemoryStore

NAME = "talk"
ASKED = Question("And now?")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
LONG = "a word and another one, " * 100


@pytest.fixture
def store():
    made = MemoryStore()
    made.ensure(NAME, About())
    return made


def call(word, text=None):
    said = (Message("user", f"ask {word}"), Message("assistant", text or word))
    return Interaction(f"id-{word}", "", "claude", "m", said, Usage(500, 500))


def texts(messages):
    return [message.text for message in messages]


def heard(store, window=None, question=ASKED):
    return history(store, NAME, question, Holder(Memory(), window))


def test_all_that_was_said_is_told_in_order(store):
    store.append(NAME, [Said(Message("system", "Be brief.")), call("one"), call("two")])

    assert texts(heard(store)) == ["Be brief.", "ask one", "one", "ask two", "two"]


def test_a_session_in_which_nothing_was_said_has_nothing_to_tell(store):
    assert heard(store, window=1) == ()
    assert handed_over(store, NAME, "go on", Memory(), lambda: "plan") == "go on"


@pytest.mark.parametrize("reason", ["clear", "manual", "threshold", "model_switch"])
def test_after_a_break_what_came_before_is_not_told(store, reason):
    store.append(NAME, [call("one"), Segment(reason), call("two")])

    assert texts(heard(store)) == ["ask two", "two"]


def test_the_break_of_one_agent_is_none_for_others(store):
    store.append(NAME, [call("one"), Segment("compaction"), call("two")])

    assert texts(heard(store))[1::2] == ["one", "two"]


def test_rules_pins_state_and_links_are_told_after_a_break(store):
    pins = [Pin("1", "The port is 8080."), Pin("2", "Gone."), Pin("2", None)]
    rule = Said(Message("system", "Be brief."))
    store.append(NAME, [rule, call("one"), *pins, Change("state.plan", "gold")])
    segments.clear(store, NAME)
    store.ensure("other", About(title="Ports"))
    family.link(store, NAME, "other")

    assert texts(heard(store)) == [
        "Be brief.",
        "Keep in mind:\n- The port is 8080.",
        'State of this conversation:\n- plan = "gold"',
        "This conversation is linked with the session other (Ports)",
    ]


def test_a_pin_alone_is_told_in_a_session_in_which_nothing_was_said(store):
    store.append(NAME, [Pin("1", "The port is 8080.")])

    assert texts(heard(store)) == ["Keep in mind:\n- The port is 8080."]


@pytest.mark.parametrize(("window", "is_told"), [(4000, False), (30_000, True), (None, True)])
def test_no_more_is_told_than_the_model_holds(store, window, is_told):
    store.append(NAME, [call(number, LONG) for number in range(10)])
    found = texts(heard(store, window))

    assert found[-1] == LONG
    assert ("ask 0" in found) is is_told


def test_the_form_of_the_answer_takes_of_the_window(store):
    store.append(NAME, [call(number, LONG) for number in range(10)])
    plain = heard(store, 4000)
    formed = heard(store, 4000, Question(ASKED.prompt, {"description": LONG * 2}))

    assert 0 < len(formed) < len(plain)


def test_what_has_no_room_beside_the_question_is_an_error_where_the_window_is_known(store):
    store.append(NAME, [Pin("1", LONG), call("one")])

    with pytest.raises(LimitReached):
        heard(store, 300)


def test_nothing_is_refused_for_a_window_that_nobody_knows(store):
    store.append(NAME, [Pin("1", "The port is 8080."), call("one")])
    found = heard(store, None, Question(LONG * 80))

    assert texts(found) == ["Keep in mind:\n- The port is 8080."]


def test_a_limit_of_the_session_itself_is_known_whatever_the_window(store):
    store.ensure("short", About(token_limit=300))
    store.append("short", [Pin("1", LONG), call("one")])

    with pytest.raises(LimitReached):
        history(store, "short", ASKED, Holder(Memory(), None))


def test_an_agent_that_was_not_there_is_told_the_end_and_how_the_work_stands(store):
    store.append(NAME, [Pin("1", "The port is 8080."), *(call(n, LONG) for n in range(40))])
    prompt = handed_over(store, NAME, "go on", Memory(), lambda: "T1.1 is done.")

    assert prompt.startswith("Earlier in this conversation (from our record):\n\nsystem: Keep in")
    assert "user: ask 39\n" in prompt
    assert "user: ask 0\n" not in prompt
    assert prompt.index("ask 39") < prompt.index("T1.1 is done.") < prompt.index("---\n\ngo on")
    assert Memory().rules.count(prompt) < HANDED_OVER


def test_pins_that_are_longer_than_what_is_handed_over_are_told_all_the_same(store):
    store.append(NAME, [Pin("1", LONG * 20), call("one")])
    prompt = handed_over(store, NAME, "go on", Memory(), lambda: "")

    assert LONG * 20 in prompt


def test_older_messages_are_summarized_when_the_question_leaves_too_little_to_them(store):
    holder = Holder(Memory(), 8000)
    store.append(NAME, [call(number, LONG[:600]) for number in range(20)])
    told.fold_if_due(store, NOW, NAME, ASKED, holder)
    assert store.read(NAME).summary_seq < 0

    told.fold_if_due(store, NOW, NAME, Question(LONG * 3), holder)
    assert store.read(NAME).summary_seq > 0


def test_a_summary_that_is_needed_at_once_is_made_without_a_model(store):
    class Asking(ExtractiveItems):
        needs_model = True

        def fold(self, fold):
            raise AssertionError("a model was asked")

    store.append(NAME, [call(number, LONG[:600]) for number in range(20)])
    holder = Holder(Memory(Rules(Asking())), 8000)
    told.fold(store, NOW, NAME, ASKED, holder)

    assert store.read(NAME).summary_seq > 0
