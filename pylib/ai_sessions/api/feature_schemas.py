"""JSON Schemas of features and of what is at work on them."""

from __future__ import annotations

from ai_sessions.api.routes import Json, array_of, object_of
from ai_sessions.api.values import MAYBE_COUNT, TEXT

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
    "Run": object_of(
        {
            **dict.fromkeys(("id", "repository", "feature", "task", "by", "begun_at"), TEXT),
            "options": array_of(TEXT),
            "pid": MAYBE_COUNT,
            "state": {"enum": ["running", "ended", "killed"]},
            "code": MAYBE_COUNT,
            "result": {"type": ["object", "null"]},
        },
        *("id", "repository", "feature", "task", "begun_at", "state", "code", "result"),
    ),
}
