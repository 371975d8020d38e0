"""What each user of a bot has spent today, against BOT_USER_BUDGET."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions import money, times
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from ai_sessions.bots.database import Database
    from ai_sessions.records import Interaction


class Spending:
    """Days are those of this machine. Raises `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        """`now`: aware."""
        self._database, self._now = database, now
        self.alone: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Person -> held while a call of theirs is under way: what it will cost is not known."""

    def left(self, person: str, budget_nusd: int) -> int:
        """Nano-dollars that a person may still spend today; 0 when there is nothing left. Calls of
        unknown cost count as nothing.
        """
        begin, _end = times.spanned(self._now(), "day", None)
        with self._database.read() as connection:
            query = "select nusd from spent where person = ? and at >= ?"
            rows = connection.execute(query, (person, stamp(begin))).fetchall()
        return max(0, budget_nusd - sum(int(row[0]) for row in rows))

    def add(self, person: str, call: Interaction) -> None:
        """Count a call; it is counted once."""
        row = call.id, person, stamp(self._now()), call.cost.nusd or 0
        with self._database.opened(is_synced=False) as connection:  # `done` comes after it
            put = "insert or ignore into spent(call, person, at, nusd) values (?, ?, ?, ?)"
            connection.execute(put, row)

    def refusal(self, budget_nusd: int) -> str:
        """What is said when nothing is left."""
        _begin, end = times.spanned(self._now(), "day", None)
        return (
            f"Your budget of {money.shown(budget_nusd)} for today is used up. "
            f"It begins anew at {end:%H:%M} ({end:%Z})."
        )
