"""What is left of an entry when what was said in it is to be forgotten: its numbers, times, ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from ai_sessions.records import Break, SummaryKind

Plain = dict[str, Any]
#: The field that says since when words are forgotten.
REDACTED = "redacted"
_KEPT = (
    *("v", "type", "seq", "id", "ts", "purpose", "task", "provider", "model", "tokens", "cost"),
    *("cost_nusd", "cost_source", "status", "duration_ms", "continuity", "resume"),
    *("client_version", "branch", "commit", "by_model"),
    *("covers_from", "covers_to", "based_on"),
)
_OF_MESSAGE = ("role", "at", "name", "tool_call_id")
_OF_TOOL_CALL = ("id", "name")
#: Words of ours that say what a view is; any other would be somebody's.
_KINDS, _BREAKS = get_args(SummaryKind), get_args(Break)
_OF_NOTE = ("event", "task", "purpose", "interaction")
#: Facts of a session that are words of somebody.
_WORDS = ("title", "description")
_STATE = "state."
#: Where the first line of a session has the facts of its conversation.
_CONVERSATION = "conversation"


def has_words(entry: Plain) -> bool:
    """Whether somebody said something in it; most of a session's own facts are no words."""
    if entry["type"] == "set":
        key = entry.get("key", "")
        return isinstance(key, str) and (key in _WORDS or key.startswith(_STATE))
    if entry["type"] == "session":
        return bool(_object(entry.get(_CONVERSATION)).get("title"))
    return True


def redacted(entry: Plain, at: str) -> Plain:
    """`entry` without what was said in it, and with `redacted`: since when.

    What it cost and used stays, and so do its times, its ids and its task. One that is redacted
    already keeps the time of that. Of fields that a later version put in only numbers stay.
    """
    since = entry["redacted"] if isinstance(entry.get("redacted"), str) else at
    if entry["type"] == "session":  # the title that it began with; the rest says what it is
        facts = {**_object(entry.get(_CONVERSATION)), "title": f"[redacted {since}]"}
        return {**entry, _CONVERSATION: facts, "redacted": since}
    kept = figures(entry) | {key: entry[key] for key in _KEPT if key in entry}
    teller = _LEFT.get(entry["type"])
    if teller:
        kept |= teller(entry, f"[redacted {since}]")
    return {**kept, "redacted": since}


def figures(detail: Mapping[str, Any]) -> Plain:
    """Only what cannot quote anybody: numbers and yes or no."""
    return {key: value for key, value in detail.items() if isinstance(value, (bool, int))}


def _interaction(entry: Plain, text: str) -> Plain:
    messages = [_message(one, text) for one in entry["messages"]]
    return {"messages": messages, "detail": figures(_object(entry.get("detail")))}


def _message(entry: Any, text: str) -> Plain:
    """Tool calls keep their ids, without which a result would belong to none."""
    found = _object(entry)
    kept: Plain = {"is_error": True} if found.get("is_error") is True else {}
    if type(found.get("tokens")) is int:
        kept["tokens"] = found["tokens"]
    calls = found.get("tool_calls")
    if isinstance(calls, list) and calls:
        kept["tool_calls"] = [_facts(call, _OF_TOOL_CALL) for call in calls]
    return _facts(found, _OF_MESSAGE) | kept | {"text": text}


def _note(entry: Plain, _text: str) -> Plain:
    body = _object(entry.get("body"))
    topic = _facts(entry, ("topic",)) or {"topic": ""}
    return topic | {"body": figures(body) | _facts(body, _OF_NOTE)}


def _change(entry: Plain, text: str) -> Plain:
    """One that took a value away still does."""
    return {"key": entry["key"], "value": None if entry.get("value") is None else text}


def _summary(entry: Plain, text: str) -> Plain:
    told = {"kind": entry["kind"]} if entry.get("kind") in _KINDS else {}
    return {**told, "text": text}


def _segment(entry: Plain, _text: str) -> Plain:
    reason = entry.get("reason")
    known = reason if reason in _BREAKS else "manual"
    return {"reason": known, "detail": figures(_object(entry.get("detail")))}


def _pin(entry: Plain, text: str) -> Plain:
    told = None if entry.get("text") is None else text
    return _facts(entry, ("key",)) | {"text": told}


def _facts(part: Any, keys: Collection[str]) -> Plain:
    """Those of its texts that programs made."""
    found = _object(part)
    return {key: found[key] for key in keys if isinstance(found.get(key), str)}


def _object(value: Any) -> Plain:
    return value if isinstance(value, dict) else {}


_LEFT = {
    "interaction": _interaction,
    "message": _message,
    "note": _note,
    "set": _change,
    "summary": _summary,
    "segment": _segment,
    "pin": _pin,
}
