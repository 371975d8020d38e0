"""What people have decided in chats, and what a bot has told or seen last: by kind and key."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson

from ai_sessions.bots.database import Database


class Facts:
    """Safe to use from several threads and processes. Raises `StorageError`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970."""
        self._database, self._clock = database, clock

    def read(self, kind: str, key: str) -> Any:
        """None: there is none."""
        with self._database.read() as connection:
            query = "select told from fact where kind = ? and key = ?"
            found = connection.execute(query, (kind, key)).fetchone()
        return orjson.loads(found[0]) if found else None

    def all(self, kind: str, within_s: float | None = None) -> dict[str, Any]:
        """By key. `within_s`: only what was kept in the last seconds; None: all."""
        since = 0.0 if within_s is None else self._clock() - within_s
        with self._database.read() as connection:
            query = "select key, told from fact where kind = ? and at >= ? order by key"
            rows = connection.execute(query, (kind, since)).fetchall()
        return {key: orjson.loads(told) for key, told in rows}

    def keep(self, kind: str, key: str, told: Any) -> None:
        """In place of what was kept before."""
        row = kind, key, orjson.dumps(told), self._clock()
        with self._database.opened() as connection:
            put = "insert or replace into fact(kind, key, told, at) values (?, ?, ?, ?)"
            connection.execute(put, row)

    def first(self, kind: str, key: str, told: str) -> str:
        """Keep it unless something is there; what is there now."""
        row = kind, key, orjson.dumps(told), self._clock()
        with self._database.opened() as connection:
            put = "insert or ignore into fact(kind, key, told, at) values (?, ?, ?, ?)"
            connection.execute(put, row)
            query = "select told from fact where kind = ? and key = ?"
            (there,) = connection.execute(query, (kind, key)).fetchone()
        return str(orjson.loads(there))

    def forget(self, kind: str, key: str) -> bool:
        """False: there was nothing."""
        with self._database.opened() as connection:
            done = connection.execute("delete from fact where kind = ? and key = ?", (kind, key))
            return done.rowcount == 1
