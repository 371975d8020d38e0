"""What `stats` shows: the sums of all sessions, and those of today, this week and this month."""

from __future__ import annotations

from ai_sessions import money, times
from ai_sessions.accounting import stats
from ai_sessions.index import call_rows, sessions, slots, unrecorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from datetime import datetime, tzinfo
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Sums = dict[str, Any]

#: Name of a period -> the kind of it that is going on.
PERIODS = {"today": "day", "week": "week", "month": "month"}
#: Of records; a period begins at a whole second.
_FORM = "%Y-%m-%dT%H:%M:%S.000Z"
_NOTHING = {"cost_nusd": 0, "unknown_costs": 0}


class Overview:
    """`whole`: `stats.overall` of every session. `periods`: sums by the names of `PERIODS`, each
    with its budget, if there is one, and what the calls cost that count against it.

    `notes`: what a reader should know about single sessions; `unreadable`: what is wrong with those
    whose calls are not in the sums of periods.
    """

    __slots__ = ("notes", "periods", "unreadable", "whole")

    def __init__(
        self, whole: Sums, periods: dict[str, Sums], notes: list[str], unreadable: list[str]
    ) -> None:
        self.whole = whole
        self.periods = periods
        self.notes = notes
        self.unreadable = unreadable


class Budgets:
    """`limits`: nano-dollars by kind of period (`day`, `month`). `notes`: of calls that no session
    has; budgets count them as well.
    """

    __slots__ = ("limits", "notes")

    def __init__(self, limits: Mapping[str, int], notes: unrecorded.Notes) -> None:
        self.limits = limits
        self.notes = notes


def overview(
    index: Index, now: datetime, zone: tzinfo | None, budgets: Budgets, most: int | None = None
) -> Overview:
    """`zone`: whose days; None is this machine's. `most`: as `sessions.totals`."""

    def answer(connection: sqlite3.Connection, source: Source) -> Overview:
        unreadable = call_rows.refresh(connection, source)
        slots.refresh(connection)
        if budgets.limits:
            unrecorded.refresh(connection, budgets.notes)
        periods = {
            name: _period(connection, times.spanned(now, kind, zone), budgets.limits.get(kind))
            for name, kind in PERIODS.items()
        }
        whole = sessions.totals(connection, most)
        return Overview(whole, periods, sessions.notes(connection), unreadable)

    return index.ask(answer)


def _period(
    connection: sqlite3.Connection, span: tuple[datetime, datetime], limit: int | None
) -> Sums:
    first, last = (times.microseconds(at.isoformat()) or 0 for at in span)
    found = slots.sums(connection, first, last)
    sums = {name: sum(each[name] for each in found.values()) for name in call_rows.COUNTED}
    since, until = (at.strftime(_FORM) for at in span)
    told = {"since": since, "until": until, **stats.finished(sums), "budget": None}
    if limit is not None:
        ours = found.get(False, _NOTHING)
        nusd, unknown = unrecorded.cost(connection, first, last)
        spent = money.facts(ours["cost_nusd"] + nusd, ours["unknown_costs"] + unknown)
        told["budget"] = {**spent, "limit_nusd": limit, "limit": money.facts(limit, 0)["cost"]}
    return told
