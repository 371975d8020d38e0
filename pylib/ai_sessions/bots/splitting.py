"""A text in parts that a service takes: whole paragraphs and lines where that is possible.

A part that ends within a fenced block of code ends the block, and the next one begins it again.
Without these added fences, the parts one after the other are the text. No part ends within a line
that begins or ends a block, within what people see as one character, or before signs in the midst
of a line that would begin a block at the beginning of one, as far as the limit allows it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ai_sessions.lazy_dataclasses import dataclass

#: A line with backticks after those at its beginning begins no block; one in a list is indented.
_FENCE = re.compile(r"^[ \t]*(`{3,}(?=[^`\n]*$)|~{3,})([^\n]*)$", re.MULTILINE)
#: Where a text is best cut, the best first; the cut is after it.
_CUTS = ("\n\n", "\n\r\n", "\n", ". ", " ")
#: A cut within the first part of what could be held leaves too little there.
_LEAST = 0.5
#: A line that begins a block and takes more than such a part of the limit is not said again.
_LONG_FENCE = 0.25
#: Characters that are looked at for the beginning of one that people see.
_LONGEST = 64
_JOINER, _CR_LF = "\u200d", "\r\n"


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
    """Parts of at most `most` units, at least one; those of an empty text are one that is empty. A
    character that has more units than that is a part of its own.
    """
    parts: list[Part] = []
    before = ""
    while length(before + text) > most and (len(text) > 1 or before):
        fence = after = ""
        if cut := _cut(text, before, most, length):
            fence = _open_fence(before + text[:cut])
            after = _closing(text[:cut], fence)
        else:
            before, cut = "", max(1, _whole(text, _held(text, most, length)))
        parts.append(Part(f"{before}{text[:cut]}{after}", before, after))
        text, before = text[cut:], _again(fence, most, length)
    return [*parts, Part(before + text, before)]


def _again(fence: str, most: int, length: Callable[[str], int]) -> str:
    """What begins a block of code again; empty: there is none, or no room for it."""
    room = most * _LONG_FENCE
    for line in (fence, _marks(fence)) if fence else ():
        if length(line) + 1 <= room:
            return f"{line}\n"
    return ""


def _cut(text: str, before: str, most: int, length: Callable[[str], int]) -> int:
    """How many characters of `text` go into a part; 0: there is no room for fences of ours."""
    held = _held(text, most - length(before), length)
    while held > 0:
        cut = _best(text, held)
        after = _closing(text[:cut], _open_fence(before + text[:cut]))
        if length(before + text[:cut] + after) <= most:
            return cut
        held = min(held, cut) - max(1, length(after))
    return 0


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
            return _outside_fences(text, at + len(sign))
    return _whole(text, _outside_fences(text, held))


def _outside_fences(text: str, cut: int) -> int:
    """The same cut or one before it, so that it neither is in a fence nor makes one."""
    line = text.rfind("\n", 0, cut) + 1
    if line == cut:
        return cut
    if line > 0 and _FENCE.match(text, line):
        return line
    for at in range(cut, max(line, cut - _LONGEST), -1):
        if not _FENCE.match(text[at : at + _LONGEST]):
            return at
    return line or cut


def _whole(text: str, cut: int) -> int:
    """The same cut or one before it, so that no character that people see is cut in two."""
    at = cut
    while max(0, cut - _LONGEST) < at < len(text) and _is_within(text, at):
        at -= 1
    return at if at > max(0, cut - _LONGEST) else cut


def _is_within(text: str, at: int) -> bool:
    """Whether what is before and after a place there is seen as one character."""
    last, first = text[at - 1], text[at]
    return (
        last + first == _CR_LF
        or _JOINER in (last, first)
        or unicodedata.category(first)[0] == "M"  # accents, vowel signs, variants of an emoji
        or "\U0001f3fb" <= first <= "\U0001f3ff"  # colours of skin
        or "\U000e0020" <= first <= "\U000e007f"  # of flags of regions
        or (_is_flag(first) and _flags_before(text, at) % 2 == 1)
        or "\u1160" <= first <= "\u11ff"  # parts of a Korean syllable
        or first in "\u0e33\u0eb3"  # of Thai and Lao ones
    )


def _is_flag(sign: str) -> bool:
    """Two of these are a flag."""
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    begin = at
    while begin > max(0, at - _LONGEST) and _is_flag(text[begin - 1]):
        begin -= 1
    return at - begin


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
