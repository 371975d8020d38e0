"""Conversations without an end, message by message: for programs with an event loop."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ai_sessions.library import infinite_sync
from ai_sessions.library.calls import UNKNOWN
from ai_sessions.library.errors import Translated
from ai_sessions.library.infinite_sync import Settings, SummarizationStrategy, asking
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.tracking import done
from ai_sessions.library.views.asynchronous import Session

if TYPE_CHECKING:
    from ai_sessions.library.infinite_sync import Ask, Plain, Turn
    from ai_sessions.library.views.kinds import EventSource

__all__ = ["InfiniteConversationManager", "SummarizationStrategy"]


class InfiniteConversationManager(Settings):
    """As that of `infinite_sync`, verb for verb."""

    async def process_message(
        self,
        session_id: str,
        message: str,
        source: EventSource | str,
        llm_callback: Ask | None = None,
        model: str = UNKNOWN,
    ) -> str:
        with Translated(session_id, "process_message"):
            is_answer = infinite_sync.is_answer(source)
        manager = SessionManager.of(
            await done(functools.partial(self.tracked, session_id), session_id, self.core)
        )
        await manager.set_summary_callback(asking(self.summarization_strategy, llm_callback))
        if is_answer:
            return await manager.ai_responds(message, model)
        return await manager.user_says(message)

    async def build_context_for_llm(
        self, session_id: str, max_messages: int = 10, include_summaries: bool = True
    ) -> list[Plain]:
        work = functools.partial(
            infinite_sync.context, self.core, session_id, max_messages, include_summaries
        )
        return await done(work, session_id, self.core)

    async def get_session_chain(self, session_id: str) -> list[Session]:
        work = functools.partial(infinite_sync.chain, Session, self.core, session_id)
        return await done(work, session_id, self.core)

    async def get_full_conversation_history(self, session_id: str) -> list[Turn]:
        work = functools.partial(infinite_sync.history, self.core, session_id)
        return await done(work, session_id, self.core)
