"""Sessions, events, runs and tokens for programs with an event loop."""

import asyncio

import pytest

from ai_sessions.library import errors
from ai_sessions.library.views import asynchronous, event, metadata, run, session, token_usage
from ai_sessions.library.views.asynchronous import (
    Session,
    SessionEvent,
    SessionMetadata,
    SessionRun,
    TokenSummary,
    TokenUsage,
)
from ai_sessions.library.views.kinds import EventSource

PLAIN = (
    *(event.SessionEvent, metadata.SessionMetadata, run.SessionRun, session.Session),
    *(token_usage.TokenSummary, token_usage.TokenUsage),
)


@pytest.mark.parametrize("plain", PLAIN)
def test_every_verb_without_a_loop_has_its_twin_with_one(plain):
    twin = getattr(asynchronous, plain.__name__)
    verbs = {name for name in vars(plain) if not name.startswith("_")}

    awaited = {name for name in verbs if asyncio.iscoroutinefunction(getattr(twin, name, None))}
    assert verbs - awaited == set()


def test_what_a_program_writes_is_there_for_the_next_one(core):
    async def work():
        chat = await Session.create("chat", store=core)
        await chat.metadata.set_property("team", "blue")
        await chat.add_event_and_save(
            await SessionEvent.create_with_tokens("Hi", "Hi", source=EventSource.USER)
        )
        done = await SessionRun.create({"a": 1})
        await done.mark_completed()
        chat.runs.append(done)
        await chat.set_state("goal", 7)
        await chat.save()
        return await Session.load("chat", core)

    found = asyncio.run(work())

    assert found.metadata.properties == {"team": "blue"}
    assert [one.message for one in found.events] == ["Hi"]
    assert ([one.metadata for one in found.runs], found.state) == ([{"a": 1}], {"goal": 7})


def test_what_a_session_is_made_of_is_for_an_event_loop_too(core):
    async def work():
        chat = await Session.create("chat", store=core)
        used = TokenUsage(1, 2, "gpt-4o")
        await chat.add_event_and_save(SessionEvent("Yo", EventSource.LLM, token_usage=used))
        found = await Session.load("chat", core)
        sums = await found.get_token_usage_by_source()
        return [found.metadata, found.events[0], found.runs[0], found.token_summary, sums["llm"]], (
            found.events[0].token_usage
        )

    made, used = asyncio.run(work())

    kinds = (SessionMetadata, SessionEvent, SessionRun, TokenSummary, TokenSummary)
    assert [type(one) for one in made] == [*kinds]
    assert type(used) is TokenUsage


def test_the_family_of_a_session_is_awaited(core):
    async def work():
        root = await Session.create("root", store=core)
        child = await Session.create("child", "root", core)
        return await root.descendants(), await child.ancestors()

    below, above = asyncio.run(work())

    assert [(type(one), one.id) for one in (*below, *above)] == [
        (Session, "child"),
        (Session, "root"),
    ]


def test_gathered_events_are_all_there_in_the_order_of_the_calls(core):
    async def work():
        chat = await Session.create("chat", store=core)
        made = [SessionEvent(f"{each}", EventSource.USER) for each in range(20)]
        await asyncio.gather(*map(chat.add_event_and_save, made))
        return await Session.load("chat", core)

    assert [one.message for one in asyncio.run(work()).events] == [*map(str, range(20))]


def test_properties_and_tokens_of_no_session_are_awaited_as_well():
    async def work():
        mine = await SessionMetadata.create({"a": 1})
        await mine.set_property("b", 2)
        made = SessionEvent("Yo")
        await made.update_token_usage()
        assert made.token_usage is None
        await made.update_token_usage(prompt_tokens=3, model="gpt-4o")
        sums = TokenSummary()
        await sums.add_usage(made.token_usage)
        return await mine.get_property("b"), made.token_usage, sums.total_tokens

    assert asyncio.run(work()) == (2, TokenUsage(3, 0, "gpt-4o"), 3)


def test_a_session_that_is_not_there_is_told(core):
    with pytest.raises(errors.SessionNotFound, match="gone"):
        asyncio.run(Session.load("gone", core))
