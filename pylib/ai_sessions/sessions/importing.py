"""Bringing sessions in that were found in a file, so that it can be cut anywhere and repeated.

Every entry has an id that is the same at every try, and what is there already is left out by it.
The first line of the log says that the session is brought in, and a mark after the last entry that
it is whole. As long as that is missing, the session's own facts (title, status, tags, state, how to
continue), its summaries, breaks and pins are written, too. A session that is whole has newer ones,
so it gets nothing but what was said, and a call older than its last one does not change how it is
continued. A page that was recorded has less than the session it is of, and adds nothing to it.

A summary says which entries it covers, a pin and a fork from which message they are. So entries
that come into a new session keep their numbers; where the file has none of a number, an entry that
says nothing stands there.
"""

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from ai_sessions import names, times
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import About, Change, Entry, Interaction, Pin, Resume, Session
from ai_sessions.sessions import recorded
from ai_sessions.sessions.batches import batches
from ai_sessions.sessions.export import CHANGEABLE
from ai_sessions.sessions.export import facts as exported_facts
from ai_sessions.sessions.reading import TYPES, Found, entry_of
from ai_sessions.store import facts as conversation
from ai_sessions.store.contract import Store, StoreAt
from ai_sessions.store.entries import about_of_facts

Plain = dict[str, Any]
#: An entry, and the length of its text.
Sized = tuple[Entry, int]

MARK = "import"
#: Key of the change that stands where the file has no entry.
_GAP = "gap"
#: Lists of what was said and done; the others are views of that, and facts.
_SAID = ("interactions", "messages", "notes")
#: Lists that only exports have in which the numbers of entries mean something.
_NUMBERED = "changes"
#: More gaps than these are no log of which some entries are left out.
_MOST_GAPS, _GAPS_FOR_EACH = 64, 3
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
    last_id: str = ""
    """Id of that."""
    last_used: str = ""
    """Time of its latest call or message."""
    begun: bool = False
    done: bool = False
    keys: set[str] = field(default_factory=set)
    """Facts that were changed by others than an import."""
    is_of_page: bool = False
    """Has messages that came from a page or a document (`sessions.recorded`)."""
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
    store.ensure(name, _about(facts))
    with store.turn(name, wait_s) as turn:
        there = _looked(store, name, facts)
        if recorded.MARK in facts and there.last and not there.is_of_page:
            return Imported(name, 0)  # all of it is there, as calls and with ids of its own
        for batch in batches(_wanted(found, there)):
            store.append(name, batch, turn=turn)
        if there.is_unfinished:
            store.append(name, list(_ending(facts, there, store.read(name))), turn=turn)
        after = store.plain_entries(name, after=there.last)
        return Imported(name, sum(_is_counted(entry) for entry in after))


def count(found: Found, store: Store) -> Imported:
    """Calls that no session had: nothing but what they cost is counted, each once.

    `store`: one that does not last.
    """
    about: dict[str, Any] = {key: str(found.facts.get(key, "")) for key in _ABOUT}
    store.ensure(_ALONE, About(**about))
    for batch in batches(_said(found, _There())):
        store.append(_ALONE, batch)
    return Imported("calls without a session", store.read(_ALONE).totals.interactions)


def _about(facts: Plain) -> About:
    about = about_of_facts(conversation.sound(facts))
    made: dict[str, Any] = {key: str(facts.get(key, "")) for key in _ABOUT}
    return replace(about, **made, uid=_uid(facts), imported=True)


def _is_counted(entry: Plain) -> bool:
    return entry["type"] in TYPES.values() and entry["type"] != "set"


def _refuse_other(store: Store, name: str, found: Found) -> None:
    """Only the same session may be there: of the same id, or with the same calls. One without an id
    and without entries is what is left of a session that was cut off while it was made.
    """
    with contextlib.suppress(NotFound):
        uid = store.read(name).uid
        if uid == _uid(found.facts) or not (uid or any(store.entries(name))):
            return
        read = itertools.islice(_said(found, _There()), _TELLING)
        ours = {entry.id for entry, _length in read}
        if not any(entry.get("id") in ours for entry in store.plain_entries(name)):
            raise UsageError(
                f"another session is called {name}", f"first: ai-session.sh rename {name} NEW"
            )


def _looked(store: Store, name: str, facts: Plain) -> _There:
    there, of_page = _There(), f"{_uid(facts)}-"
    for entry in store.plain_entries(name):
        kind, id_ = entry["type"], entry.get("id", "")
        if entry.get("seq", 0) >= there.last:
            there.last, there.last_id = entry.get("seq", 0), id_
        there.is_of_page |= id_.startswith(of_page)
        if kind in ("interaction", "message"):
            there.last_used = max(there.last_used, entry.get("ts", ""))
        if kind == "session":
            there.begun = entry.get("imported") is True
        elif kind == "set" and entry["key"] == MARK:
            there.begun |= id_ == _id(facts, "begin")  # as an earlier version began
            there.done |= id_ == _id(facts, "end")
        elif kind == "set" and not id_.startswith(_id(facts)):
            there.keys.add(entry["key"])
        elif not id_ and kind in TYPES.values():
            there.without_ids.add((kind, entry.get("seq", -1)))
    return there


def _wanted(found: Found, there: _There) -> Iterator[Sized]:
    if there.is_unfinished and _keeps_numbers(found, there):
        return _numbered(found, there)
    begin: list[Sized] = []
    if there.is_unfinished and not there.begun:
        # what is left of a session that was made here and never used
        begin = [(Change(MARK, {"done": False}, id=_id(found.facts, "begin")), 0)]
    return itertools.chain(begin, _said(found, there))


def _keeps_numbers(found: Found, there: _There) -> bool:
    """Whether the entries of the file can have the numbers that they have in it: what is there so
    far are the first of them.
    """
    places = found.entries.places()
    if _NUMBERED not in found.facts or not there.begun:
        return False
    is_log = not places or (places[0] > 0 and len(set(places)) == len(places))
    if not is_log or (places and places[-1] - len(places) > _most_gaps(len(places))):
        return False
    return not there.last or there.last_id.startswith(_id(found.facts)) or _is_at(found, there)


def _most_gaps(count: int) -> int:
    return _MOST_GAPS + _GAPS_FOR_EACH * count


def _is_at(found: Found, there: _There) -> bool:
    """Whether the last entry that is there is the one that the file has at its number."""
    at = found.entries.at(there.last)
    entry = entry_of(*at) if at else None
    return entry is not None and there.last_id in (
        entry.id,
        _id(found.facts, TYPES[at[0]], there.last) if at else "",
    )


def _numbered(found: Found, there: _There) -> Iterator[Sized]:
    """All entries that are not there yet, and one that says nothing for each number between."""
    free = there.last + 1
    for kind, number, value, length in found.entries.in_order():
        entry = entry_of(kind, value)
        if entry is None or entry.seq < free:
            continue
        for seq in range(free, entry.seq):
            yield Change(_GAP, None, id=_id(found.facts, _GAP, seq)), 0
        free = entry.seq + 1
        if isinstance(entry, Change) and not _is_allowed(entry):
            entry = Change(_GAP, None)
        yield _continuable(_with_id(found.facts, kind, number, entry), ""), length


def _is_allowed(change: Change) -> bool:
    """Whether a file may say this of a session; what this program notes for itself it may not."""
    return change.key in CHANGEABLE or conversation.is_fact(change.key)


def _said(found: Found, there: _There) -> Iterator[Sized]:
    """What was said, but the entries that are there without an id."""
    for kind, number, value, length in found.entries.in_order():
        entry = entry_of(kind, value) if kind in _SAID else None
        if entry is None or (not entry.id and (TYPES[kind], entry.seq) in there.without_ids):
            continue
        entry = _with_id(found.facts, kind, number, entry)
        yield _continuable(entry, "" if there.is_unfinished else there.last_used), length


def _with_id(facts: Plain, kind: str, number: int, entry: Entry) -> Entry:
    """`number`: its place in the list `kind`, for one without a `seq`."""
    if entry.id:
        return entry
    return replace(entry, id=_id(facts, TYPES[kind], entry.seq if entry.seq >= 0 else number))


def _continuable(entry: Entry, since: str) -> Entry:
    """Without a conversation that was left behind since, or whose id an agent could take for an
    option.
    """
    if not (isinstance(entry, Interaction) and entry.resume):
        return entry
    is_good = entry.at >= since and names.is_conversation(entry.resume.id)
    return entry if is_good else replace(entry, resume=None)


def _ending(facts: Plain, there: _There, session: Session) -> Iterator[Entry]:
    """The facts that the session does not have by its entries, and the mark that it is whole."""
    at = str(facts.get("last_used", ""))
    known = dict(_values(exported_facts(session)))
    for key, value in _values(facts):
        if key not in there.keys and known.get(key) != value:
            told = value.id if isinstance(value, Resume) else json.dumps(value, sort_keys=True)
            yield Change(key, value, at, id=_id(facts, key, told))
    pins = conversation.sound(facts).get("pins", {})
    for key, pin in pins.items():
        if key not in session.pins:
            text, message, reason, when = (str(pin.get(name, "")) for name in _OF_PIN)
            id_ = _id(facts, "pin", key, text)
            yield Pin(key, text, message, reason, when, id=id_)
    yield Change(MARK, {"done": True}, at, id=_id(facts, "end"))


def _values(facts: Plain) -> Iterator[tuple[str, Any]]:
    if facts.get("status", "active") != "active":
        yield "status", facts["status"]
    if facts.get("tags"):
        yield "tags", facts["tags"]
    if facts.get("pinned"):
        yield "pinned", True
    told = conversation.sound(facts)
    if "description" in told:
        yield "description", told["description"]
    for fact, key_of in _TABLES.items():
        for key, value in told.get(fact, {}).items():
            yield key_of(key), value
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


_OF_PIN = ("text", "message", "reason", "at")
#: Facts that are tables, each value of which is changed by a key of its own.
_TABLES = {"state": conversation.state_key, "links": conversation.link_key}
