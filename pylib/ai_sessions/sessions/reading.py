"""Sessions in a file: an export of ours (JSON or JSON lines), a page or document that was recorded,
a metadata.json of the first layout, or a session of NovaSystem.

An export is streamed: of each session the facts are in memory, its entries are in a scratch file.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import astuple
from typing import IO, Any, BinaryIO

from ai_sessions import json_stream, names, times
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Interaction
from ai_sessions.sessions import novasystem, recorded
from ai_sessions.sessions.spooled import Spooled
from ai_sessions.store import first_layout, totals
from ai_sessions.store.entries import record_of

Plain = dict[str, Any]
#: Makes a private file that is gone when it is closed.
Scratch = Callable[[], BinaryIO]

#: Lists of an export, and the entries in them.
TYPES = {
    "interactions": "interaction",
    "messages": "message",
    "notes": "note",
    "summaries": "summary",
    "segments": "segment",
    "remembered": "pin",
    "changes": "set",
}
_HINT = "import takes what export writes: JSON or JSON lines"


@dataclass(frozen=True, slots=True)
class Found:
    """A session in a file, good until the next one is asked for."""

    facts: Plain
    entries: Spooled


def sessions(file: IO[str], scratch: Scratch, path: str = "") -> Iterator[Found]:
    """The sessions in a file, each whole and checked before it is given.

    `path`: where the file is; a metadata.json of the first layout is named by its folder. Raises
    `ConfigError` for what is no session, with its place in the file.
    """
    try:
        yield from _Sessions(json_stream.Reader(file), scratch, path).found()
    except UnicodeDecodeError as error:
        raise ConfigError("not a text in UTF-8", _HINT) from error
    except json_stream.NotJson as error:
        raise ConfigError(f"not JSON: {error}", _HINT) from error


def entry_of(kind: str, value: Any) -> Entry | None:
    """The record of an element of the list `kind`, its time in UTC; None when it is damaged."""
    if not isinstance(value, dict):
        return None
    plain = {**value, "id": value.get("id") or "", "type": TYPES[kind]}
    if times.read(plain.get("ts")):
        plain["ts"] = times.utc(plain["ts"])
    record = record_of(plain) if totals.well_formed(plain) else None
    return None if record is None or _is_below_zero(record) else record


def _is_below_zero(record: Entry) -> bool:
    """Whether this is a call that would take something off the totals."""
    if not isinstance(record, Interaction):
        return False
    usages = (record.usage, *record.by_model.values())
    return (record.cost.nusd or 0) < 0 or any(min(astuple(one)) < 0 for one in usages)


class _Sessions:
    """What is in one document."""

    def __init__(self, reader: json_stream.Reader, scratch: Scratch, path: str) -> None:
        self._reader, self._scratch, self._path = reader, scratch, path

    def found(self) -> Iterator[Found]:
        is_first = True
        while begin := self._reader.next():
            if begin == "#" and is_first:
                yield from self._of_markdown(self._reader.rest())
            elif begin == "[":
                for _element in self._reader.elements():
                    yield from self._of_object()
            else:
                yield from self._of_object(is_first=is_first)
            is_first = False

    def _of_object(self, *, is_first: bool = False) -> Iterator[Found]:
        """One session, or those in the envelope that `export --envelope` puts around them.

        `is_first`: nothing comes before it, so it may be all there is and of another form.
        """
        begin, where = self._reader.next(), self._reader.place()
        if begin != "{":
            raise _no_export(where, "a session is due")
        facts: Plain = {}
        damage: list[str] = []
        with contextlib.closing(Spooled(self._scratch())) as entries:
            for key in self._reader.members():
                if self._reader.next() == "[" and key in TYPES:
                    facts[key] = []
                    damage += self._spool(key, entries)
                elif self._reader.next() == "[" and key == "sessions" and is_first:
                    facts[key] = True
                    for _element in self._reader.elements():
                        yield from self._of_object()
                else:
                    facts[key] = self._reader.value()
            if is_first and not self._reader.next() and _is_of_another_form(facts):
                yield from self._of_another_form({**facts, **entries.lists()})
            elif facts.get("sessions") is not True:
                yield self._checked(Found(facts, entries), where, damage)

    def _spool(self, kind: str, entries: Spooled) -> Iterator[str]:
        """Put a list aside; tells the places of what is damaged in it."""
        for _element in self._reader.elements():
            value, text = self._reader.value_and_text()
            entries.add(kind, value, text)
            if entry_of(kind, value) is None:
                yield self._reader.place(before=len(text))

    def _checked(self, found: Found, where: str, damage: list[str]) -> Found:
        facts = found.facts
        if not isinstance(facts.get("name"), str):
            raise _no_export(where, "a session without a name")
        if wrong := [kind for kind in TYPES if not isinstance(facts.get(kind) or [], list)]:
            raise _no_export(where, f"{wrong[0]} of {facts['name']} must be a list")
        if damage:
            raise ConfigError(f"{facts['name']}: a damaged entry at {damage[0]}", _HINT)
        return found

    def _of_another_form(self, whole: Plain) -> Iterator[Found]:
        if recorded.is_document(whole):
            yield from self._converted(lambda: recorded.of_document(whole), "a recorded session")
        elif novasystem.is_novasystem(whole):
            yield from self._converted(lambda: novasystem.of_json(whole))
        else:
            yield from self._converted(lambda: _of_first_layout(whole, self._path))

    def _of_markdown(self, text: str) -> Iterator[Found]:
        if recorded.is_markdown(text):
            yield from self._converted(lambda: recorded.of_markdown(text), "a recorded session")
        elif novasystem.is_markdown(text):
            yield from self._converted(lambda: novasystem.of_markdown(text))
        else:
            raise _no_export(self._reader.place(), "neither JSON nor a page of a session")

    def _converted(
        self, made: Callable[[], Plain], what: str = "a session of NovaSystem"
    ) -> Iterator[Found]:
        """A session of another form in that of an export. `what`: what it is, for messages."""
        try:
            facts = made()
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{what} that cannot be read: {error}", _HINT) from error
        with contextlib.closing(Spooled(self._scratch())) as entries:
            for kind, type_ in TYPES.items():
                for value in facts.pop(kind, None) or ():
                    if entry_of(kind, value) is None:
                        raise ConfigError(f"{facts['name']}: a damaged {type_}", _HINT)
                    entries.add(kind, value, json.dumps(value))
            yield Found(facts, entries)


def _no_export(where: str, what: str) -> ConfigError:
    return ConfigError(f"not an export of sessions: {where}: {what}", _HINT)


def _is_of_another_form(facts: Plain) -> bool:
    return novasystem.is_novasystem(facts) or (first_layout.is_legacy(facts) and "uid" not in facts)


def _of_first_layout(found: Plain, path: str) -> Plain:
    """An old session as an export would have it."""
    own = (
        found.get("name")
        or found.get("session_name")
        or os.path.basename(os.path.dirname(os.path.abspath(path)))
    )
    name = names.session(str(own))
    begin, *entries = first_layout.entries(name, found)
    facts = {one["key"]: one["value"] for one in entries if one["type"] == "set"}
    resume = {
        key.removeprefix("resume."): value
        for key, value in facts.items()
        if key.startswith("resume.")
    }
    calls = [one for one in entries if one["type"] == "interaction"]
    status = facts.get("status", "active")
    return {**begin, "name": name, "status": status, "resume": resume, "interactions": calls}
