"""The mark at the end of a recorded file: whose it is, how far it came, where its parts are.

By it a file goes on where it ended. It holds for the very file that was written, with its size and
its time: one that somebody changed, copied or cut is written anew.
"""

from __future__ import annotations

import json
from typing import Any

from ai_sessions import __version__
from ai_sessions.display import json_text
from ai_sessions.lazy_dataclasses import dataclass

_FORMAT = 1
_TEXTS = ("id", "last", "used", "by")
_NUMBERS = ("seq", "messages", "redactions", "head", "body", "written")


@dataclass(frozen=True, slots=True)
class Mark:
    """Sizes are in bytes."""

    id: str
    """Of the session, as the file's name has it."""
    seq: int
    """Number of the last entry of the log that is in the file."""
    last: str
    """Id of that entry, or what stands for a long one: another log has another one there."""
    messages: int
    """How many there are in the file."""
    used: str
    """When the session was used last, RFC 3339 UTC."""
    redactions: int
    """How often sessions had been redacted before it was written."""
    head: int
    body: int
    written: int
    """When, in whole seconds since 1970: the time of the file."""
    by: str = __version__
    """The version that wrote it; another one may show an entry in another way."""

    def told(self) -> dict[str, Any]:
        """As an object of JSON."""
        fields = {name: getattr(self, name) for name in (*_TEXTS, *_NUMBERS)}
        return {"v": _FORMAT, **fields}


def text_of(mark: Mark) -> str:
    """One line of JSON that ends no comment."""
    return json_text.one_line(mark.told()).replace("<", "\\u003c").replace(">", "\\u003e")


def mark_of(text: str | bytes) -> Mark | None:
    """None: it is no mark, or of another version of this format."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("v") != _FORMAT:
        return None
    texts = all(isinstance(found.get(name), str) for name in _TEXTS)
    numbers = all(type(found.get(name)) is int and found[name] >= 0 for name in _NUMBERS)
    if not (texts and numbers):
        return None
    return Mark(**{name: found[name] for name in (*_TEXTS, *_NUMBERS)})
