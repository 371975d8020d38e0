"""JSON Schemas of sessions, their messages and their families."""

from __future__ import annotations

from ai_sessions.api.routes import Json, array_of, named, object_of
from ai_sessions.api.values import (
    COUNT,
    EXTERNAL_ID,
    LABEL,
    LIMIT,
    MAYBE_COUNT,
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
    "Message": object_of(
        {
            "id": TEXT,
            "role": {"enum": ["user", "assistant", "system", "tool"]},
            "text": TEXT,
            "at": TEXT,
            "call": MAYBE_TEXT,
            "tokens": MAYBE_COUNT,
            "tokens_source": TEXT,
            "metadata": OBJECT,
        },
        *("id", "role", "text", "at"),
        more=True,
    ),
    "MessagePage": _page("Message"),
}
