"""Calls as the ledger keeps them, from the entries of sessions."""

from __future__ import annotations

from ai_sessions import ids
from ai_sessions.ledger.contract import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Plain = Mapping[str, Any]

_OF_SESSION = ("uid", "command", "feature", "project")
_OF_CALL = ("task", "provider", "model", "purpose", "status", "cost_source")


def of_entry(session: Plain, entry: Plain, *, is_kept: bool = True) -> Recorded:
    """The call that an entry of a session tells. `session`: its checkpoint, of which a session that
    is not kept leaves neither uid nor name.
    """
    facts = {name: text(session.get(name)) for name in _OF_SESSION}
    facts["session"] = text(session.get("name"))
    if not is_kept:
        facts |= {"uid": "", "session": ""}
    facts |= {name: text(entry.get(name)) for name in _OF_CALL}
    return Recorded(
        id=_id(facts["uid"], text(entry["id"])),
        at=text(entry.get("ts")),
        cost_nusd=entry.get("cost_nusd"),
        tokens=dict(entry.get("tokens") or {}),
        by_model={text(name): dict(used) for name, used in (entry.get("by_model") or {}).items()},
        duration_ms=entry.get("duration_ms") or 0,
        **facts,
    )


def _id(uid: str, id_: str) -> str:
    """Other programs number their calls in each session; ours have an id that no other call has,
    also when its session was exported and came back as another one.
    """
    return id_ if ids.is_unique(id_) or not uid else f"{uid}:{id_}"


def text(found: Any) -> str:
    """A text without half a surrogate pair, which no database takes."""
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else ""
