"""Reading what agents print: one JSON object a line, and no field can be relied on."""

import json
from typing import Any, TypeGuard

from ai_sessions import controls

#: A longer complaint says nothing more.
_LONGEST_MESSAGE = 300


def record(line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None when it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def word(source: Any, key: str) -> str:
    """A text field, or the empty string."""
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def count(source: Any, key: str) -> int:
    """A number of tokens, turns, …; 0 when there is none."""
    return max(0, int(number(source, key)))


def number(source: Any, key: str) -> float:
    """A finite number, or 0."""
    value = source.get(key) if isinstance(source, dict) else None
    return float(value) if is_number(value) else 0.0


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number that can be counted with (JSON knows NaN and 1e999 in Python)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def table(source: Any, key: str) -> dict[str, Any]:
    """An object field, or an empty one."""
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, dict) else {}


def items(source: Any, key: str) -> list[Any]:
    """A list field, or an empty one."""
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, list) else []


def objects(source: Any, key: str) -> list[dict[str, Any]]:
    """The objects in a list field."""
    return [one for one in items(source, key) if isinstance(one, dict)]


def one_line(text: str) -> str:
    """What people can read of a complaint: one line, not too long."""
    return controls.one_line(text)[:_LONGEST_MESSAGE]
