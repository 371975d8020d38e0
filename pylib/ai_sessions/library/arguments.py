"""What a program may give, checked before anything is stored.

Each check returns the value in our own form and raises `UsageError` with the value that was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from ai_sessions.conversations import checks
from ai_sessions.errors import UsageError
from ai_sessions.records import Status

#: Most characters of an id, and of the name of a model, a provider or a tool.
LONGEST_ID, LONGEST_NAME = 1000, 512
#: Most bytes of a system prompt, which every write of the session carries along.
LARGEST_PROMPT = 48 << 10
#: Most bytes of a session's metadata as JSON.
LARGEST_METADATA = 1 << 20
_STATUSES = get_args(Status)


def text(what: str, value: object) -> str:
    """Words of any length that a message may have."""
    if not isinstance(value, str):
        raise UsageError(f"{what} is a text, not {_shown(value)}")
    checks.check_size(value)
    return value


def name(what: str, value: object) -> str:
    """The name of a model, a provider, a tool."""
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{what} is a name, not {_shown(value)}")
    if len(value) > LONGEST_NAME:
        raise UsageError(f"{what} of {len(value):,} characters (at most {LONGEST_NAME})")
    return value


def prompt(value: object) -> str | None:
    """A system prompt; an empty one is none."""
    if value is None:
        return None
    size = len(text("a system prompt", value).encode("utf-8", "replace"))
    if size > LARGEST_PROMPT:
        raise UsageError(
            f"a system prompt of {size:,} bytes (at most {LARGEST_PROMPT:,})",
            "say the rest as the first message",
        )
    return str(value)


def metadata(value: object) -> dict[str, Any]:
    """The metadata of a session; None is empty."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"metadata is a dict, not {_shown(value)}")
    size = len(as_json("metadata", dict(value)).encode("utf-8", "replace"))
    if size > LARGEST_METADATA:
        raise UsageError(f"metadata of {size:,} bytes (at most {LARGEST_METADATA:,})")
    return dict(value)


def as_json(what: str, value: object) -> str:
    """A value as JSON, what JSON does not have by its `str`."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{what} cannot become JSON: {error}") from None


def result(value: object) -> str:
    """What came of a tool, as a model is told it."""
    if value is None or isinstance(value, str):
        return text("a result", value or "")
    return text("a result", as_json("the result of a tool", value))


def positive(what: str, value: object) -> int:
    """A whole number above 0."""
    if type(value) is not int or value < 1:
        raise UsageError(f"{what} is a whole number above 0, not {_shown(value)}")
    return value


def status(value: object) -> Status:
    """How a call ended."""
    if value not in _STATUSES:
        raise UsageError(f"no status {_shown(value)}", f"use one of: {', '.join(_STATUSES)}")
    return value  # type: ignore[return-value]


def duration(value: object) -> int:
    """Milliseconds, as a whole number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1 << 53:
        raise UsageError(f"a duration is a number of milliseconds, not {_shown(value)}")
    return round(value)


def _shown(value: object) -> str:
    return f"{value!r:.80}"
