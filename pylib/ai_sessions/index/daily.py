"""What each model was used for on each of several days."""

from __future__ import annotations

from datetime import timedelta

from ai_sessions import times
from ai_sessions.accounting import reports
from ai_sessions.index import calls, every_call, shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime, tzinfo

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Days = dict[str, reports.Groups]


def by_model(index: Index, now: datetime, count: int, zone: tzinfo | None = None) -> Days:
    """Sums by model of each of the last `count` days, today's the last; a day without calls is
    there, too. `zone`: whose days; None is this machine's.
    """
    spans = _spans(now, count, zone)

    def answer(connection: sqlite3.Connection, source: Source) -> Days:
        every_call.refresh(connection, source)
        return {
            day: reports.finished(
                "model", shares.by_model(connection, *calls.Wanted(since, until).condition())
            )
            for day, since, until in spans
        }

    return index.ask(answer)


def _spans(now: datetime, count: int, zone: tzinfo | None) -> list[tuple[str, datetime, datetime]]:
    """Name, beginning and end of each day. A day may have 23 or 25 hours."""
    found = []
    until = times.spanned(now, "day", zone)[1]
    for _ in range(count):
        since, until = times.spanned(until - timedelta(hours=1), "day", zone)
        found.append((times.day(since, zone), since, until))
        until = since
    return found[::-1]
