"""The library for programs without an event loop: the same names, without `await`."""

from __future__ import annotations

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

__all__ = [
    "SessionManager",
    "get_conversation_history",
    "get_session_stats",
    "quick_conversation",
    "quick_stats",
    "track_conversation",
    "track_infinite_conversation",
    "track_llm_call",
    "track_llm_interaction",
    "track_tool_use",
]
