"""Removing sessions, each named, into the trash."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from ai_sessions.conversations import family, lineage
from ai_sessions.errors import AiSessionsError, LockBusy, Needed, NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import listed
from ai_sessions.store.contract import Store

#: So many forks are named in a message.
_SHOWN = 4

Settle = Callable[[Sequence[str]], None]
#: Names of the forks of a session, by its uid.
ForksOf = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of sessions that were to be removed. `failed`: name, and why it stays."""

    gone: tuple[str, ...]
    failed: tuple[tuple[str, AiSessionsError], ...]


def remove(
    store: Store,
    given: Iterable[str],
    find: Callable[[str], str],
    settle: Settle = lambda _names: None,
    forks_of: ForksOf | None = None,
    expect: Mapping[str, int] = MappingProxyType({}),
) -> Removed:
    """Move sessions to the trash. One that cannot be moved does not keep the others.

    `find`: the session that is meant by a name or the beginning of one. All are found before any is
    removed: which one a beginning means must not depend on what went before it. A session whose
    messages a fork shares stays as long as the fork does. `settle`: accounts
    for calls of sessions that were cut off, before nobody knows whose answers they were.
    `forks_of`: names of the forks of a session, by its uid; None: all sessions are looked at.
    `expect`: numbers of the last entries that sessions may have, by name.
    """
    gone: list[str] = []
    failed: list[tuple[str, AiSessionsError]] = []
    found: dict[str, None] = {}
    for name in given:
        try:
            found[find(name)] = None
        except AiSessionsError as error:
            failed.append((name, error))
    shared = forks_of or _forks_of(store)
    for name in _forks_first(store, found) if len(found) > 1 else found:
        try:
            _refuse_needed(store, name, shared)
            if store.read(name).calling:
                settle([name])
            _remove(store, name, expect.get(name))
            gone.append(name)
        except AiSessionsError as error:
            failed.append((name, error))
    return Removed(tuple(gone), tuple(failed))


def _forks_first(store: Store, names: Iterable[str]) -> list[str]:
    """A fork goes before what it was forked from, also where both were made at the same moment."""

    def shares(name: str) -> int:
        with contextlib.suppress(AiSessionsError):
            return len(lineage.lineage(store, store.read(name)).spans)
        return 0

    return sorted(names, key=shares, reverse=True)


def _forks_of(store: Store) -> ForksOf:
    found = family.forks(store.sessions())
    return lambda uid: found.get(uid, ())


def _refuse_needed(store: Store, name: str, forks_of: ForksOf) -> None:
    """Raises `Needed` for a session whose log is the past of a fork that is still there."""
    there = [fork for fork in forks_of(store.read(name).uid) if _is_there(store, fork)]
    if there:
        raise Needed(
            f"session {name} is the past of {listed(there, _SHOWN)}, which shares its messages",
            f"remove the fork first: ai-session.sh remove {' '.join(there[:_SHOWN])}",
        )


def _is_there(store: Store, name: str) -> bool:
    try:
        store.read(name)
    except NotFound:
        return False
    except AiSessionsError:  # it cannot be read now
        return True
    return True


def _remove(store: Store, name: str, expect: int | None) -> None:
    if store.discard(name, expect=expect):
        return
    with store.turn(name, 0):  # raises with the name of who is using it
        pass
    raise LockBusy(f"session {name} was in use", "run the same command again")
