"""JSON Schemas of what a conversation is remembered by: segments, summaries, state, pins."""

from __future__ import annotations

from ai_sessions.api.routes import Json, array_of, named, object_of
from ai_sessions.api.values import (
    COUNT,
    LABEL,
    LIMIT,
    MAYBE_COUNT,
    MAYBE_TEXT,
    OBJECT,
    SOME_TEXT,
    TEXT,
    YES_OR_NO,
)

_PART = object_of(
    {"part": TEXT, "tokens": COUNT, "messages": array_of(named("Message"))},
    *("part", "tokens", "messages"),
)


def _list(of: str) -> Json:
    return object_of({"data": array_of(named(of))}, "data")


SCHEMAS: dict[str, Json] = {
    "NewFork": object_of(
        {"at": SOME_TEXT, "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"}}
    ),
    "SessionList": _list("Session"),
    "Segment": object_of(
        {"number": COUNT, "first": COUNT, "last": COUNT, "reason": TEXT, "ended_at": TEXT},
        *("number", "first", "last", "reason", "ended_at"),
    ),
    "SegmentList": _list("Segment"),
    "Summary": object_of(
        {
            "seq": COUNT,
            "kind": {"enum": ["extractive", "model", "native", "given"]},
            "model": MAYBE_TEXT,
            "covers_from": COUNT,
            "covers_to": COUNT,
            "tokens": MAYBE_COUNT,
            "tokens_source": TEXT,
            "text": TEXT,
            "items": array_of(OBJECT),
        },
        *("seq", "kind", "model", "covers_from", "covers_to", "tokens", "text"),
    ),
    "SummaryList": _list("Summary"),
    "NewSummary": object_of(
        {
            "text": SOME_TEXT,
            "covers_to": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
            "model": TEXT,
        },
        "text",
    ),
    "Compacting": object_of({"session": TEXT}, "session"),
    "State": object_of({"state": OBJECT}, "state"),
    "Pin": object_of(
        {"key": TEXT, "text": TEXT, "message": TEXT, "reason": TEXT, "at": TEXT},
        *("key", "text", "message", "reason", "at"),
    ),
    "PinList": _list("Pin"),
    "NewPin": object_of(
        {"key": LABEL, "text": SOME_TEXT, "message": SOME_TEXT, "reason": TEXT}, "key"
    ),
    "ContextWanted": object_of(
        {
            "question": TEXT,
            "max_messages": {"type": "integer", "minimum": 1, "maximum": 10_000},
            "limit": LIMIT,
        }
    ),
    "Context": object_of(
        {
            "session": TEXT,
            "tokens": COUNT,
            "limit": MAYBE_COUNT,
            "summary_seq": MAYBE_COUNT,
            "left_out": COUNT,
            "cut": array_of(TEXT),
            "parts": array_of(_PART),
        },
        *("session", "tokens", "limit", "summary_seq", "left_out", "cut", "parts"),
    ),
    "Hits": object_of(
        {
            "data": array_of(
                object_of(
                    {"session": TEXT, "seq": COUNT, "at": TEXT, "role": TEXT, "excerpt": TEXT},
                    *("session", "seq", "at", "role", "excerpt"),
                )
            ),
            "exact": YES_OR_NO,
        },
        *("data", "exact"),
    ),
}
