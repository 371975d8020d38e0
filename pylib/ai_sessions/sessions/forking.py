"""Forks: a new session that begins with all that was said in another one."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from datetime import datetime

from ai_sessions import ids, names
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import Entry, Interaction, Note, Said, Session, stamp
from ai_sessions.sessions.batches import batches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

TOPIC = "fork"


def fork(store: Store, name: str, new: str, now: datetime) -> Session:
    """A session `new` with all that was said in `name`.

    Messages alone are taken over: the calls, and what they cost, stay where they were paid, and
    the provider begins a conversation of its own, told of the old one from our record. A fork that
    was cut off goes on where it stopped. Raises `UsageError` when there is a session `new` already.
    """
    source = store.read(name)
    _refuse_other(store, names.session(new), source.uid)
    store.ensure(new, source.about)
    begin = Note(TOPIC, {"from": name, "uid": source.uid}, stamp(now), id=_id(source))
    end = Note(TOPIC, {"from": name, "done": True}, stamp(now), id=_id(source, "end"))
    with store.turn(new, 0):  # of two forks at once one is first
        _refuse_other(store, new, source.uid)
        said = itertools.chain([(begin, 0)], _said(store, source))
        for batch in batches(said):
            store.append(new, batch)
        return store.append(new, [end])


def _refuse_other(store: Store, new: str, uid: str) -> None:
    """Only a fork of the same session that was cut off may be there, or nothing."""
    with contextlib.suppress(NotFound):
        entries = store.entries(new)
        first = next(entries, None)
        if first is None:
            return
        if _begins(first, uid) and not any(map(_ends, entries)):
            return
        raise UsageError(f"session {new} exists already", "choose another name")


def _begins(entry: Entry, uid: str) -> bool:
    return isinstance(entry, Note) and entry.topic == TOPIC and entry.body.get("uid") == uid


def _ends(entry: Entry) -> bool:
    return isinstance(entry, Note) and entry.topic == TOPIC and bool(entry.body.get("done"))


def _said(store: Store, source: Session) -> Iterator[tuple[Entry, int]]:
    """The messages, each with an id that is the same at every try, and their lengths.

    What was taken over already keeps its id, so that it is known for a copy of the first one even
    when the session between is gone.
    """
    for entry in store.entries(source.name):
        messages = entry.messages if isinstance(entry, Interaction) else ()
        if isinstance(entry, Said):
            messages = (entry.message,)
        elif isinstance(entry, Interaction) and entry.status != "ok":
            continue
        for number, message in enumerate(messages):
            own = _id(source, f"{entry.seq}.{number}")
            id_ = entry.id if ids.is_forked(entry.id) else own
            yield Said(message, id=id_), len(message.text)


def _id(source: Session, part: str = "") -> str:
    return ids.forked(source.uid, part)
