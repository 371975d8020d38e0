"""Which session a conversation is in, and which one follows when it is over.

A conversation of an interface always is in the session of its own name (`telegram-123`). When that
one is over, the next message renames it to `telegram-123.1`, the next one to `.2` and so on, and
begins a new session whose parent it is. Whoever is killed between the two leaves the old one under
its number, where the next call finds it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions import ids, names
from ai_sessions.conversations import lineage
from ai_sessions.errors import Conflict, LockBusy, NotFound, Taken, UsageError
from ai_sessions.records import About, Change, Parent, Session, stamp
from ai_sessions.store.masking import storable

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: How often one looks again because somebody uses the session or was first, and seconds between.
_TRIES = 10
_PAUSE_S = 0.02
#: Seconds to wait for others who begin the same session.
_BEGIN_WAIT_S = 5.0


def find_by_id(store: Store, id_: str) -> Session | None:
    """The session of that name or uid; None when there is none."""
    if not names.is_session(id_):
        return None
    with suppress(NotFound):
        return store.read(id_)
    if not ids.is_unique(id_):
        return None
    return next((one for one in store.sessions() if one.uid == id_), None)


def find_by_conversation(store: Store, interface: str, conversation_id: str) -> Session | None:
    """The session that a conversation of an interface is in, or was when it ended; None: it never
    began. Raises `UsageError` for what is no interface.
    """
    name, session = _look(store, interface, conversation_id)
    return session or _newest_former(store, name)


def find_or_create(store: Store, now: datetime, about: About) -> Session:
    """The session of the conversation that `about` names (`interface`, `conversation_id`), made
    now when there is none, or when the last one is over. Of many callers at once all get the same.

    What else `about` says counts for a new session alone. Raises `UsageError` for what is no
    interface.
    """
    whole = replace(about, kind="chat")
    tries = itertools.count(1)
    while True:
        name, session = _look(store, about.interface, about.conversation_id)
        if session is None:
            return _begin(store, name, whole)
        if not session.is_over(stamp(now)) or next(tries) == _TRIES:
            return session
        if before := _set_aside(store, session):
            return _begin(store, name, whole, before)


def current(store: Store, now: datetime, name: str) -> Session:
    """The session that takes the next message of the conversation in session `name`: the one that
    follows it when it is over, made now when it has to be.

    One that is over and in use takes it still. Raises `NotFound` when there is no such session.
    """
    tries = itertools.count(1)
    while True:
        session = _read(store, name)
        if session is None:
            return _after_killed(store, now, name)
        if not session.is_over(stamp(now)) or next(tries) == _TRIES:
            return session
        if follower := _follower(store, session):
            name = follower.name
        elif before := _set_aside(store, session):
            return _follow(store, name, before)


def _after_killed(store: Store, now: datetime, name: str) -> Session:
    """The session that whoever was killed did not make any more, or is about to make by a clock
    that is ahead of ours. Raises `NotFound`.
    """
    before = _newest_former(store, name)
    if before is None or not (before.about.interface or before.is_over(stamp(now))):
        return store.read(name)
    return _follow(store, name, before)


def _follow(store: Store, name: str, before: Session) -> Session:
    return _begin(store, name, replace(before.about, uid="", parent=None), before)


def _look(store: Store, interface: str, conversation_id: str) -> tuple[str, Session | None]:
    """The name of a conversation's session, and the session when there is one. Where somebody
    else's has the plain name, it is another one.
    """
    plain = names.of_conversation(interface, conversation_id)
    there = _read(store, plain)
    if there is None or is_of(there, interface, conversation_id):
        return plain, there
    marked = names.of_conversation(interface, conversation_id, is_marked=True)
    there = _read(store, marked)
    if there is not None and not is_of(there, interface, conversation_id):
        raise Taken(f"session {marked} is not one of {interface}", "rename it")
    return marked, there


def is_of(session: Session, interface: str, conversation_id: str) -> bool:
    """Whether it is one of that conversation. An id that looks like a key is stored masked, and the
    session's name tells it from others.
    """
    about = session.about
    if about.interface != interface:
        return False
    there = about.conversation_id
    return there == conversation_id or there == storable(conversation_id)


def _read(store: Store, name: str) -> Session | None:
    try:
        return store.read(name)
    except NotFound:
        return None


def _begin(store: Store, name: str, about: About, before: Session | None = None) -> Session:
    """A new session that follows `before`, or what whoever was killed left under a number.

    Whoever begins one holds the turn of the one before it, so that a caller who looked long ago
    does not begin a second one that follows the same.
    """
    before = before or _newest_former(store, name)
    for _attempt in range(_TRIES):
        if before is None or not is_of(before, about.interface, about.conversation_id):
            return store.ensure(name, about)
        try:
            if begun := _begin_after(store, name, about, before):
                return begun
        except LockBusy:  # somebody talks in the one before: a new one is begun all the same
            break
        except NotFound:  # it was removed meanwhile
            pass
        before = _newest_former(store, name)
    follows = replace(about, parent=Parent(before.name, before.uid)) if before else about
    return store.ensure(name, follows)


def _begin_after(store: Store, name: str, about: About, before: Session) -> Session | None:
    """None: another one came after `before` meanwhile. Raises `NotFound`, `LockBusy`."""
    with store.turn(before.name, _BEGIN_WAIT_S):
        newest = _newest_former(store, name)
        if newest is None or newest.uid != before.uid:
            return None
        if before.status == "active":  # expired, and nobody's clock shall revive it
            with suppress(Conflict):  # it was removed meanwhile
                store.append(before.name, [Change("status", "inactive")], uid=before.uid)
        return store.ensure(name, replace(about, parent=Parent(before.name, before.uid)))


def _set_aside(store: Store, session: Session) -> Session | None:
    """The session under its number. None: somebody uses it, or was first; look again."""
    number = 1 + len(list(_formers(store, session.name)))
    try:
        return store.rename(session.name, names.former(session.name, number), session.uid)
    except LockBusy:  # by whoever talks in it, or renames it this instant
        time.sleep(_PAUSE_S)
    except (Conflict, NotFound, UsageError):
        pass
    return None


def _formers(store: Store, name: str) -> Iterator[Session]:
    """Those of this name that are over, up to the first number that is free: the next one gets it,
    so the newest is among them.
    """
    for number in itertools.count(1):
        found = _read(store, names.former(name, number))
        if found is None:
            return
        yield found


def _newest_former(store: Store, name: str) -> Session | None:
    newest_first = reversed(list(_formers(store, name)))
    return max(newest_first, key=lambda one: one.created_at, default=None)


def _follower(store: Store, session: Session) -> Session | None:
    """The session that its conversation is in by now; None: no other one follows this one."""
    before = names.predecessor_of(session.name)
    if before is None:
        return None
    there = _read(store, before[0])
    if there and any(one.uid == session.uid for one in lineage.ancestors(store, there)):
        return there
    return None
