"""Calls that no session has: made without one, cut off before it had them, or it is gone."""

from __future__ import annotations

from ai_sessions.errors import AiSessionsError
from ai_sessions.index.sessionless import settle
from ai_sessions.ledger import reading
from ai_sessions.records import About, Interaction, Session
from ai_sessions.store.entries import plain_of, record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ai_sessions.store.contract import Store

    Plain = dict[str, Any]


def calls(store: Store, root: str) -> list[tuple[Session, list[Interaction]]]:
    """The calls in order of time, together with those of the same command, feature and project.

    Each group comes with a session without a name. `root`: where the ledger is.
    """
    found: dict[About, list[Interaction]] = {}
    for entry in _entries(store, root):
        about = About(entry["command"], entry["feature"], entry["project"])
        found.setdefault(about, []).append(_call(entry))
    for group in found.values():
        group.sort(key=lambda one: one.at)
    return [
        (Session("", "", about, group[0].at, group[-1].at), group)
        for about, group in sorted(found.items(), key=lambda pair: str(pair[0]))
    ]


def _entries(store: Store, root: str) -> Iterator[Plain]:
    settle(root)
    live = {session.uid: session.name for session in store.sessions()}
    with reading.opened(root) as ledger:
        if ledger is None:
            return
        for uid in ledger.latest():
            if uid not in live:
                yield from ledger.calls(uid)
        for entry in ledger.not_stored():
            if entry["uid"] in live and not _has(store, live[entry["uid"]], entry["id"]):
                yield entry


def _has(store: Store, name: str, id_: str) -> bool:
    """Whether a session has the call by now: whoever saved it was killed before the ledger."""
    try:
        return any(isinstance(one, Interaction) and one.id == id_ for one in store.entries(name))
    except AiSessionsError:  # removed meanwhile, or it cannot be read
        return False


def entries(group: list[Interaction]) -> list[Plain]:
    """Calls as entries of a journal, numbered."""
    return [{**plain_of(one, one.at), "seq": number} for number, one in enumerate(group)]


def _call(entry: Plain) -> Interaction:
    found = record_of({"messages": [], **entry})
    assert isinstance(found, Interaction)  # noqa: S101 (what the ledger has are calls)
    return found
