"""When a conversation ends, and what becomes of those that have: they go to the trash."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import Change, Session, stamp
from ai_sessions.sessions import cleaning
from ai_sessions.sessions.removing import Settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.store.contract import Store

#: Interfaces whose conversations expire unless somebody says otherwise.
EXPIRING = ("api", "telegram", "discord")
#: Asks for a conversation that never expires.
NEVER = 0


def life_ms(interface: str, asked: int | None, default: int) -> int | None:
    """Milliseconds after its last message when a new conversation expires; None: never.

    `asked`: None for what is usual, which is `default` for some interfaces; `NEVER`: never. Raises
    `UsageError` for a time that is none.
    """
    if asked is None:
        return default if interface in EXPIRING else None
    if type(asked) is not int or asked < 0:
        raise UsageError(f"not a time to expire after: {asked!r} ms", "0 means never")
    return None if asked == NEVER else asked


def deactivate(store: Store, now: datetime, name: str) -> Session:
    """End a conversation: the next message begins the one that follows it.

    Raises `NotFound` when there is no such session.
    """
    session = store.read(name)
    if session.status != "active":
        return session
    ended = Change("status", cleaning.INACTIVE, stamp(now))
    return store.append(name, [ended], uid=session.uid)


def cleanup_expired(
    store: Store,
    now: datetime,
    names: Iterable[str] | None = None,
    settle: Settle = lambda _names: None,
) -> cleaning.Cleaned:
    """Move conversations that have expired to the trash. What they cost stays counted.

    Those in use and those that are kept (`pinned`) stay. `names`: the sessions that are looked at;
    None: all. `settle`: as in `removing.remove`.
    """
    at = stamp(now)
    return _clean(store, now, names, settle, lambda one: cleaning.has_expired(one, at))


def cleanup_inactive(
    store: Store,
    now: datetime,
    names: Iterable[str] | None = None,
    settle: Settle = lambda _names: None,
    unused_for: timedelta = timedelta(0),
) -> cleaning.Cleaned:
    """The same of conversations that were ended, and not used for that long."""
    since = stamp(now - unused_for)
    return _clean(
        store,
        now,
        names,
        settle,
        lambda one: one.status == cleaning.INACTIVE and one.last_used <= since,
    )


def _clean(
    store: Store,
    now: datetime,
    names: Iterable[str] | None,
    settle: Settle,
    is_wanted: Callable[[Session], bool],
) -> cleaning.Cleaned:
    there = store.sessions() if names is None else _read(store, names)
    found = [one for one in there if not one.pinned and is_wanted(one)]
    gone = cleaning.without_shared(list(store.sessions()), found)[0] if found else []
    old = cleaning.Old(tuple(gone), (), (), stamp(now), now=stamp(now))
    return cleaning.clean(store, old, settle)


def _read(store: Store, names: Iterable[str]) -> Iterable[Session]:
    for name in names:
        with suppress(NotFound):  # it went meanwhile
            yield store.read(name)
