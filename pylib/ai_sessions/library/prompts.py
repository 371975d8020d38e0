"""Prompts of a session by strategies that programs name: for programs with an event loop."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ai_sessions.library import prompts_sync
from ai_sessions.library.prompts_sync import PromptStrategy
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.tracking import done

if TYPE_CHECKING:
    from ai_sessions.library.prompts_sync import AnySession
    from ai_sessions.library.storage import AnyStore

__all__ = ["PromptStrategy", "build_prompt_from_session", "truncate_prompt_to_token_limit"]


async def build_prompt_from_session(
    session: AnySession,
    strategy: PromptStrategy | str = PromptStrategy.MINIMAL,
    max_tokens: int | None = None,
    model: str = "",
    include_parent_context: bool = False,
    current_query: str | None = None,
    max_history: int = 5,
    *,
    store: AnyStore = None,
) -> list[dict[str, Any]]:
    """As that of `prompts_sync`."""
    if isinstance(session, SessionManager):
        session = session.tracked
    work = functools.partial(
        prompts_sync.build_prompt_from_session,
        session,
        strategy,
        max_tokens,
        model,
        include_parent_context,
        current_query,
        max_history,
        store=store,
    )
    # behind what was said in it before
    id_ = session if isinstance(session, str) else _id_of(session)
    return await done(work, id_, getattr(session, "core", store))


async def truncate_prompt_to_token_limit(
    prompt: list[dict[str, Any]], max_tokens: int, model: str = ""
) -> list[dict[str, Any]]:
    """As that of `prompts_sync`; it waits for nothing."""
    return prompts_sync.truncate_prompt_to_token_limit(prompt, max_tokens, model)


def _id_of(session: Any) -> Any:
    """What its verbs go by, one after another."""
    return getattr(session, "session_id", None) or getattr(session, "id", None)
