"""Calls that no session has: made without one, or their session is gone."""

from __future__ import annotations

from ai_sessions.ledger import reading
from ai_sessions.records import About, Interaction, Session
from ai_sessions.store.entries import plain_of, record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.store.contract import Store

    Plain = dict[str, Any]


def calls(store: Store, root: str) -> list[tuple[Session, list[Interaction]]]:
    """The calls in order of time, together with those of the same command, feature and project.

    Each group comes with a session without a name. `root`: where the ledger is.
    """
    live = {session.uid for session in store.sessions()}
    found: dict[About, list[Interaction]] = {}
    with reading.opened(root) as ledger:
        for uid in ledger.latest() if ledger else ():
            for entry in ledger.calls(uid) if ledger and uid not in live else ():
                about = About(entry["command"], entry["feature"], entry["project"])
                found.setdefault(about, []).append(_call(entry))
    for group in found.values():
        group.sort(key=lambda one: one.at)
    return [
        (Session("", "", about, group[0].at, group[-1].at), group)
        for about, group in sorted(found.items(), key=lambda pair: str(pair[0]))
    ]


def entries(group: list[Interaction]) -> list[Plain]:
    """Calls as entries of a journal, numbered."""
    return [{**plain_of(one, one.at), "seq": number} for number, one in enumerate(group)]


def _call(entry: Plain) -> Interaction:
    found = record_of({"messages": [], **entry})
    assert isinstance(found, Interaction)  # noqa: S101 (what the ledger has are calls)
    return found
