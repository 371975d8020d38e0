"""JSON Schemas of features and of what is at work on them."""

from __future__ import annotations

from ai_sessions.api.routes import Json, array_of, object_of
from ai_sessions.api.values import TEXT

SCHEMAS: dict[str, Json] = {
    "Feature": object_of(
        {
            "repository": TEXT,
            "feature": TEXT,
            "title": TEXT,
            "branch": TEXT,
            "tasks": array_of({"type": "object"}),
            "acceptance": array_of({"type": "object"}),
            "verified": {"type": ["object", "null"]},
            "notes": array_of(TEXT),
            "next": TEXT,
            "problem": TEXT,
            "plan": {"type": ["object", "null"]},
        },
        *("repository", "feature", "tasks", "notes", "next"),
        more=True,
    ),
}
