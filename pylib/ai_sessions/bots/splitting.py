"""A text in parts that a service takes: whole paragraphs and lines where that is possible.

A part that ends within a fenced block of code ends the block, and the next one begins it again.
Without these added fences, the parts one after the other are the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ai_sessions.lazy_dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
#: Where a text is best cut, the best first; the cut is after it.
_CUTS = ("\n\n", "\n", ". ", " ")
#: A cut within the first part of what could be held leaves too little there.
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """`text` is what is sent; `before` and `after` of it are fences that the text does not have."""

    text: str
    before: str = ""
    after: str = ""

    @property
    def inner(self) -> str:
        """What the text itself has here."""
        return self.text[len(self.before) : len(self.text) - len(self.after)]


def utf_16(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, most: int, length: Callable[[str], int] = len) -> list[Part]:
    """Parts of at most `most` units, at least one; those of an empty text are one that is empty."""
    parts: list[Part] = []
    before = ""
    while True:
        if length(before + text) <= most:
            return [*parts, Part(before + text, before)]
        cut = _cut(text, before, most, length)
        fence = _open_fence(before + text[:cut])
        after = _closing(text[:cut], fence)
        parts.append(Part(f"{before}{text[:cut]}{after}", before, after))
        text, before = text[cut:], f"{fence}\n" if fence else ""


def _cut(text: str, before: str, most: int, length: Callable[[str], int]) -> int:
    """How many characters of `text` go into a part, at least one."""
    room = most - length(before)
    held = _held(text, room, length)
    while held > 1:
        cut = _best(text, held)
        after = _closing(text[:cut], _open_fence(before + text[:cut]))
        if length(before + text[:cut] + after) <= most:
            return cut
        held = min(held, cut) - max(1, length(after))
    return 1


def _held(text: str, room: int, length: Callable[[str], int]) -> int:
    """How many characters of a text are within so many units."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= room else (low, middle - 1)
    return low


def _best(text: str, held: int) -> int:
    for sign in _CUTS:
        if (at := text.rfind(sign, 0, held)) >= held * _LEAST:
            return at + len(sign)
    return held


def _open_fence(text: str) -> str:
    """The line that began the block of code in which a text ends; empty: it ends in none."""
    opened = ""
    for found in _FENCE.finditer(text):
        if not opened:
            opened = found[0]
        elif found[1].startswith(_marks(opened)) and not found[2].strip():
            opened = ""
    return opened


def _marks(fence: str) -> str:
    found = _FENCE.match(fence)
    return found[1] if found else fence


def _closing(text: str, fence: str) -> str:
    if not fence:
        return ""
    return f"{'' if text.endswith(chr(10)) else chr(10)}{_marks(fence)}"
