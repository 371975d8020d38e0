"""JSON Schemas of sessions, their messages and their families."""

from __future__ import annotations

from ai_sessions.api.routes import Json, array_of, named, object_of
from ai_sessions.api.values import (
    ANYTHING,
    COUNT,
    EXTERNAL_ID,
    LABEL,
    LIMIT,
    MAYBE_LIMIT,
    MAYBE_TEXT,
    NAME,
    OBJECT,
    SOME_TEXT,
    TEXT,
    YES_OR_NO,
)

_PIN = object_of({"text": SOME_TEXT, "key": LABEL, "reason": TEXT}, "text")
_SHOWN = {
    "id": TEXT,
    "name": TEXT,
    "kind": {"enum": ["work", "chat"]},
    "status": TEXT,
    "title": TEXT,
    "description": TEXT,
    "tags": array_of(TEXT),
    "pinned": YES_OR_NO,
    "interface": TEXT,
    "conversation_id": TEXT,
    "external_user_id": TEXT,
    "external_chat_id": TEXT,
    "token_limit": COUNT,
    "expires_in_ms": COUNT,
    "expires_at": TEXT,
    "created_at": TEXT,
    "last_used": TEXT,
    "parent": OBJECT,
    "state": OBJECT,
    "pins": OBJECT,
    "totals": OBJECT,
}
_ROLE: Json = {"enum": ["user", "assistant", "system", "tool"]}
_MESSAGE: dict[str, Json] = {
    "id": MAYBE_TEXT,
    "role": _ROLE,
    "text": TEXT,
    "at": TEXT,
    "name": TEXT,
    "call": MAYBE_TEXT,
    "parts": array_of(OBJECT),
    "tool_calls": array_of(OBJECT),
    "tool_call_id": TEXT,
    "is_error": YES_OR_NO,
    "tokens": COUNT,
    "tokens_source": TEXT,
    "metadata": OBJECT,
}
_OF_ALL_MESSAGES = ("id", "role", "text", "at")
_TOOL_CALL = object_of({"id": SOME_TEXT, "name": SOME_TEXT, "arguments": ANYTHING}, "id", "name")


def _page(of: str) -> Json:
    return object_of(
        {"data": array_of(named(of)), "next": MAYBE_TEXT, "has_more": YES_OR_NO},
        *("data", "next", "has_more"),
    )


SCHEMAS: dict[str, Json] = {
    "Session": object_of(
        _SHOWN,
        *("id", "name", "kind", "status", "created_at", "last_used", "totals"),
        more=True,
    ),
    "SessionPage": _page("Session"),
    "NewSession": object_of(
        {
            "name": NAME,
            "title": TEXT,
            "description": TEXT,
            "system": SOME_TEXT,
            "tags": array_of(LABEL),
            "state": OBJECT,
            "pins": array_of(_PIN),
            "interface": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
            "conversation_id": {**EXTERNAL_ID, "minLength": 1},
            "external_user_id": EXTERNAL_ID,
            "external_chat_id": EXTERNAL_ID,
            "token_limit": LIMIT,
            "expires_in_ms": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        }
    ),
    "SessionChange": object_of(
        {
            "title": MAYBE_TEXT,
            "description": MAYBE_TEXT,
            "tags": array_of(LABEL),
            "token_limit": MAYBE_LIMIT,
            "expires_in_ms": MAYBE_LIMIT,
            "status": {"enum": ["active", "inactive"]},
            "pinned": YES_OR_NO,
        }
    ),
    "Message": object_of(_MESSAGE, *_OF_ALL_MESSAGES, more=True),
    "MessagePage": _page("Message"),
    "NewMessage": object_of(
        {
            "role": _ROLE,
            "text": TEXT,
            "name": {"type": "string", "maxLength": 256},
            "parts": array_of(OBJECT),
            "tool_calls": array_of(_TOOL_CALL),
            "tool_call_id": TEXT,
            "is_error": YES_OR_NO,
            "tokens": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
            "metadata": OBJECT,
        },
        *("role", "text"),
    ),
    "AddedMessage": object_of(
        {**_MESSAGE, "session": TEXT, "summarized": YES_OR_NO},
        *(*_OF_ALL_MESSAGES, "session", "summarized"),
        more=True,
    ),
}
