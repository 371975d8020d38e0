"""How a model is to answer, by the names that chat completions have for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ai_sessions.errors import UsageError
from ai_sessions.records import Json

#: Options that Anthropic's API has not.
NOT_THERE = ("seed", "presence_penalty", "frequency_penalty")
_MOST_STOPS = 16


def checked(given: Json) -> Json:
    """Those that are given, without the ones that are None. Raises `UsageError` for one that is not
    known, and for a value that it cannot have.
    """
    found = {name: value for name, value in given.items() if value is not None}
    for name, value in found.items():
        if name not in _CHECKS:
            raise UsageError(f"no option {name!r}", f"there are: {', '.join(_CHECKS)}")
        what, is_right = _CHECKS[name]
        if not is_right(value):
            raise UsageError(f"{name} is {what}, not {value!r:.80}")
    if isinstance(found.get("stop"), str):
        found["stop"] = [found["stop"]]
    return found


def for_anthropic(options: Json) -> dict[str, Any]:
    """By the names of its API, which has neither a seed nor penalties."""
    names = {"stop": "stop_sequences"}
    return {names.get(name, name): one for name, one in options.items() if name not in NOT_THERE}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_penalty(value: Any) -> bool:
    return _is_number(value) and -2 <= value <= 2


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _are_stops(value: Any) -> bool:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not 0 < len(texts) <= _MOST_STOPS:
        return False
    return all(isinstance(one, str) and one for one in texts)


#: Option -> what it is, and whether a value is that.
_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "temperature": ("a number from 0 to 2", lambda one: _is_number(one) and 0 <= one <= 2),
    "top_p": ("a number from 0 to 1", lambda one: _is_number(one) and 0 <= one <= 1),
    "max_tokens": ("a whole number above 0", _is_count),
    "stop": ("a text, or some of them", _are_stops),
    "seed": ("a whole number", lambda one: type(one) is int),
    "presence_penalty": ("a number from -2 to 2", _is_penalty),
    "frequency_penalty": ("a number from -2 to 2", _is_penalty),
}
