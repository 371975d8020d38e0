"""What a model said, read: the JSON object in it (bare, in a fence, among words), or a question."""

import json
import re
from typing import Any

#: How an agent says that it needs an answer of a person before it can go on.
BLOCKED = "BLOCKED:"
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


def question(text: str) -> str:
    """What an agent asks a person: its first or last line `BLOCKED: …`; empty when it goes on."""
    lines = [line.strip().strip("*`_ ") for line in text.splitlines() if line.strip()]
    for line in (*lines[-1:], *lines[:1]):
        if line.startswith(BLOCKED):
            return " ".join(line.removeprefix(BLOCKED).strip("*`_ ").split())
    return ""
