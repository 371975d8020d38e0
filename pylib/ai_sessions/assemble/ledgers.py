"""The ledger of what was spent, and what tells it of calls that are safe in a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.errors import AiSessionsError

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.ledger.contract import Ledger
    from ai_sessions.store.contract import OnCalls

Plain = dict[str, Any]
Tell = Callable[[str], None]


def ledger(settings: Settings, tell: Tell) -> Ledger:
    """The ledger below SESSION_DIR. `tell` hears warnings and whom we wait for."""
    from ai_sessions.ledger.opening import ledger_at

    return ledger_at(
        Path(settings["SESSION_DIR"]),
        wait_s=settings["SESSION_LOCK_TIMEOUT"],
        is_safe=settings["SESSION_FSYNC"] != "none",
        tell=tell,
    )


def on_calls(settings: Settings, tell: Tell, *, is_kept: bool) -> OnCalls:
    """What a store tells of calls goes into the ledger. `is_kept`: their sessions are."""
    return partial(_count, settings, tell, is_kept)


def _count(
    settings: Settings, tell: Tell, is_kept: bool, session: Plain, entries: Sequence[Plain]
) -> None:
    """The calls are safe, so what cannot be counted is no failure: it counts as what it held."""
    from ai_sessions.ledger import recorded

    calls = [one for one in entries if one["type"] == "interaction"]
    try:
        kept = ledger(settings, tell)
        if len(calls) < len(entries) and is_kept and session["totals"]["interactions"]:
            kept.move(recorded.text(session["uid"]), recorded.text(session["project"]))
        if calls:
            kept.record([recorded.of_entry(session, one, is_kept=is_kept) for one in calls])
    except AiSessionsError as error:
        tell(f"warning: a call is not in the ledger, budgets count what it held: {error.message}")
