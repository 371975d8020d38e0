"""Removing sessions, each named, into the trash."""

from collections.abc import Callable, Iterable, Sequence

from ai_sessions.errors import AiSessionsError, LockBusy
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.contract import Store

Settle = Callable[[Sequence[str]], None]


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
) -> Removed:
    """Move sessions to the trash. One that cannot be moved does not keep the others.

    `find`: the session that is meant by a name or the beginning of one. All are found before any is
    removed: which one a beginning means must not depend on what went before it. `settle`: accounts
    for calls of sessions that were cut off, before nobody knows whose answers they were.
    """
    gone: list[str] = []
    failed: list[tuple[str, AiSessionsError]] = []
    found: dict[str, None] = {}
    for name in given:
        try:
            found[find(name)] = None
        except AiSessionsError as error:
            failed.append((name, error))
    for name in found:
        try:
            if store.read(name).calling:
                settle([name])
            _remove(store, name)
            gone.append(name)
        except AiSessionsError as error:
            failed.append((name, error))
    return Removed(tuple(gone), tuple(failed))


def _remove(store: Store, name: str) -> None:
    if store.discard(name):
        return
    with store.turn(name, 0):  # raises with the name of who is using it
        pass
    raise LockBusy(f"session {name} was in use", "run the same command again")
