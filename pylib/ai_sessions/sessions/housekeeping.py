"""Looking after sessions: finding one by the start of its name, cleaning out unused ones."""

import contextlib
import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ai_sessions import config, names, times
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import Entry, Interaction, Note, Said, Session, stamp
from ai_sessions.store.contract import Store


def find(known: Iterable[str], given: str) -> str:
    """The one name that `given` is, or begins with it. Raises `NotFound` with the choices."""
    listed = list(known)
    if given in listed:
        return given
    matches = [name for name in listed if names.fits(name, given)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise NotFound(f"{given!r} fits {len(matches)} sessions", f"say which: {_few(matches)}")
    names.session(given)
    near = config.nearest(given, listed)
    hint = f"did you mean {near}?" if near else "see what there is: ai-session.sh list"
    raise NotFound(f"no session {given!r}", hint)


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
    return Old(
        unused=tuple(one for one in loose if _is_time(one.last_used) and one.last_used <= cutoff),
        undated=tuple(one for one in everything if not _is_time(one.last_used)),
        used=tuple(one.name for one in loose if _is_time(one.last_used) and one.last_used > cutoff),
        cutoff=cutoff,
        unmatched=tuple(what for what, names in kept.items() if not names and not _is_count(what)),
    )


def _kept(sessions: list[Session], what: str) -> set[str]:
    """The names that one value of `keep` means."""
    if _is_count(what):
        newest = sorted(sessions, key=lambda session: session.last_used, reverse=True)
        return {session.name for session in newest[: int(what)]}
    return {session.name for session in sessions if fnmatch.fnmatchcase(session.name, what)}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()


def clean(store: Store, old: Old) -> tuple[list[str], list[str]]:
    """Move unused sessions to the trash: names that went, names that are in use after all."""
    gone: list[str] = []
    busy: list[str] = []
    for session in old.unused:
        with contextlib.suppress(NotFound):  # somebody else removed it meanwhile
            went = store.discard(session.name, old.cutoff)
            (gone if went else busy).append(session.name)
    return gone, busy


def fork(store: Store, name: str, new: str, now: datetime) -> Session:
    """A new session that begins with all that was said in `name`.

    Messages alone are taken over: the calls, and what they cost, stay where they were paid, and
    the provider begins a conversation of its own, told of the old one from our record. Raises
    `UsageError` when there is a session `new` already.
    """
    source = store.read(name)
    with contextlib.suppress(NotFound):
        store.read(names.session(new))
        raise UsageError(f"session {new} exists already", "choose another name")
    said: list[Entry] = [Note("fork", {"from": name, "uid": source.uid}, stamp(now))]
    for entry in store.entries(name):
        if isinstance(entry, Said):
            said.append(entry)
        elif isinstance(entry, Interaction) and entry.status == "ok":
            said += [Said(message) for message in entry.messages]
    store.ensure(new, source.about)
    with store.turn(new, 0):  # of two forks at once one is first
        totals = store.read(new).totals
        if totals.messages or totals.interactions:
            raise UsageError(f"session {new} exists already", "choose another name")
        return store.append(new, said)


def _few(matches: list[str]) -> str:
    shown = ", ".join(matches[:_SHOWN])
    return shown if len(matches) <= _SHOWN else f"{shown} and {len(matches) - _SHOWN} more"


_SHOWN = 8


def _is_time(text: str) -> bool:
    return times.read(text) is not None
