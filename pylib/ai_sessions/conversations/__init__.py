"""The verbs of a conversation, and the door to them for Python programs.

    from ai_sessions import conversations

    session = conversations.get_or_create_session(conversation_id=123, interface_type="telegram")
    conversations.add_message(session, "user", "What's the weather?")
    told = conversations.build_context(session, 20).messages

Each function here is the method of that name of `service.Conversations`, over the user's own
sessions (SESSION_DIR). Importing this reads and writes nothing.
"""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.conversations.service import Conversations

    _typed = Conversations.__new__(Conversations)
    get_or_create_session = _typed.get_or_create_session
    find_or_create = _typed.get_or_create_session
    find_by_id = _typed.find_by_id
    find_by_conversation = _typed.find_by_conversation
    deactivate = _typed.deactivate
    add_message = _typed.add_message
    record_tool_call = _typed.record_tool_call
    record_error = _typed.record_error
    clear_messages = _typed.clear_messages
    update_state = _typed.update_state
    remember = _typed.remember
    forget = _typed.forget
    build_context = _typed.build_context
    summarize_session = _typed.summarize_session
    add_summary = _typed.add_summary
    get_stats = _typed.get_stats
    cleanup = _typed.cleanup
    cleanup_expired = _typed.cleanup_expired
    cleanup_inactive = _typed.cleanup_inactive

__all__ = [
    "add_message",
    "add_summary",
    "build_context",
    "cleanup",
    "cleanup_expired",
    "cleanup_inactive",
    "clear_messages",
    "deactivate",
    "default",
    "find_by_conversation",
    "find_by_id",
    "find_or_create",
    "forget",
    "get_or_create_session",
    "get_stats",
    "record_error",
    "record_tool_call",
    "remember",
    "summarize_session",
    "update_state",
]


@functools.cache
def default() -> Conversations:
    """What the functions here use, made at the first call by the settings of that moment."""
    import os

    from ai_sessions.assemble.conversations import conversations

    return conversations(os.environ)


def _call(name: str, *args: Any, **named: Any) -> Any:
    return getattr(default(), name)(*args, **named)


if not TYPE_CHECKING:  # each asks for the settings when it is called, not when it is imported
    for _name in __all__:
        if _name != "default":
            globals()[_name] = functools.partial(_call, _name)
            globals()[_name].__name__ = _name
