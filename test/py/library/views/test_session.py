"""The verbs of a session as programs have it."""

import pytest

from ai_sessions.library import errors
from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.kinds import EventSource
from ai_sessions.library.views.run import SessionRun
from ai_sessions.library.views.session import Session
from ai_sessions.library.views.token_usage import TokenUsage


def said(text, source=EventSource.USER, **named):
    return SessionEvent(text, source, **named)


def answer(text, **named):
    return said(text, EventSource.LLM, token_usage=TokenUsage(9, 4, "gpt-4o"), **named)


def again(chat):
    return Session.load(chat.id, chat.core)


def test_an_event_that_is_not_saved_is_not_on_record(chat):
    chat.add_event(said("Hi"))

    assert ([one.message for one in chat.events], again(chat).events) == (["Hi"], [])


def test_a_state_is_on_record_when_it_is_set(chat):
    chat.set_state("goal", {"a": 1})
    chat.set_state("gone", 1)
    chat.remove_state("gone")
    chat.remove_state("never")

    assert again(chat).state == chat.state == {"goal": {"a": 1}}
    assert (chat.has_state("goal"), chat.has_state("gone")) == (True, False)
    assert (chat.get_state("goal"), chat.get_state("gone", 7)) == ({"a": 1}, 7)


def test_a_state_that_is_no_json_changes_nothing(chat):
    with pytest.raises(errors.InvalidSessionOperation, match="not a JSON value"):
        chat.set_state("goal", object())

    assert chat.state == again(chat).state == {}


def test_ancestors_are_the_nearest_first_and_descendants_each_before_its_own(core):
    root = Session.create("root", store=core)
    child = Session.create("child", parent_id="root", store=core)
    grand = Session.create("grand", parent_id="child", store=core)
    Session.create("other", parent_id="root", store=core)

    assert [one.id for one in grand.ancestors()] == ["child", "root"]
    assert [one.id for one in root.descendants()] == ["child", "grand", "other"]
    assert (child.parent_id, grand.ancestors()[0].child_ids) == ("root", ["grand"])


def test_usage_is_told_by_source_and_by_run(chat):
    run = SessionRun()
    chat.runs.append(run)
    chat.add_event_and_save(answer("In a run", task_id=run.id))
    chat.add_event_and_save(answer("Of its own"))
    chat.add_event_and_save(answer("Of a task", task_id="T1"))

    for one in (chat, again(chat)):
        by_run = {id_: sums.total_tokens for id_, sums in one.get_token_usage_by_run().items()}
        assert by_run == {"no_run": 0, run.id: 13, chat.events[1].id: 13, "T1": 13}
        by_source = one.get_token_usage_by_source()
        assert {source: sums.total_tokens for source, sums in by_source.items()} == {"llm": 39}


def test_tokens_of_a_message_of_a_chat_api_are_those_of_its_words(chat):
    found = chat

    assert found.count_message_tokens({"role": "user", "content": "one two three"}) == 3
    assert found.count_message_tokens("one two three") == 3
    assert found.count_message_tokens({"a": 1}) > 3
