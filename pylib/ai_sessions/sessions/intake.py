"""Bringing sessions in: from an export of ours (JSON or JSON lines), from a metadata.json of the
first layout, from NovaSystem.

Calls that are there already are left out by their id, so importing twice changes nothing.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
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

    Everything has an id that is the same at every try, so an import that was cut, repeated or run
    twice at once adds nothing twice and goes on where it stopped. Raises `UsageError` when another
    session has the name, `ConfigError` for a damaged entry.
    """
    name = names.session(found["name"])
    store = store_at(times.read(found.get("created_at")))
    entries = _entries(found)
    _refuse_other(store, name, found, entries)
    about = {key: str(found.get(key, "")) for key in _ABOUT}
    store.ensure(name, About(**about, uid=_uid(found)))
    before = _count(store, name)
    whole = [*entries, *_facts(found)]
    for start in range(0, len(whole), _BATCH):
        store.append(name, whole[start : start + _BATCH])
    return Imported(name, _count(store, name) - before)


def _count(store: Store, name: str) -> int:
    """How many calls, single messages and notes a session has."""
    return sum(not isinstance(entry, Change) for entry in store.entries(name))


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


def _refuse_other(store: Store, name: str, found: Plain, entries: Sequence[Entry]) -> None:
    """Only the same session may be there: of the same id, or with the same calls."""
    with contextlib.suppress(NotFound):
        if store.read(name).uid == _uid(found):
            return
        ours = {entry.id for entry in entries}
        if not any(entry.get("id") in ours for entry in store.plain_entries(name)):
            raise UsageError(
                f"another session is called {name}", f"first: ai-session.sh rename {name} NEW"
            )


def _uid(found: Plain) -> str:
    return str(found.get("uid") or f"import:{found['name']}")


def _id(found: Plain, *parts: object) -> str:
    """An id for what has none in the file, the same whenever that file is read."""
    return ":".join(map(str, ("import", _uid(found), *parts)))


def _entries(found: Plain) -> list[Entry]:
    plain = [
        {**one, "id": one.get("id") or _id(found, type_, one.get("seq", number)), "type": type_}
        for key, type_ in _TYPES.items()
        for number, one in enumerate(found.get(key) or ())
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


def _facts(found: Plain) -> Iterator[Change]:
    at = str(found.get("last_used", ""))
    for key, value in _values(found):
        told = value.id if isinstance(value, Resume) else json.dumps(value, sort_keys=True)
        yield Change(key, value, at, id=_id(found, key, told))


def _values(found: Plain) -> Iterator[tuple[str, Any]]:
    if found.get("status", "active") != "active":
        yield "status", found["status"]
    if found.get("tags"):
        yield "tags", found["tags"]
    if found.get("pinned"):
        yield "pinned", True
    resume = found.get("resume")
    for provider, value in (resume if isinstance(resume, dict) else {}).items():
        if isinstance(value, dict) and names.is_conversation(str(value.get("id", ""))):
            carry = value.get("carry")
            texts = {key: str(value.get(key, "")) for key in ("id", "model", "cwd")}
            kept = Resume(**texts, carry=carry if isinstance(carry, dict) else {})
            yield f"resume.{provider}", kept
