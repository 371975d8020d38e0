"""The budgets of this day and month, for whoever shows how they stand. Light on imports."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from ai_sessions.config import Settings
    from ai_sessions.index import Index
    from ai_sessions.index.overview import Budgets

    Told = Callable[[Mapping[str, Any], datetime], list[str]]

#: Kinds of periods that a budget can be for.
_KINDS = ("day", "month")


def budgets(settings: Settings | None, root: str) -> Budgets:
    """The budgets of periods that have one, and what the ledger counts against them.

    `settings` None: there are none.
    """
    from ai_sessions import money
    from ai_sessions.index.overview import Budgets
    from ai_sessions.ledger import reading

    given = {kind: settings[f"BUDGET_{kind.upper()}"] for kind in _KINDS} if settings else {}
    limits = {kind: money.nano(text) for kind, text in given.items() if text}

    def used(since: int, until: int) -> tuple[int, int] | None:
        if reading.is_behind(root):
            from ai_sessions.index.sessionless import settle

            settle(root)
        return reading.used(root, since, until)

    return Budgets(limits, used)


def lines(settings: Settings, index: Callable[[], Index]) -> list[str]:
    """A line for each: `today's budget: $3.20 of $10.00, $8.00 at this rate`."""
    from ai_sessions.accounting import outlook

    return _of_periods(settings, index, outlook.lines)


def warnings(settings: Settings, index: Callable[[], Index]) -> list[str]:
    """A line for each that will be used up before its time is over, at this rate."""
    from ai_sessions.accounting import outlook

    return _of_periods(settings, index, outlook.warnings)


def _of_periods(settings: Settings, index: Callable[[], Index], told: Told) -> list[str]:
    if not any(settings[f"BUDGET_{kind.upper()}"] for kind in _KINDS):
        return []
    from datetime import UTC, datetime

    from ai_sessions.index.overview import periods

    now, spent = datetime.now(UTC), index()
    return told(periods(spent, now, None, budgets(settings, spent.folder)), now)
