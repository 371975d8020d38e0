"""What `stats` shows: the sums of all sessions, and those of today, this week and this month."""

from __future__ import annotations

from ai_sessions import money, times
from ai_sessions.accounting import stats
from ai_sessions.accounting.forecast import Spending
from ai_sessions.index import call_rows, every_call, sessions, slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Sums = dict[str, Any]
    Used = Callable[[int, int], tuple[int, int] | None]

#: Name of a period -> the kind of it that is going on.
PERIODS = {"today": "day", "week": "week", "month": "month"}
#: Of records; a period begins at a whole second.
_FORM = "%Y-%m-%dT%H:%M:%S.000Z"
_NOTHING = {"interactions": 0, "cost_nusd": 0, "unknown_costs": 0}


class Overview:
    """`whole`: `stats.overall` of every session. `periods`: sums by the names of `PERIODS`, each
    with a forecast, and its budget, if there is one, with what counts against it.

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
    """`limits`: nano-dollars by kind of period (`day`, `month`). `used`: what the ledger counts in
    a span of time (microseconds since 1970), and how many of those calls have no known cost; None:
    there is no ledger yet.
    """

    __slots__ = ("limits", "used")

    def __init__(self, limits: Mapping[str, int], used: Used) -> None:
        self.limits = limits
        self.used = used


def overview(
    index: Index, now: datetime, zone: tzinfo | None, budgets: Budgets, most: int | None = None
) -> Overview:
    """`zone`: whose days; None is this machine's. `most`: as `sessions.totals`."""

    def answer(connection: sqlite3.Connection, source: Source) -> Overview:
        unreadable = every_call.refresh(connection, source)
        found = _periods(connection, now, zone, budgets)
        whole = sessions.totals(connection, most)
        return Overview(whole, found, sessions.notes(connection), unreadable)

    return index.ask(answer)


def periods(index: Index, now: datetime, zone: tzinfo | None, budgets: Budgets) -> dict[str, Sums]:
    """The periods of `overview` alone."""

    def answer(connection: sqlite3.Connection, source: Source) -> dict[str, Sums]:
        every_call.refresh(connection, source)
        return _periods(connection, now, zone, budgets)

    return index.ask(answer)


def _periods(
    connection: sqlite3.Connection, now: datetime, zone: tzinfo | None, budgets: Budgets
) -> dict[str, Sums]:
    slots.refresh(connection)
    first = slots.first(connection)
    begun = now if first is None else times.began(times.at_microseconds(first), "day", zone)
    return {
        name: _period(connection, _Span(now, kind, zone, begun), budgets, kind)
        for name, kind in PERIODS.items()
    }


class _Span:
    """A day, week or month, and how much of it is over. `begun`: the day of the first call of all;
    what was before it is no time in which nothing was spent.
    """

    def __init__(self, now: datetime, kind: str, zone: tzinfo | None, begun: datetime) -> None:
        self.since, self.until = times.spanned(now, kind, zone)
        self._now = now
        self._begun = min(max(self.since, begun), now)

    def spending(self, nusd: int, calls: int) -> Spending:
        return Spending(nusd, calls, self._begun, self.until, self._now)


def _period(connection: sqlite3.Connection, span: _Span, budgets: Budgets, kind: str) -> Sums:
    first, last = (times.microseconds(at.isoformat()) or 0 for at in (span.since, span.until))
    found = slots.sums(connection, first, last)
    sums = {name: sum(each[name] for each in found.values()) for name in call_rows.COUNTED}
    since, until = (at.strftime(_FORM) for at in (span.since, span.until))
    spending = span.spending(sums["cost_nusd"], sums["interactions"] - sums["unknown_costs"])
    told = {"since": since, "until": until, **stats.finished(sums), **_forecast(spending)}
    limit = budgets.limits.get(kind)
    if limit is None:
        return {**told, "budget": None}
    ours = found.get(False, _NOTHING)
    known = (ours["cost_nusd"], ours["unknown_costs"])
    nusd, unknown = budgets.used(first, last) or known
    spent = money.facts(nusd, unknown)
    spending = span.spending(nusd, ours["interactions"] - ours["unknown_costs"])
    end = spending.reaches(limit)
    facts = {"limit_nusd": limit, "limit": money.number(limit), **_forecast(spending)}
    return {**told, "budget": {**spent, **facts, "used_up_at": end and end.strftime(_FORM)}}


def _forecast(spending: Spending) -> Sums:
    nusd = spending.at_its_end()
    return {"forecast_nusd": nusd, "forecast": None if nusd is None else money.number(nusd)}
