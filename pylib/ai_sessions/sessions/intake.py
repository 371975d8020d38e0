"""Bringing sessions in: from an export of ours (JSON or JSON lines), from a metadata.json of the
first layout, from NovaSystem.

Calls that are there already are left out by their id, so importing twice changes nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import IO, Any

from ai_sessions import names, times
from ai_sessions.errors import ConfigError, NotFound, UsageError
from ai_sessions.records import About, Change, Entry, Interaction, Resume
from ai_sessions.sessions import foreign
from ai_sessions.store import first_layout, totals
from ai_sessions.store.contract import Store
from ai_sessions.store.entries import record_of
from ai_sessions.store.files import lines

Plain = dict[str, Any]
#: A store whose clock stands at a moment, so that a session keeps the day it was made.
StoreAt = Callable[[datetime | None], Store]

_TYPES = {"interactions": "interaction", "messages": "message", "notes": "note"}
_ABOUT = ("command", "feature", "project")
_BATCH = 200
_HINT = "import takes what export writes: JSON or JSON lines"
_NO_ID = "(none)"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: the session, how many of its entries are new."""

    name: str
    added: int


def read(file: IO[str], path: str = "") -> Iterator[Plain]:
    """The sessions in a file. Raises `ConfigError` for a file that has none.

    `path`: where it is; a metadata.json of the first layout is named by its folder.
    """
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise ConfigError("not a text in UTF-8", _HINT) from error
    if foreign.is_markdown(text):
        yield _foreign(lambda: foreign.of_markdown(text))
        return
    try:
        found = lines.parse(text)
    except ValueError:
        yield from _lines(text)
        return
    if foreign.is_novasystem(found):
        yield _foreign(lambda: foreign.of_json(found))
        return
    if first_layout.is_legacy(found) and "uid" not in found:
        yield _first_layout(found, path)
        return
    if isinstance(found, dict) and "sessions" in found:
        found = found["sessions"]
    yield from map(_session, found if isinstance(found, list) else [found])


def bring_in(found: Plain, store_at: StoreAt) -> Imported:
    """One session, made when there is none of that name.

    Raises `UsageError` when another session has the name, `ConfigError` for a damaged entry.
    """
    name = names.session(found["name"])
    store = store_at(times.read(found.get("created_at")))
    known = _known_ids(store, name, found)
    entries = [entry for entry in _entries(found) if _id(entry) not in known]
    if known and not entries:
        return Imported(name, 0)
    store.ensure(name, About(*(str(found.get(key, "")) for key in _ABOUT)))
    for start in range(0, len(entries), _BATCH):
        store.append(name, entries[start : start + _BATCH])
    if not known:
        store.append(name, list(_facts(found)))
    return Imported(name, len(entries))


def _lines(text: str) -> Iterator[Plain]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield _session(lines.parse(line))
            except ValueError as error:
                raise ConfigError(f"line {number} is not JSON: {error}", _HINT) from error


def _foreign(made: Callable[[], Plain]) -> Plain:
    try:
        return made()
    except (ValueError, TypeError) as error:
        raise ConfigError(f"a session of NovaSystem that cannot be read: {error}", _HINT) from error


def _first_layout(found: Plain, path: str) -> Plain:
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


def _session(found: Any) -> Plain:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise ConfigError("not an export of sessions: an element without a name", _HINT)
    for key in _TYPES:
        if not isinstance(found.get(key) or [], list):
            raise ConfigError(f"{found['name']}: {key} must be a list", _HINT)
    return found


def _known_ids(store: Store, name: str, found: Plain) -> set[str]:
    """Ids that are in the session already, with a mark for its own; empty: there is none."""
    try:
        there = store.read(name)
    except NotFound:
        return set()
    ids = {entry.get("id", "") for entry in store.plain_entries(name)} | {_NO_ID}
    theirs = {_id(entry) for entry in _entries(found)} - {_NO_ID}
    if there.uid != found.get("uid") and not theirs & ids:
        raise UsageError(
            f"another session is called {name}", f"first: ai-session.sh rename {name} NEW"
        )
    return ids


def _entries(found: Plain) -> list[Entry]:
    plain = [
        {**one, "type": type_}
        for key, type_ in _TYPES.items()
        for one in found.get(key) or ()
        if isinstance(one, dict)
    ]
    plain.sort(key=lambda entry: entry.get("seq", 0) if type(entry.get("seq")) is int else 0)
    return [_record(entry, found["name"]) for entry in plain]


def _record(entry: Plain, name: str) -> Entry:
    record = record_of(entry) if totals.well_formed(entry) else None
    if record is None or _is_below_zero(record):
        raise ConfigError(f"{name}: a damaged {entry['type']} (seq {entry.get('seq')})", _HINT)
    if isinstance(record, Interaction) and record.resume:
        return record if names.is_conversation(record.resume.id) else replace(record, resume=None)
    return record


def _is_below_zero(record: Entry) -> bool:
    """Whether this is a call that would take something off the totals."""
    if not isinstance(record, Interaction):
        return False
    usages = (record.usage, *record.by_model.values())
    return (record.cost.nusd or 0) < 0 or any(min(astuple(one)) < 0 for one in usages)


def _id(entry: Entry) -> str:
    """Only calls and messages have one; notes come in with a new session alone."""
    if isinstance(entry, Interaction):
        return entry.id
    return str(getattr(entry, "id", "") or _NO_ID)


def _facts(found: Plain) -> Iterable[Entry]:
    at = str(found.get("last_used", ""))
    if found.get("status", "active") != "active":
        yield Change("status", found["status"], at)
    if found.get("tags"):
        yield Change("tags", found["tags"], at)
    if found.get("pinned"):
        yield Change("pinned", True, at)
    resume = found.get("resume")
    for provider, value in (resume if isinstance(resume, dict) else {}).items():
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            kept = Resume(value["id"], str(value.get("model", "")), str(value.get("cwd", "")))
            if names.is_conversation(kept.id):
                yield Change(f"resume.{provider}", kept, at)
