"""JSON Schemas of what is taken and answered, by their names in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from ai_sessions.api import feature_schemas, memory_schemas, problems, session_schemas
from ai_sessions.api.routes import Json, array_of, object_of
from ai_sessions.api.values import TEXT

SCHEMAS: dict[str, Json] = {
    "Problem": problems.SCHEMA,
    **session_schemas.SCHEMAS,
    **memory_schemas.SCHEMAS,
    **feature_schemas.SCHEMAS,
    "Turn": object_of(
        {
            "session": TEXT,
            "text": TEXT,
            "call": {"type": "object"},
            "continuity": {"enum": ["new", "resumed", "lost"]},
            "warnings": array_of(TEXT),
        },
        *("session", "text", "call", "continuity", "warnings"),
    ),
}


def resolved(schema: Json) -> dict[str, Any]:
    """A schema that stands for itself: with all that it refers to."""
    return {**schema, "components": {"schemas": SCHEMAS}}
