"""Conversations without an end, for programs with an event loop."""

import asyncio

import pytest

from ai_sessions.library import errors
from ai_sessions.library.infinite import InfiniteConversationManager
from ai_sessions.library.views.asynchronous import Session
from ai_sessions.library.views.kinds import EventSource


def test_a_conversation_goes_on_and_its_summary_is_written_in_the_loop(core):
    loops = []

    async def ask(_messages):
        loops.append(asyncio.get_running_loop())
        return "They went on and on."

    async def work():
        manager = InfiniteConversationManager(token_threshold=60, store=core)
        await Session.create("chat", store=core)
        for number in range(3):
            await manager.process_message("chat", f"Question {number}?", EventSource.USER, ask)
            text = f"Answer {number}. " + "and so on " * 30
            await manager.process_message("chat", text, EventSource.LLM, ask, "gpt-4o")
        (session,) = await manager.get_session_chain("chat")
        history = await manager.get_full_conversation_history("chat")
        return (
            await manager.build_context_for_llm("chat"),
            session,
            history,
            loops[0] is (asyncio.get_running_loop()),
        )

    told, session, history, is_same_loop = asyncio.run(work())

    assert any("They went on and on." in one["content"] for one in told)
    assert (type(session), len(history), is_same_loop) == (Session, 6, True)


def test_a_session_that_is_not_there_is_told(core):
    manager = InfiniteConversationManager(store=core)

    for source in (EventSource.USER, EventSource.LLM):
        with pytest.raises(errors.SessionNotFound, match="gone"):
            asyncio.run(manager.process_message("gone", "Hi", source))
    with pytest.raises(errors.InvalidSessionOperation, match="'system'"):
        asyncio.run(manager.process_message("gone", "Hi", EventSource.SYSTEM))
