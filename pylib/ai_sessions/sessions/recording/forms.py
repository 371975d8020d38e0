"""The forms of recorded files. Each is a head, a body that only grows, and a foot with the mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ai_sessions.display import documents, transcripts
from ai_sessions.records import Entry, Session
from ai_sessions.sessions.recording.marks import Mark, mark_of, text_of

#: A comment, which no page shows. What was said is quoted, so no message can begin a line with it.
_BEGIN, _END = b"<!-- ai-sessions ", b" -->\n"
_MEMBER, _CLOSED = b'"recorded": ', b"}\n"


class Form(Protocol):
    """How a session is written down."""

    suffix: str
    """Of the file's name."""

    def head(self, session: Session, metadata: Mapping[str, Any]) -> str:
        """The facts of the session. `metadata`: what a program has to say of it."""
        ...

    def piece(self, entry: Entry, number: int) -> str:
        """What the body has of an entry; empty: nothing. `number`: messages before it."""
        ...

    def foot(self, mark: Mark) -> str:
        """The end of the file; its last line has the mark."""
        ...

    def mark(self, line: bytes) -> Mark | None:
        """The mark in the last line of a file; None: there is none."""
        ...


class Markdown:
    """A page to read, as `export` and `render` have it."""

    suffix = ".md"

    def head(self, session: Session, metadata: Mapping[str, Any]) -> str:
        return transcripts.head(session, metadata)

    def piece(self, entry: Entry, number: int) -> str:
        return transcripts.piece(entry, number)

    def foot(self, mark: Mark) -> str:
        return f"{_BEGIN.decode()}{text_of(mark)}{_END.decode()}"

    def mark(self, line: bytes) -> Mark | None:
        return _between(line, _BEGIN, _END)


class Json:
    """One JSON object, as `render` has it, with the member `recorded` at its end."""

    suffix = ".json"

    def head(self, session: Session, metadata: Mapping[str, Any]) -> str:
        return documents.head(session, metadata)

    def piece(self, entry: Entry, number: int) -> str:
        return documents.piece(entry, number)

    def foot(self, mark: Mark) -> str:
        return documents.end({"recorded": mark.told()})

    def mark(self, line: bytes) -> Mark | None:
        return _between(line, _MEMBER, _CLOSED)


def _between(line: bytes, begin: bytes, end: bytes) -> Mark | None:
    is_marked = line.startswith(begin) and line.endswith(end)
    return mark_of(line[len(begin) : -len(end)]) if is_marked else None


FORMS: tuple[Form, ...] = (Markdown(), Json())
