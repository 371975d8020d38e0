"""What waits for a person: asked once, answered once, and denied when nobody answers in time.

A question outlives the bot: after a restart its buttons work as before.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import orjson

from ai_sessions.bots.database import Database
from ai_sessions.lazy_dataclasses import dataclass

#: Seconds for which a question waits.
WAITS_S = 24 * 3600.0
DENIED = "deny"
_SELECT = "select id, place, told, until, state, answer, by from question"


@dataclass(frozen=True, slots=True)
class Question:
    """`told`: what whoever asks needs when it is answered. `place`: `Place.key`. `until`: seconds
    since 1970. `state`: `open`, `answered` or `expired`. `by`: ids of the person
    who answered and of the event that did it.
    """

    id: str
    place: str
    told: dict[str, Any]
    until: float
    state: str = "open"
    answer: str = ""
    by: str = ""


class Questions:
    """Safe to use from several threads and processes. Raises `StorageError`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970."""
        self._database, self._clock = database, clock

    def ask(
        self, place: str, told: dict[str, Any], id_: str = "", waits_s: float = WAITS_S
    ) -> Question:
        """A new question; with an `id_` that is known, the one that there is."""
        made = Question(id_ or secrets.token_hex(8), place, told, self._clock() + waits_s)
        row = made.id, self._clock(), made.until, place, orjson.dumps(told)
        with self._database.opened() as connection:
            put = "insert or ignore into question(id, at, until, place, told, state, answer, by)"
            connection.execute(f"{put} values (?,?,?,?,?,'open','','')", row)
        return self.read(made.id) or made

    def read(self, id_: str) -> Question | None:
        """None: there is none."""
        found = self._read("where id = ?", id_)
        return found[0] if found else None

    def open(self) -> list[Question]:
        """Those that wait, the oldest first."""
        return self._read("where state = 'open' order by at")

    def answer(self, id_: str, answer: str, by: str) -> Question | None:
        """Answer it; None: it is answered already, its time is over, or there is none."""
        return self._end(id_, "answered", answer, by, "and until > ?", self._clock())

    def late(self) -> list[Question]:
        """Those whose time is over and that are not denied yet."""
        return [one for one in self.open() if one.until <= self._clock()]

    def expired(self) -> list[Question]:
        """Those whose time is over, each told once: they are denied by this."""
        ended = (self._end(one.id, "expired", DENIED, "") for one in self.late())
        return [one for one in ended if one]

    def _end(
        self, id_: str, state: str, answer: str, by: str, more: str = "", *values: float
    ) -> Question | None:
        with self._database.opened() as connection:
            put = (
                "update question set state = ?, answer = ?, by = ? where id = ? and state = 'open'"
            )
            done = connection.execute(f"{put} {more}", (state, answer, by, id_, *values))
            is_done = done.rowcount == 1
        return self.read(id_) if is_done else None

    def _read(self, where: str, *values: str) -> list[Question]:
        with self._database.read() as connection:
            rows = connection.execute(f"{_SELECT} {where}", values).fetchall()
        return [Question(row[0], row[1], orjson.loads(row[2]), *row[3:]) for row in rows]
