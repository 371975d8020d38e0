"""Bringing sessions in that were found in a file, so that it can be cut anywhere and repeated.

Every entry has an id that is the same at every try, and what is there already is left out by it.
Two marks in the log, one before the first entry and one after the last, tell an import that was cut
off: as long as the second is missing, the session's own facts (status, tags, how to continue) are
written, too. A session that is whole has newer ones, and a call older than its last one does not
change how it is continued.
"""

import contextlib
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import Any

from ai_sessions import names, times
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import About, Change, Entry, Interaction, Resume
from ai_sessions.sessions.batches import batches
from ai_sessions.sessions.reading import TYPES, Found, entry_of
from ai_sessions.store.contract import Store, StoreAt

Plain = dict[str, Any]
#: An entry, and the length of its text.
Sized = tuple[Entry, int]

MARK = "import"
_ABOUT = ("command", "feature", "project")
#: What a session that does not last is called here.
_ALONE = "alone"
#: So many ids of a file tell whether a session of the same name has the same calls.
_TELLING = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: the session, how many of its entries are new."""

    name: str
    added: int


@dataclass(slots=True)
class _There:
    """What a session has before an import."""

    last: int = 0
    """Number of its last entry."""
    last_used: str = ""
    """Time of its latest call or message."""
    begun: bool = False
    done: bool = False
    keys: set[str] = field(default_factory=set)
    """Facts that were changed by others than an import."""
    without_ids: set[tuple[str, int]] = field(default_factory=set)
    """Kind and number of entries that an early version wrote without an id."""

    @property
    def is_unfinished(self) -> bool:
        return not self.done and (self.begun or not self.last)


def bring_in(found: Found, store_at: StoreAt, wait_s: float = 0) -> Imported:
    """One session, made when there is none of that name; of two at once one waits for the other.

    Raises `UsageError` when another session has the name, `LockBusy` when it is in use for longer
    than `wait_s`.
    """
    facts = found.facts
    name = names.session(facts["name"])
    store = store_at(times.read(facts.get("created_at")))
    _refuse_other(store, name, found)
    about: dict[str, Any] = {key: str(facts.get(key, "")) for key in _ABOUT}
    store.ensure(name, About(**about, uid=_uid(facts)))
    with store.turn(name, wait_s) as turn:
        there = _looked(store, name, facts)
        entries = _new(found, there)
        if there.is_unfinished:
            entries = _marked(facts, there, entries)
        for batch in batches(entries):
            store.append(name, batch, turn=turn)
        after = store.plain_entries(name, after=there.last)
        return Imported(name, sum(entry["type"] in TYPES.values() for entry in after))


def count(found: Found, store: Store) -> Imported:
    """Calls that no session had: nothing but what they cost is counted, each once.

    `store`: one that does not last.
    """
    about: dict[str, Any] = {key: str(found.facts.get(key, "")) for key in _ABOUT}
    store.ensure(_ALONE, About(**about))
    for batch in batches(_new(found, _There())):
        store.append(_ALONE, batch)
    return Imported("calls without a session", store.read(_ALONE).totals.interactions)


def _refuse_other(store: Store, name: str, found: Found) -> None:
    """Only the same session may be there: of the same id, or with the same calls. One without an id
    and without entries is what is left of a session that was cut off while it was made.
    """
    with contextlib.suppress(NotFound):
        uid = store.read(name).uid
        if uid == _uid(found.facts) or not (uid or any(store.entries(name))):
            return
        read = itertools.islice(_new(found, _There()), _TELLING)
        ours = {entry.id for entry, _length in read}
        if not any(entry.get("id") in ours for entry in store.plain_entries(name)):
            raise UsageError(
                f"another session is called {name}", f"first: ai-session.sh rename {name} NEW"
            )


def _looked(store: Store, name: str, facts: Plain) -> _There:
    there = _There()
    for entry in store.plain_entries(name):
        kind, id_ = entry["type"], entry.get("id", "")
        there.last = max(there.last, entry.get("seq", 0))
        if kind in ("interaction", "message"):
            there.last_used = max(there.last_used, entry.get("ts", ""))
        if kind == "set" and entry["key"] == MARK:
            there.begun |= id_ == _id(facts, "begin")
            there.done |= id_ == _id(facts, "end")
        elif kind == "set" and not id_.startswith(_id(facts)):
            there.keys.add(entry["key"])
        elif not id_ and kind in TYPES.values():
            there.without_ids.add((kind, entry.get("seq", -1)))
    return there


def _new(found: Found, there: _There) -> Iterator[Sized]:
    """The entries but those that are there without an id."""
    for kind, number, value, length in found.entries.in_order():
        entry = entry_of(kind, value)
        if entry is None or (not entry.id and (TYPES[kind], entry.seq) in there.without_ids):
            continue
        if not entry.id:
            place = entry.seq if entry.seq >= 0 else number
            entry = replace(entry, id=_id(found.facts, TYPES[kind], place))
        yield _continuable(entry, "" if there.is_unfinished else there.last_used), length


def _continuable(entry: Entry, since: str) -> Entry:
    """Without a conversation that was left behind since, or whose id an agent could take for an
    option.
    """
    if not (isinstance(entry, Interaction) and entry.resume):
        return entry
    is_good = entry.at >= since and names.is_conversation(entry.resume.id)
    return entry if is_good else replace(entry, resume=None)


def _marked(facts: Plain, there: _There, entries: Iterable[Sized]) -> Iterator[Sized]:
    """The entries between the two marks, and the facts after them."""
    at = str(facts.get("last_used", ""))
    yield Change(MARK, {"done": False}, at, id=_id(facts, "begin")), 0
    yield from entries
    for key, value in _values(facts):
        if key not in there.keys:
            told = value.id if isinstance(value, Resume) else json.dumps(value, sort_keys=True)
            yield Change(key, value, at, id=_id(facts, key, told)), len(told)
    yield Change(MARK, {"done": True}, at, id=_id(facts, "end")), 0


def _values(facts: Plain) -> Iterator[tuple[str, Any]]:
    if facts.get("status", "active") != "active":
        yield "status", facts["status"]
    if facts.get("tags"):
        yield "tags", facts["tags"]
    if facts.get("pinned"):
        yield "pinned", True
    resume = facts.get("resume")
    for provider, value in (resume if isinstance(resume, dict) else {}).items():
        if isinstance(value, dict) and names.is_conversation(str(value.get("id", ""))):
            carry = value.get("carry")
            texts = {key: str(value.get(key, "")) for key in ("id", "model", "cwd")}
            kept = Resume(**texts, carry=carry if isinstance(carry, dict) else {})
            yield f"resume.{provider}", kept


def _uid(facts: Plain) -> str:
    return str(facts.get("uid") or f"import:{facts['name']}")


def _id(facts: Plain, *parts: object) -> str:
    """An id for what has none in the file, the same whenever that file is read."""
    return ":".join(map(str, ("import", _uid(facts), *parts)))
