"""JSON Schemas of what is taken and answered, by their names in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from ai_sessions.api import problems
from ai_sessions.api.routes import Json, array_of, named, object_of

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer"}
_TIME: Json = {"type": "string", "format": "date-time"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_MAYBE_COUNT: Json = {"type": ["integer", "null"]}

SCHEMAS: dict[str, Json] = {
    "Problem": problems.SCHEMA,
    "Session": object_of(
        {
            "id": _TEXT,
            "name": _TEXT,
            "kind": {"enum": ["work", "chat"]},
            "status": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "tags": array_of(_TEXT),
            "interface": _TEXT,
            "conversation_id": _TEXT,
            "created_at": _TEXT,
            "last_used": _TEXT,
            "state": {"type": "object"},
            "totals": {"type": "object"},
        },
        *("id", "name", "kind", "status", "created_at", "last_used", "totals"),
        more=True,
    ),
    "Turn": object_of(
        {
            "session": _TEXT,
            "text": _TEXT,
            "call": {"type": "object"},
            "continuity": {"enum": ["new", "resumed", "lost"]},
            "warnings": array_of(_TEXT),
        },
        *("session", "text", "call", "continuity", "warnings"),
    ),
    "SessionPage": object_of(
        {
            "data": array_of(named("Session")),
            "next": _MAYBE_TEXT,
            "has_more": {"type": "boolean"},
        },
        *("data", "next", "has_more"),
    ),
}


def resolved(schema: Json) -> dict[str, Any]:
    """A schema that stands for itself: with all that it refers to."""
    return {**schema, "components": {"schemas": SCHEMAS}}
