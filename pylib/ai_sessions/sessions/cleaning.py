"""Cleaning: sessions that nobody has used for a while go to the trash."""

import fnmatch
from collections.abc import Iterable
from datetime import datetime, timedelta

from ai_sessions import times
from ai_sessions.conversations import family
from ai_sessions.errors import ConfigError, LockBusy, NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Change, Session, stamp
from ai_sessions.sessions.removing import Settle
from ai_sessions.store.contract import Store

#: How far another machine's clock may be ahead without being wrong.
_CLOCKS_DIFFER = timedelta(minutes=10)


#: Status of a conversation that somebody ended. First layouts have words of their own for work.
INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Old:
    """What a clean-up would do: `unused` go, `undated` stay because nobody can say how old.

    `used`: names of those that stay for having been used since; what their older calls left behind
    beside the record may go. `unmatched`: what was to be kept and fits no session.
    """

    unused: tuple[Session, ...]
    undated: tuple[Session, ...]
    used: tuple[str, ...]
    cutoff: str
    unmatched: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    """Names of those that were used in the future, by a clock that was wrong."""
    now: str = ""
    shared: tuple[str, ...] = ()
    """Names of those that stay, though unused, because forks that stay share their messages."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of unused sessions, by name. `failed`: why one could not be removed."""

    gone: tuple[str, ...]
    busy: tuple[str, ...]
    failed: tuple[str, ...]


def unused(store: Store, older_than: timedelta, now: datetime, keep: Iterable[str] = ()) -> Old:
    """Sessions nobody has used for that long; pinned ones are never among them.

    `keep`: what stays whatever its age, as names, as patterns (`plan-*`), or as a number: so many
    that were used last.
    """
    cutoff = stamp(now - older_than)
    everything = list(store.sessions())
    kept = {what: _kept(everything, what) for what in keep}
    stay: set[str] = set().union(*kept.values())
    loose = [one for one in everything if not one.pinned and one.name not in stay]
    unused = [one for one in loose if _is_time(one.last_used) and one.last_used <= cutoff]
    gone, shared = without_shared(everything, unused)
    return Old(
        unused=tuple(gone),
        shared=tuple(one.name for one in shared),
        undated=tuple(one for one in everything if not _is_time(one.last_used)),
        used=tuple(one.name for one in loose if _is_time(one.last_used) and one.last_used > cutoff),
        cutoff=cutoff,
        unmatched=tuple(what for what, names in kept.items() if not names and not _is_count(what)),
        ahead=tuple(one.name for one in everything if one.last_used > stamp(now + _CLOCKS_DIFFER)),
        now=stamp(now),
    )


def over(store: Store, now: datetime, keep: Iterable[str] = ()) -> Old:
    """Sessions that have expired or were ended; pinned ones are never among them. `keep`: as in
    `unused`.
    """
    at = stamp(now)
    everything = list(store.sessions())
    kept = {what: _kept(everything, what) for what in keep}
    stay: set[str] = set().union(*kept.values())
    loose = [one for one in everything if not one.pinned and one.name not in stay]
    ended = [one for one in loose if one.status == INACTIVE or has_expired(one, at)]
    gone, shared = without_shared(everything, ended)
    unmatched = (what for what, names in kept.items() if not names and not _is_count(what))
    return Old(
        unused=tuple(gone),
        shared=tuple(one.name for one in shared),
        undated=(),
        used=(),
        cutoff=at,
        unmatched=tuple(unmatched),
        now=at,
    )


def has_expired(session: Session, at: str) -> bool:
    """Whether the time of a session is over at that moment (RFC 3339 UTC)."""
    return bool(session.expires_at) and session.expires_at <= at


def without_shared(
    everything: list[Session], unused: list[Session]
) -> tuple[list[Session], list[Session]]:
    """Those that can go, forks before what they were forked from, and those that must stay because
    a fork that stays shares their messages.
    """
    forks = family.forks(everything)
    going = {one.name for one in unused}
    shared: list[Session] = []
    while held := [
        one for one in unused if one.name in going and not going.issuperset(forks.get(one.uid, ()))
    ]:
        shared += held
        going -= {one.name for one in held}
    gone = [one for one in unused if one.name in going]
    return sorted(gone, key=lambda one: one.created_at, reverse=True) if forks else gone, shared


def _kept(sessions: list[Session], what: str) -> set[str]:
    """The names that one value of `keep` means."""
    if _is_count(what):
        newest = sorted(sessions, key=lambda session: session.last_used, reverse=True)
        return {session.name for session in newest[: int(what)]}
    return {session.name for session in sessions if fnmatch.fnmatchcase(session.name, what)}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def clean(store: Store, old: Old, settle: Settle = lambda _names: None) -> Cleaned:
    """Move unused sessions to the trash. One that cannot be moved does not keep the others.

    Sessions that were used in the future count as used now, from now on. `settle`: as in
    `removing.remove`.
    """
    gone: list[str] = []
    busy: list[str] = []
    failed: list[str] = []
    if cut_off := [session.name for session in old.unused if session.calling]:
        settle(cut_off)
    for session in old.unused:
        try:
            went = store.discard(session.name, old.cutoff)
            (gone if went else busy).append(session.name)
        except NotFound:  # somebody else removed it meanwhile
            continue
        except (StorageError, ConfigError) as error:
            failed.append(f"{session.name}: {error.message}")
    for name in old.ahead:
        try:
            store.append(name, [Change("last_used", old.now, old.now)])
        except (StorageError, ConfigError, LockBusy) as error:
            failed.append(f"{name}: {error.message}")
    return Cleaned(tuple(gone), tuple(busy), tuple(failed))


def _is_time(text: str) -> bool:
    return times.read(text) is not None
