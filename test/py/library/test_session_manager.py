"""A tracked session, for programs with an event loop."""

import asyncio

from ai_sessions.library.session_manager import SessionManager


def test_gathered_calls_keep_their_order(core):
    async def talk():
        manager = SessionManager("one", store=core)
        await asyncio.gather(*(manager.user_says(f"{number}") for number in range(200)))
        return await manager.get_conversation()

    said = asyncio.run(talk())

    assert [one["content"] for one in said] == [f"{number}" for number in range(200)]
