"""The library for programs without an event loop: the same names, without `await`."""

from __future__ import annotations

from ai_sessions.library.infinite_sync import InfiniteConversationManager, SummarizationStrategy
from ai_sessions.library.llm_service_sync import LLMService
from ai_sessions.library.prompts_sync import (
    PromptStrategy,
    build_prompt_from_session,
    truncate_prompt_to_token_limit,
)
from ai_sessions.library.session_store_sync import SessionStore
from ai_sessions.library.sessions import Tracked as SessionManager
from ai_sessions.library.tracking_sync import (
    get_conversation_history,
    get_session_stats,
    quick_conversation,
    quick_stats,
    track_conversation,
    track_infinite_conversation,
    track_llm_call,
    track_llm_interaction,
    track_tool_use,
)
from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.metadata import SessionMetadata
from ai_sessions.library.views.run import SessionRun
from ai_sessions.library.views.session import Session
from ai_sessions.library.views.token_usage import TokenSummary, TokenUsage

__all__ = [
    "InfiniteConversationManager",
    "LLMService",
    "PromptStrategy",
    "Session",
    "SessionEvent",
    "SessionManager",
    "SessionMetadata",
    "SessionRun",
    "SessionStore",
    "SummarizationStrategy",
    "TokenSummary",
    "TokenUsage",
    "build_prompt_from_session",
    "get_conversation_history",
    "get_session_stats",
    "quick_conversation",
    "quick_stats",
    "track_conversation",
    "track_infinite_conversation",
    "track_llm_call",
    "track_llm_interaction",
    "track_tool_use",
    "truncate_prompt_to_token_limit",
]
