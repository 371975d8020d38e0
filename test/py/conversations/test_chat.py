"""A turn of a chat: in which session, with whom, and what stays of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted import Agent, Plain

from ai_sessions.conversations import chat
from ai_sessions.errors import ProviderError, Taken, UsageError
from ai_sessions.jobs import Kit
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.records import SUMMARY, About, Cost, Interaction, Message, Resume, Usage
from ai_sessions.stopping import Stop
from ai_sessions.store.memory import MemoryStore

HERE = About(project="/home/me/shop")


def price(_usage, _model, _at):
    return Cost(1000, "prices:today")


@pytest.fixture
def kit():
    return Kit(MemoryStore(), price, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def talk(provider, **more):
    return chat.Chat("notes", HERE, provider, Path("/tmp"), **more)


def call(number, provider="openai", model="gpt-5.4", **more):
    said = (Message("user", f"question {number}"), Message("assistant", "answer"))
    return Interaction(f"c{number}", "", provider, model, said, purpose="chat", **more)


def test_a_turn_is_a_call_for_a_chat_in_a_session_of_that_name(kit):
    agent = Agent("It is a shop.")
    result = chat.ask(talk(agent, model="m", timeout_s=7.0), kit, "what is this?")

    assert (result.text, result.session.name) == ("It is a shop.", "notes")
    assert (result.interaction.purpose, result.session.about.project) == ("chat", HERE.project)
    (request,) = agent.requests
    assert (request.prompt, request.model, request.timeout_s) == ("what is this?", "m", 7.0)
    assert request.streams


@pytest.mark.parametrize("access", ["read", "edit"])
def test_an_agent_may_edit_only_when_it_is_said(kit, access):
    agent = Agent()
    chat.ask(talk(agent, access=access), kit, "hello")

    assert agent.requests[0].access == access
    assert talk(agent).access == "read"


def test_what_was_said_before_goes_along(kit):
    plain = Plain("two", "four")
    chat.ask(talk(plain), kit, "one")
    chat.ask(talk(plain), kit, "three")

    assert [one.text for one in plain.requests[1].history] == ["one", "two"]


def test_a_text_that_is_too_long_to_keep_calls_nobody(kit):
    plain = Plain()
    with pytest.raises(UsageError, match="a message of 1,048,577 bytes"):
        chat.ask(talk(plain), kit, "x" * (1 << 20) + "y")

    assert plain.requests == []
    assert list(kit.store.sessions()) == []


def test_a_stopped_answer_is_kept_and_returned(kit):
    stopped = Failure("interrupted", "it was stopped")
    plain = Plain(Reply("Half", "m", Usage(1, 1, estimated=True), failure=stopped))
    stop = Stop()
    result = chat.ask(talk(plain), kit, "tell me all", stop)

    assert plain.requests[0].stop is stop
    assert (result.text, result.interaction.status) == ("Half", "interrupted")
    assert isinstance(result.error, ProviderError)
    assert kit.store.read("notes").totals.messages == 2


def test_a_session_that_is_not_there_is_as_it_was_begun(kit):
    assert chat.session_of(kit.store, "notes") is None
    assert chat.about(None, HERE) == HERE


@pytest.mark.parametrize("name", ["Notes", "a/b", "", "con"])
def test_what_is_no_name_is_refused(kit, name):
    with pytest.raises(UsageError, match="not a session name"):
        chat.session_of(kit.store, name)


def test_the_session_of_a_command_stays_what_it_is(kit):
    kit.store.ensure("plan-pay", About("plan", "pay", HERE.project))
    session = chat.session_of(kit.store, "plan-pay")

    assert chat.about(session, HERE) == About("plan", "pay", HERE.project)
    assert chat.about(session, About()).project == HERE.project


def test_a_session_of_another_project_is_refused(kit):
    kit.store.ensure("notes", About(project="/home/me/wiki"))

    with pytest.raises(Taken, match="notes belongs to another project: /home/me/wiki"):
        chat.about(chat.session_of(kit.store, "notes"), HERE)


def test_a_session_of_no_project_is_everybodys(kit):
    kit.store.ensure("notes", About())

    assert chat.about(chat.session_of(kit.store, "notes"), HERE).project == HERE.project


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([], ("", "")),
        ([call(1)], ("openai", "gpt-5.4")),
        ([call(1), call(2, "claude", "sonnet", resume=Resume("id-1"))], ("claude", "")),
        ([call(1), call(2, model="wrong", status="model")], ("openai", "gpt-5.4")),
        ([call(1, status="auth")], ("", "")),
    ],
    ids=["empty", "server", "agent", "failed-last", "failed-all"],
)
def test_who_answered_last_is_who_is_asked_next(kit, calls, found):
    session = kit.store.ensure("notes", HERE)
    kit.store.append("notes", calls)

    assert chat.last_answer(kit.store, session) == found


def test_nobody_answered_in_a_session_that_is_not_there(kit):
    assert chat.last_answer(kit.store, None) == ("", "")


def test_what_was_asked_is_known_once_the_last_one_last(kit):
    assert chat.asked(kit.store, "notes") == []
    kit.store.ensure("notes", HERE)
    work = replace(call(9), purpose="plan")
    kit.store.append("notes", [call(1), replace(call(2), messages=()), work, call(3), call(4)])
    kit.store.append("notes", [replace(call(5), messages=call(3).messages)])

    assert chat.asked(kit.store, "notes") == ["question 1", "question 4", "question 3"]
    assert chat.asked(kit.store, "notes", count=1) == ["question 3"]


def test_who_wrote_a_summary_did_not_answer(kit):
    kit.store.ensure("notes", HERE)
    aside = replace(call(2, "anthropic", "haiku"), purpose=SUMMARY)
    kit.store.append("notes", [call(1), aside])

    assert chat.last_answer(kit.store, kit.store.read("notes")) == ("openai", "gpt-5.4")
    assert chat.asked(kit.store, "notes") == ["question 1"]
