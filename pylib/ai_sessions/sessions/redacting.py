"""Forgetting what was said in an entry of a session, wherever it is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage
from ai_sessions.errors import AiSessionsError, NotFound
from ai_sessions.index import Index, vectors
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.sessions import derived
from ai_sessions.sessions.derived import Place
from ai_sessions.store import redacted
from ai_sessions.store.contract import Plain, Store
from ai_sessions.store.copies import copies_of
from ai_sessions.store.facts import pin_key

if TYPE_CHECKING:
    from ai_sessions.sessions.recording.kept import KeptFiles


@dataclass(frozen=True, slots=True)
class Sought:
    """Entries of one session, at least one, in the order of its log."""

    session: str
    entries: tuple[Plain, ...]


@dataclass(frozen=True, slots=True)
class Redacted:
    """`seq`, `id`: of the last entry that was meant. `also_in`: other sessions that had a copy or
    what was made of it. `derived`: what was made of it, itself left out.
    """

    seq: int
    id: str
    also_in: tuple[str, ...]
    derived: tuple[Place, ...] = ()


def find(store: Store, name: str, given: str) -> Sought:
    """What `given` means: the id of an entry, its number, the id of a message (`12.0`; of a message
    that a fork shares `UID:12.0`), or a key (`state.city`, `pin.rule`, `title`, `description`),
    which means every value that it had.

    Raises `NotFound`, and `UsageError` for an entry in which nothing was said.
    """
    by_number = by_key = None
    for entry in store.plain_entries(name):
        if given == entry.get("id"):
            return _checked(name, entry)
        if given == str(entry.get("seq")):
            by_number = entry
        if given and given == _key(entry):
            by_key = [*(by_key or ()), entry]
    if by_number:
        return _checked(name, by_number)
    if by_key:
        return Sought(name, tuple(by_key))
    return _of_message(store, name, given)


def redact(
    store: Store, index: Index, sought: Sought, recorded: KeptFiles | None = None
) -> Redacted:
    """Take the words of entries out of every session that has them, of the trash and the index,
    with what was made of them: summaries, pins, titles and vectors. `recorded`: the files of
    sessions, which are written anew.

    Who is killed meanwhile, or cannot have a session that is in use, calls it again: what tells the
    rest is redacted last. Raises `LockBusy`, `StorageError`, `ConfigError`.
    """
    name, entries = sought.session, sought.entries
    touched: dict[str, None] = {}
    places = derived.places(store, name, entries)
    if recorded:
        recorded.redacting()
    try:
        for place in places:
            touched |= dict.fromkeys(store.redact(place.session, place.seq))
        for entry in entries:
            touched |= dict.fromkeys(store.redact(name, entry.get("seq", -1)))
    except AiSessionsError as error:
        if recorded:
            with contextlib.suppress(AiSessionsError):  # the same command will tell
                recorded.redacted((name, *touched))
        error.hint = "; ".join(filter(None, (error.hint, "then run the same command again")))
        raise
    finally:  # what was taken out of one session must not be found by its words
        index.delete()
        vectors.forget_what_is_gone(index)
    if recorded:
        recorded.redacted((name, *touched))
    last = entries[-1]
    others = tuple(one for one in touched if one != name)
    return Redacted(last.get("seq", -1), str(last.get("id", "")), others, places)


def _checked(name: str, entry: Plain) -> Sought:
    copies_of(name, "", entry, entry.get("seq", -1))
    return Sought(name, (entry,))


def _key(entry: Plain) -> str:
    """The key by which the value in an entry is known; empty: none."""
    if not redacted.has_words(entry):
        return ""
    match entry["type"]:
        case "session":
            return "title"
        case "pin":
            return pin_key(entry["key"])
        case "set":
            return str(entry["key"])
    return ""


def _of_message(store: Store, name: str, given: str) -> Sought:
    uid, _, place = given.rpartition(":")
    owner = _owner(store, name, uid) if uid else name
    seq, dot, number = place.partition(".")
    if owner and dot and seq.isdecimal() and number.isdecimal():
        found = next(store.plain_entries(owner, after=int(seq) - 1), None)
        if found and found.get("seq") == int(seq) and int(number) < _said(found):
            return _checked(owner, found)
    raise NotFound(
        f"session {name} has no entry {given!r}",
        f"numbers are in the column seq: ai-session.sh show {name} --interactions 100",
    )


def _said(entry: Plain) -> int:
    """How many messages an entry has."""
    return len(entry["messages"]) if entry["type"] == "interaction" else entry["type"] == "message"


def _owner(store: Store, name: str, uid: str) -> str:
    """The session of that uid among those whose past is shared by `name`; empty: none."""
    return next(_owners(store, name, uid), "")


def _owners(store: Store, name: str, uid: str) -> Iterator[str]:
    for span in lineage.lineage(store, store.read(name)).spans:
        if span.session.uid == uid:
            yield span.session.name
