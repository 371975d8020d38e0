"""JSON documents of any size, read strictly and in pieces; what is broken is told with its place.

A reader goes through a document from front to back and asks for its parts: the members of an
object, the elements of an array, a whole value. Only the value that is asked for is in memory.
"""

import json
import re
from collections.abc import Iterator
from typing import IO, Any, NoReturn

#: Characters that are read at a time, and the longest value that is read whole.
_PIECE = 1 << 16
LONGEST = 64 << 20
#: What ends, or is wrong, this near to the end of a piece may go on in the next: `1.`, `tru`.
_NEAR = 16
_CLOSED = ('"', "{", "[")
_SPACE = re.compile(r"[ \t\r\n]*")
_BYTE_ORDER_MARK = "\ufeff"


class NotJson(ValueError):
    """Text that is not JSON, or is cut off. Says where: `line 1, column 4711: …`.

    `line`: counted from 1; `what`: what is wrong there.
    """

    def __init__(self, line: int, column: int, what: str) -> None:
        super().__init__(f"{_told(line, column)}: {what}")
        self.line = line
        self.what = what


def _told(line: int, column: int) -> str:
    return f"line {line:,}, column {column:,}"


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


class Reader:
    """One document, or several in a row. Every method raises `NotJson`, and what the file raises.

    The value behind a key that `members` gives, and an element that `elements` announces, has to be
    taken before the next one is asked for.
    """

    def __init__(self, file: IO[str], longest: int = LONGEST) -> None:
        self._file, self._longest = file, longest
        self._line, self._column = 1, 1  # of the first character of the text
        self._text = file.read(_PIECE).removeprefix(_BYTE_ORDER_MARK)
        self._at = 0

    def next(self) -> str:
        """The next character that is no white space, which stays; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> Any:
        """A whole value."""
        return self.value_and_text()[0]

    def value_and_text(self) -> tuple[Any, str]:
        """A whole value, and how it is written."""
        first = self.next()
        if not first:
            raise self._broken("it ends before a value")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if not self._may_go_on(error):
                    raise self._broken_by(error) from error
            else:
                if first in _CLOSED or end < len(self._text) - _NEAR or not self._more():
                    text = self._text[self._at : end]
                    self._at = end
                    return value, text

    def members(self) -> Iterator[str]:
        """The keys of an object, one by one."""
        self._take("{")
        if self.next() == "}":
            self._take("}")
            return
        while True:
            if self.next() != '"':
                raise self._broken("a key in double quotes is due")
            key: str = self.value()
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def elements(self) -> Iterator[None]:
        """Announces each element of an array."""
        self._take("[")
        if self.next() == "]":
            self._take("]")
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def rest(self) -> str:
        """All that is left, as it is."""
        text = self._text[self._at :] + self._file.read()
        self._text, self._at = "", 0
        return text

    def place(self, before: int = 0) -> str:
        """Where the next character is, or one that was taken so many before it with a value."""
        return _told(*self._place(self._at - before))

    @property
    def line(self) -> int:
        """That of the next character, counted from 1."""
        return self._place(self._at)[0]

    def _take(self, expected: str) -> str:
        found = self.next()
        if not found or found not in expected:
            wanted = " or ".join(map(repr, expected))
            raise self._broken(
                f"{wanted} is due, not {found!r}" if found else f"it ends before {wanted}"
            )
        self._at += 1
        return found

    def _broken(self, what: str, at: int | None = None) -> NotJson:
        return NotJson(*self._place(self._at if at is None else at), what)

    def _may_go_on(self, error: Exception) -> bool:
        """Whether the text has only been read too little of; then there is more of it now."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        near = error.pos >= len(self._text) - _NEAR
        if not (near or error.msg.startswith("Unterminated string")):
            return False
        if len(self._text) - self._at > self._longest:
            raise self._broken(f"a value of more than {self._longest:,} characters") from error
        return self._more()

    def _broken_by(self, error: Exception) -> NotJson:
        if isinstance(error, RecursionError):
            return self._broken("nested too deeply")
        if not isinstance(error, json.JSONDecodeError):
            return self._broken(str(error))
        if error.pos >= len(self._text):
            return self._broken("it ends in the middle of a value", error.pos)
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        return self._broken(what[:1].lower() + what[1:], error.pos)

    def _more(self) -> bool:
        """Read as much again as is not taken yet, and drop what is; False at the end."""
        kept = len(self._text) - self._at
        piece = self._file.read(max(_PIECE, kept))
        if piece:
            self._line, self._column = self._place(self._at)
            self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)

    def _place(self, at: int) -> tuple[int, int]:
        lines = self._text.count("\n", 0, at)
        if not lines:
            return self._line, self._column + at
        return self._line + lines, at - self._text.rindex("\n", 0, at)
