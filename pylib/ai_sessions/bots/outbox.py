"""What went out: each message has a key and parts, and is known to be sent or not.

A part is `waiting`, `sending` (the service may have it or not, should we be killed now) or `sent`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ai_sessions.bots.database import Database
from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a part. `message`: the service's id of it; empty: not known."""

    state: str
    message: str = ""


class Outbox:
    """Safe to use from several threads. Raises `StorageError`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def parts(self, key: str) -> dict[int, Part]:
        """By number, from 0 on."""
        with self._database.read() as connection:
            query = "select part, state, message from message where key = ?"
            return {row[0]: Part(row[1], row[2]) for row in connection.execute(query, (key,))}

    def put(self, place: str, key: str, part: int, state: str, message: str = "") -> None:
        """What became of a part. Without the id of its message, it is sent again after a power cut,
        whether it was `sending` or not known.
        """
        row = key, part, place, state, message, self._clock()
        with self._database.opened(is_synced=bool(message)) as connection:
            connection.execute(
                "insert into message(key, part, place, state, message, at) values (?,?,?,?,?,?)"
                " on conflict(key, part) do update set state = excluded.state,"
                " message = excluded.message, at = excluded.at",
                row,
            )

    def key_of(self, place: str, message: str) -> str:
        """The key of a message that was sent to a place, by the service's id; empty: none."""
        with self._database.read() as connection:
            query = "select key from message where place = ? and message = ?"
            found = connection.execute(query, (place, message)).fetchone()
        return found[0] if found else ""
