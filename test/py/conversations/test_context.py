"""What a model is told: nothing twice, nothing that is covered, no result without its call."""

import pytest

from ai_sessions.conversations import context, family, forking, messages, state, summaries
from ai_sessions.conversations.segments import clear
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.memory.weights import weigh_all
from ai_sessions.records import About, Message, Segment, ToolCall

NAME = "chat"


@pytest.fixture
def say(store, now):
    store.ensure(NAME, About(kind="chat"))

    def add(*told):
        for one in told:
            message = one if isinstance(one, Message) else Message("user", one)
            messages.add_message(store, now, NAME, message)

    return add


def texts(store, count=20):
    return [message.text for message in context.build(store, NAME, count).messages]


def test_wrong_questions_are_refused(store, say):
    with pytest.raises(UsageError, match="at least one message"):
        context.build(store, NAME, 0)
    with pytest.raises(NotFound):
        context.build(store, "nobody")


def test_an_empty_conversation_is_an_empty_context(store, say):
    assert context.build(store, NAME) == context.Context((), 0)


def test_the_newest_messages_are_told(store, say):
    say(*map(str, range(30)))

    assert texts(store) == [str(number) for number in range(10, 30)]
    assert texts(store, 2) == ["28", "29"]
    told = context.build(store, NAME, 2)
    assert told.tokens == weigh_all(told.messages)


def test_rules_pins_and_state_come_first(store, now, say):
    say(Message("system", "be brief"), *map(str, range(30)))
    state.remember(store, now, NAME, "I am Priya", key="name")
    state.update_state(store, now, NAME, {"lang": "pl"})

    told = texts(store, 2)
    assert told[0] == "be brief"
    assert "I am Priya" in told[1]
    assert 'lang = "pl"' in told[2]
    assert told[3:] == ["28", "29"]


def test_rules_are_told_once(store, say):
    say(Message("system", "be brief"), "hi")

    assert texts(store) == ["be brief", "hi"]


def test_what_a_summary_covers_is_told_by_it_alone(store, now, say):
    say(*(f"number {number}" for number in range(10)))
    summaries.fold(store, now, NAME, summaries.Rules())

    built = context.build(store, NAME)
    assert built.summary_seq == store.read(NAME).summary_seq
    summed, *rest = texts(store)
    assert built.messages[0].role == "system"
    assert summed.count("number 6") == 1
    assert rest == ["number 7", "number 8", "number 9"]


def test_after_a_break_rules_and_summary_stay(store, now, say):
    say(Message("system", "be brief"), *(f"number {number}" for number in range(10)))
    summaries.fold(store, now, NAME, summaries.Rules())
    clear(store, NAME)
    say("again")

    rules, summed, last = texts(store)
    assert (rules, last) == ("be brief", "again")
    assert "number 6" in summed


def test_no_result_is_told_without_its_call(store, say):
    calls = tuple(ToolCall(one, "x") for one in "ab")
    say("look", Message("assistant", "", tool_calls=calls))
    say(*(Message("tool", f"found {one}", tool_call_id=one) for one in "ab"), "thanks")

    assert texts(store, 2) == ["thanks"]
    assert texts(store, 5) == ["look", "", "found a", "found b", "thanks"]


def test_a_result_whose_call_is_too_old_is_left_out_wherever_it_stands(store, now):
    store.ensure(NAME, About())
    for id_ in ("a", "b"):
        messages.record_tool_call(store, now, NAME, "x", call_id=id_)
    for id_ in ("a", "b"):
        messages.record_tool_call(store, now, NAME, "x", call_id=id_, result=f"found {id_}")

    told = context.build(store, NAME, 3).messages
    assert [one.text for one in told] == ["", "found b"]


def test_links_are_told_and_an_agents_own_compaction_ends_nothing(store, now, say):
    say("one")
    store.append(NAME, [Segment("compaction", {"provider": "claude"})])
    store.ensure("other", About())
    family.link(store, NAME, "other", "same customer")
    say("two")

    told = texts(store)
    assert (told[0], told[2]) == ("one", "two")
    assert "other" in told[1]
    clear(store, NAME)
    store.append(NAME, [Segment("compaction", {"provider": "claude"})])
    say("three")
    assert texts(store) == ["three"]


def recalled_until(store, name, *, count=None, limit=None):
    """What is looked through for a question."""
    asked = []

    def recall(_session, question, until, _most_tokens):
        asked.append((question, until))
        return ()

    context.build(store, name, count, limit=limit, question="which port?", recall=recall)
    return asked


def test_nothing_is_looked_up_where_all_is_told(store, say):
    say("one", "two")

    assert recalled_until(store, NAME) == []


def test_what_is_before_the_tail_is_looked_up(store, say):
    say(*map(str, range(30)))

    assert recalled_until(store, NAME, count=3) == [("which port?", 27)]


def test_what_is_left_out_of_a_turn_is_looked_up(store, now, say):
    say("do it")
    for number in range(40):
        messages.record_tool_call(store, now, NAME, "run", call_id=f"c{number}", result="done")

    assert recalled_until(store, NAME, count=5) == [("which port?", 77)]


def test_of_a_shared_past_what_is_not_told_is_looked_up(store, now, say):
    say(*map(str, range(30)))
    forking.fork(store, NAME, "other", now)
    messages.add_message(store, now, "other", Message("user", "new"))

    assert recalled_until(store, "other", count=3) == [("which port?", {NAME: 28})]
