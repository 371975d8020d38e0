"""A session as programs have it: how it is made, read and saved."""

import pytest

from ai_sessions.library import errors
from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.kinds import EventSource, EventType, RunStatus
from ai_sessions.library.views.metadata import SessionMetadata
from ai_sessions.library.views.run import SessionRun
from ai_sessions.library.views.session import Session
from ai_sessions.library.views.token_usage import TokenUsage
from ai_sessions.records import (
    About,
)


def said(text, source=EventSource.USER, **named):
    return SessionEvent(text, source, **named)


def answer(text, **named):
    return said(text, EventSource.LLM, token_usage=TokenUsage(9, 4, "gpt-4o"), **named)


def again(chat):
    return Session.load(chat.id, chat.core)


def test_a_session_is_created_and_loaded_with_what_was_said_in_it(core, tracked):
    Session.create("root", metadata={"team": "blue"}, store=core)
    Session.create("child", parent_id="root", store=core)
    tracked("child").track("Hi", "Yo")

    root, child = Session.load("root", core), Session.load("child", core)

    assert (root.id, root.child_ids, root.events) == ("root", ["child"], [])
    assert root.metadata.properties == {"team": "blue"}
    assert (child.parent_id, [one.message for one in child.events]) == ("root", ["Hi", "Yo"])


def test_a_session_is_not_created_a_second_time(core, tracked):
    tracked("chat").user_says("Hi")

    with pytest.raises(errors.SessionAlreadyExists, match="chat"):
        Session.create("chat", store=core)

    assert len(Session.load("chat", core).events) == 1


def test_a_session_without_a_name_gets_an_id(core):
    assert Session.load(Session.create(store=core).id, core).events == []


@pytest.mark.parametrize(
    "work", [Session.load, lambda id_, core: Session.create("x", parent_id=id_, store=core)]
)
def test_a_session_that_is_not_there_is_told_and_not_made(core, work):
    with pytest.raises(errors.SessionNotFound, match="gone"):
        work("gone", core)

    assert core.store.names() == []


def test_a_session_that_nobody_created_is_made_when_it_is_saved(core):
    mine = SessionMetadata.create({"team": "blue"})
    found = Session("chat", metadata=mine, store=core)
    assert core.store.names() == []

    found.add_event(said("Hi"))
    found.save()

    assert [one.message for one in again(found).events] == ["Hi"]
    assert again(found).metadata.properties == {"team": "blue"}


def test_the_sums_of_a_session_count_what_is_not_saved_too(chat):
    chat.add_event(answer("Yo"))

    assert (chat.total_tokens, again(chat).total_tokens) == (13, 0)
    assert chat.total_cost == pytest.approx((9 * 2.5 + 4 * 10) / 1e6)
    chat.save()
    assert chat.total_tokens == again(chat).total_tokens == 13


def test_a_session_that_nobody_created_begins_with_its_state(core):
    found = Session("chat", state={"goal": 1, "gone": 2}, store=core)
    assert found.get_state("goal") == 1

    found.remove_state("gone")
    assert found.state == {"goal": 1}
    found.save()

    assert again(found).state == {"goal": 1}


def test_events_are_saved_in_their_order_and_once(chat):
    chat.add_event(said("One"))
    chat.events.append(said("Two"))
    chat.add_event_and_save(said("Three"))
    chat.save()

    assert [one.message for one in again(chat).events] == ["One", "Two", "Three"]
    assert [one.message for one in chat.events] == ["One", "Two", "Three"]


def test_an_event_that_is_given_again_by_another_object_is_there_once(chat):
    event = said("Hi")
    chat.add_event_and_save(event)

    again(chat).add_event_and_save(event)

    assert len(again(chat).events) == 1


def test_an_event_can_be_put_into_two_sessions(core, chat):
    other = Session.create(store=core)
    event = said("Hi")
    for one in (chat, other):
        one.add_event_and_save(event)

    assert [len(again(one).events) for one in (chat, other)] == [1, 1]


def test_an_event_that_cannot_be_kept_leaves_the_session_as_it_was(chat):
    with pytest.raises(errors.InvalidSessionOperation, match="robot"):
        chat.add_event_and_save(said("Hi", "robot"))

    chat.add_event_and_save(said("Hi"))
    assert [one.message for one in chat.events] == ["Hi"]
    assert len(again(chat).events) == 1


def test_the_sums_of_a_session_count_what_was_saved(chat):
    chat.add_event_and_save(said("Hi"))
    chat.add_event_and_save(answer("Yo"))

    assert chat.total_tokens == again(chat).total_tokens == 13
    assert chat.total_cost == again(chat).total_cost == pytest.approx((9 * 2.5 + 4 * 10) / 1e6)


def test_an_answer_with_tokens_is_a_run_as_it_is_when_it_is_read(chat):
    chat.add_event_and_save(answer("Yo", metadata={"provider": "openai"}))

    assert [one.id for one in chat.runs] == [chat.events[0].id]
    assert [(one.id, one.status) for one in again(chat).runs] == [
        (chat.events[0].id, RunStatus.COMPLETED)
    ]


def test_a_run_that_a_program_marks_is_on_record_when_the_session_is_saved(chat):
    run = SessionRun.create({"dataset": "sales"})
    run.mark_running()
    chat.runs.append(run)
    chat.save()
    assert again(chat).active_run == run

    run.mark_failed("no data")
    chat.save()
    chat.save()

    assert again(chat).runs == [run]
    assert again(chat).active_run is None
    assert again(chat).record.last_seq == chat.record.last_seq


def test_what_is_put_into_state_and_properties_is_on_record_when_it_is_saved(chat):
    chat.set_state("old", 1)
    chat.metadata.set_property("team", "blue")
    chat.state = {"new": 2}
    chat.metadata.properties |= {"team": "red", "size": 3}
    chat.save()
    before = chat.record.last_seq
    chat.save()

    assert again(chat).state == {"new": 2}
    assert again(chat).metadata.properties == {"team": "red", "size": 3}
    assert chat.record.last_seq == before


def test_a_property_is_on_record_when_it_is_set(chat):
    chat.metadata.set_property("team", "blue")
    chat.metadata.set_property("team", "red")

    assert again(chat).metadata.properties == {"team": "red"}


def test_a_session_of_a_command_is_written_to_under_its_own_name(core):
    found = core.store.ensure("plan-payments", About("plan", "payments"))
    Session.load(found.uid, core).add_event_and_save(said("Hi"))

    assert core.store.names() == ["plan-payments"]
    assert [one.message for one in Session.load(found.uid, core).events] == ["Hi"]


def test_a_tool_that_an_answer_asked_for_has_its_result_in_the_same_event(chat):
    asked = {"id": "c1", "function": {"name": "add", "arguments": "{}"}, "type": "function"}
    chat.add_event_and_save(answer({"content": "Let me see.", "tool_calls": [asked]}))
    told = {"tool": "add", "arguments": {}, "result": 8}
    result = said(told, EventSource.SYSTEM, type=EventType.TOOL_CALL, metadata={"call_id": "c1"})
    again(chat).add_event_and_save(result)

    _words, tool = again(chat).events
    assert (tool.message["result"], tool.message["success"]) == ("8", True)
    assert (tool.id, tool.parent_event_id) == (result.id, chat.events[0].id)
    assert again(chat).runs[0].tool_calls == ["c1"]


def test_a_variable_that_is_taken_away_takes_no_other_with_it(chat):
    chat.set_state("a", 1)
    chat.state["new"] = 2
    chat.remove_state("a")

    assert (chat.state, again(chat).state) == ({"new": 2}, {})


def test_properties_that_are_no_metadata_are_refused_and_asked_for_again(chat):
    chat.metadata.properties["a"] = "x" * (2 << 20)
    with pytest.raises(errors.InvalidSessionOperation, match="metadata"):
        chat.save()

    chat.metadata.properties["a"] = 1
    chat.save()
    assert again(chat).metadata.properties == {"a": 1}


def test_an_event_that_cannot_be_kept_does_not_keep_those_after_it(chat):
    chat.events += [said("One"), said("Two", "robot"), said("Three")]
    with pytest.raises(errors.InvalidSessionOperation, match="robot"):
        chat.save()

    chat.events[1].source = EventSource.USER
    chat.save()
    assert [one.message for one in again(chat).events] == ["One", "Two", "Three"]


def test_a_note_that_is_no_run_is_none(chat):
    chat.add_event_and_save(said({"to": 1}, type=EventType.REFERENCE))

    assert again(chat).runs == []


def test_a_call_that_has_its_result_takes_no_second_one(chat):
    chat.add_event_and_save(
        said({"tool": "add", "result": 8}, EventSource.SYSTEM, type=EventType.TOOL_CALL)
    )
    (first,) = again(chat).events
    metadata = {"call_id": first.metadata["call_id"]}
    again(chat).add_event_and_save(
        said({"tool": "add", "result": 9}, type=EventType.TOOL_CALL, metadata=metadata)
    )

    assert [one.message["result"] for one in again(chat).events] == ["8", "9"]
