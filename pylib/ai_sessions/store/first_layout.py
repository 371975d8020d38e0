"""The first layout: one `metadata.json` with the interactions inside it, no journal.

It was never specified beyond its name, so every field is optional, is looked for under the names
such tools use, and what is not understood is kept in `detail`. Pure; the upgrade on disk is in
`upgrade`.
"""

from __future__ import annotations

from ai_sessions import money
from ai_sessions.store import totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Plain = dict[str, Any]

_CREATED = ("created_at", "created", "start_time")
_USED = ("last_used", "last_used_at", "updated_at", "updated")
_WHEN = ("timestamp", "ts", "at", "created_at", "date")
_SESSION_ID = ("api_session_id", "session_id", "conversation_id", "id")
_TASK = ("task", "task_id")
_PROMPT = ("prompt", "input", "request")
_ANSWER = ("response", "output", "answer", "result")
#: A time since 1970 is in seconds below this, else in milliseconds.
_IN_MS = 10**11
_COST = ("cost", "cost_usd", "total_cost", "total_cost_usd")
_FEATURE = ("feature", "feature_id")
#: Our name of a token count -> theirs.
_TOKENS = {
    "input": ("input_tokens", "input", "prompt_tokens"),
    "output": ("output_tokens", "output", "completion_tokens"),
    "cache_read": ("cache_read_tokens", "cache_read_input_tokens", "cache_read"),
    "cache_write": ("cache_write_tokens", "cache_creation_input_tokens", "cache_write"),
}
_KNOWN = {
    *(*_WHEN, *_TASK, *_PROMPT, *_ANSWER, *_COST, "model", "provider", "status", "tokens", "usage"),
    *(name for names in _TOKENS.values() for name in names),
}


def is_legacy(metadata: Any) -> bool:
    """Whether a parsed `metadata.json` is of the first layout."""
    return (
        isinstance(metadata, dict)
        and metadata.get("schema", 1) == 1
        and ("interactions" in metadata or bool(_time(metadata, _CREATED)))
    )


def entries(name: str, metadata: Plain) -> Iterator[Plain]:
    """The old session as journal entries; the same every time they are asked for."""
    found = metadata.get("interactions")
    old = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    yield _session(name, metadata)
    for number, item in enumerate(old, start=1):
        yield _interaction(number, item)
    if conversation := _first(metadata, _SESSION_ID):
        value = {"id": conversation, "model": "", "cwd": "", "carry": {}}
        key = f"resume.{_text(metadata, 'provider') or 'claude'}"
        yield _set(len(old) + 1, key, value)
    if status := _text(metadata, "status"):
        yield _set(len(old) + 2, "status", status)


def _session(name: str, metadata: Plain) -> Plain:
    command, _, feature = name.partition("-")
    created = _time(metadata, _CREATED)
    used = _time(metadata, _USED) or created
    return {
        "type": "session",
        "seq": 0,
        "uid": f"v1-{name}",
        "ts": used,
        "store": totals.SCHEMA,
        "command": _text(metadata, "command") or (command if feature else ""),
        "feature": _first(metadata, _FEATURE) or feature,
        "project": _text(metadata, "project"),
        "created_at": created,
        "last_used": used,
        "migrated_from": 1,
    }


def _interaction(number: int, item: Plain) -> Plain:
    when, nusd = _time(item, _WHEN), _nusd(item)
    return {
        "type": "interaction",
        "seq": number,
        "id": f"v1-{number}",
        "ts": when,
        "purpose": "",
        "task": _first(item, _TASK),
        "provider": _text(item, "provider") or "claude",
        "model": _text(item, "model"),
        "messages": _messages(item, when),
        "tokens": _tokens(item),
        "cost": None if nusd is None else money.number(nusd),
        "cost_nusd": nusd,
        "cost_source": "unknown" if nusd is None else "client",
        "status": _status(item),
        "duration_ms": 0,
        "continuity": "new",
        "resume": None,
        "by_model": {},
        "detail": {key: value for key, value in item.items() if key not in _KNOWN},
    }


def _set(seq: int, key: str, value: Any) -> Plain:
    return {"type": "set", "seq": seq, "ts": "", "key": key, "value": value}


def _messages(item: Plain, when: str) -> list[Plain]:
    said = (("user", _first(item, _PROMPT)), ("assistant", _first(item, _ANSWER)))
    return [{"role": role, "text": text, "at": when} for role, text in said if text]


def _tokens(item: Plain) -> Plain:
    """Counts of the item itself, else of its `tokens` or `usage` object."""
    places = [item, *(item[key] for key in ("tokens", "usage") if isinstance(item.get(key), dict))]
    return {
        ours: next((place[key] for place in places for key in theirs if _counts(place, key)), 0)
        for ours, theirs in _TOKENS.items()
    }


def _counts(place: Plain, key: str) -> bool:
    return totals.is_count(place.get(key))


def _nusd(item: Plain) -> int | None:
    """The price in nano-dollars; None when there is none or it is not the price of a call."""
    for key in _COST:
        if item.get(key) is not None and not isinstance(item[key], bool):
            try:
                nusd = money.nano(str(item[key]))
            except (ArithmeticError, ValueError):
                return None
            return nusd if totals.is_count(nusd) else None
    return None


def _status(item: Plain) -> str:
    status = _text(item, "status").lower()
    return "ok" if status in {"", "ok", "success", "completed", "done"} else "other"


def _first(item: Plain, keys: tuple[str, ...]) -> str:
    return next((_text(item, key) for key in keys if _text(item, key)), "")


def _time(item: Plain, keys: tuple[str, ...]) -> str:
    """The first of these times as RFC 3339 UTC, so that all can be compared; else what it says."""
    found = next((item[key] for key in keys if item.get(key)), "")
    if isinstance(found, str) and (found.endswith("Z") or not found[:4].isdigit()):
        return found
    from ai_sessions import times  # rare: most are written as we write them

    try:
        if str(found).isdigit() or isinstance(found, float):
            since_1970 = float(found)
            return times.utc_of_ms(since_1970 if since_1970 >= _IN_MS else since_1970 * 1000)
        return times.utc(found)
    except (ValueError, OverflowError):
        return found if isinstance(found, str) else ""


def _text(item: Plain, key: str) -> str:
    value = item.get(key, "")
    return value if isinstance(value, str) else ""
