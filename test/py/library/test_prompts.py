"""Prompts of a session with an event loop."""

import asyncio

from ai_sessions.library import prompts
from ai_sessions.library.session_manager import SessionManager


def test_a_prompt_is_built_of_a_manager_and_of_an_id(core):
    async def talk():
        manager = SessionManager("chat", store=core)
        await manager.user_says("Hi")
        build = prompts.build_prompt_from_session
        return await build(manager), await build("chat", store=core)

    one, other = asyncio.run(talk())

    assert one == other == [{"role": "user", "content": "Hi"}]


def test_a_prompt_is_truncated():
    prompt = [{"role": "user", "content": "word " * 500}]

    (found,) = asyncio.run(prompts.truncate_prompt_to_token_limit(prompt, 50, "gpt-4o"))

    assert "left out" in found["content"]
