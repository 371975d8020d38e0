"""One session as a page or document, in the very form of the files that are recorded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ai_sessions.conversations import lineage
from ai_sessions.display import documents, transcripts
from ai_sessions.display.html import transcript
from ai_sessions.records import Entry, Session
from ai_sessions.sessions.export import redactor

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

Form = Literal["md", "json", "html"]
Pages = Callable[[Session, Iterable[Entry]], Iterator[str]]
_PAGES: dict[Form, Pages] = {
    "md": transcripts.markdown,
    "json": documents.document,
    "html": transcript.html,
}
FORMS: tuple[Form, ...] = tuple(_PAGES)
#: Fields of records whose values are made by programs.
_MADE = frozenset(
    ("at", "created_at", "id", "last_used", "role", "seq", "status", "tool_call_id", "uid")
)


def pieces(store: Store, name: str, form: Form, home: str | None = None) -> Iterator[str]:
    """The page piece by piece, with the past that a fork shares.

    `home`: mask keys, and write `~` for this folder; None: leave all as it is. Raises `NotFound`,
    and `StorageError` as `lineage.entries`.
    """
    session = store.read(name)
    entries: Iterable[Entry] = lineage.entries(store, session)
    if home is not None:
        mask = redactor(home)
        session, entries = _masked(session, mask), (_masked(entry, mask) for entry in entries)
    return _PAGES[form](session, entries)


def _masked(value: Any, text: Callable[[str], str]) -> Any:
    """A record with all texts in it by `text`, but those that programs made."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {_masked(key, text): _masked(one, text) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_masked(one, text) for one in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    names = {field.name for field in dataclasses.fields(value)} - _MADE
    return dataclasses.replace(
        value, **{name: _masked(getattr(value, name), text) for name in names}
    )
