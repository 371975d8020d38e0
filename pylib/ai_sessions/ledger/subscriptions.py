"""What is known of subscriptions, straight from the ledger's table. Light: `status` asks it each
time, and mostly there is nothing else to show.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from ai_sessions import times
from ai_sessions.ledger import reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

#: Quotas have names from here to there.
FIRST, END = "quota:", "quota;"
#: What was said longer ago is of no window that runs now: the longest is a week.
OLDEST = timedelta(days=8)
_SECOND = 1_000_000
_UNNAMED_S = 3600
_PERCENT = 100
_SELECT = "select pool, rolling_s, origin, used, resets_at, at from quota_limit"
_OTHERS = (
    "select 1 from quota_limit where unit != 'percent'"
    f" union all select 1 from usage where pool > '{FIRST}' and pool < '{END}' limit 1"
)


class Window:
    """A window of a subscription, with what is asked of a `WindowState`."""

    __slots__ = ("limit", "origin", "pool", "resets_at", "rolling_s", "used")
    unit, period, held = "percent", "rolling", 0

    def __init__(
        self, pool: str, rolling_s: int, origin: str, used: int | None, resets_at: datetime | None
    ) -> None:
        self.pool, self.rolling_s, self.origin = pool, rolling_s, origin
        self.limit = None if used is None else _PERCENT
        self.used, self.resets_at = used or 0, resets_at

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.used


def are_there(connection: sqlite3.Connection) -> bool:
    """Whether the ledger has tables of limits."""
    there = "select 1 from sqlite_master where name = 'quota_limit'"
    return connection.execute(there).fetchone() is not None


def is_over(resets_at: int, at: int, rolling_s: int, now: int) -> bool:
    """Whether what was said of a subscription is of a window that has ended. Microseconds."""
    return (resets_at or at + (rolling_s or _UNNAMED_S) * _SECOND) <= now


def windows(root: str, now: datetime) -> tuple[list[Window], bool]:
    """Those that were told of, and whether the ledger knows of other limits."""
    with reading.opened(root) as ledger:
        if ledger is None:
            return [], False
        try:
            if not are_there(ledger.connection):
                return [], False
            others = ledger.connection.execute(_OTHERS).fetchone()
            return list(_told(ledger.connection, now)), others is not None
        except sqlite3.Error:
            return [], False


def _told(connection: sqlite3.Connection, now: datetime) -> Iterator[Window]:
    here = times.in_microseconds(now)
    query = f"{_SELECT} where unit = 'percent' and at >= ? order by pool, rolling_s"
    oldest = times.in_microseconds(now - OLDEST)
    for pool, rolling_s, origin, used, resets_at, at in connection.execute(query, (oldest,)):
        is_known = used is not None and not is_over(resets_at, at, rolling_s, here)
        end = times.at_microseconds(resets_at) if resets_at > here else None
        yield Window(pool, rolling_s, origin, used if is_known else None, end)
