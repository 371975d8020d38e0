"""The JSON object in what a model said: bare, in a fenced block, or with words around it."""

import json
import re
from typing import Any

_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)


def json_object(text: str) -> dict[str, Any] | None:
    """The object meant as the answer; None when there is none.

    The last fenced block wins over earlier ones, because models show examples first.
    """
    for candidate in (text, *reversed(_FENCE.findall(text))):
        value = _loaded(candidate)
        if value is not None:
            return value
    return _embedded(text)


def _loaded(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text.strip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _embedded(text: str) -> dict[str, Any] | None:
    """The largest object that stands somewhere in the words."""
    decoder = json.JSONDecoder()
    best: tuple[int, dict[str, Any]] | None = None
    start = text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(value, dict) and (best is None or end - start > best[0]):
                best = (end - start, value)
        start = text.find("{", end)
    return best[1] if best else None
