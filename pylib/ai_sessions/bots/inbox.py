"""What came in: stored before the service is told that we have it, each event once.

An event is `waiting`, `begun` (a process is at it, or was killed at it) or `done`. One that was
begun is handled again after a restart: its `memo` says what was done for it already.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

import orjson

from ai_sessions import ids
from ai_sessions.bots.database import Database
from ai_sessions.bots.events import Inbound, Memo, inbound

#: Days for which the ids of events are known.
_KEPT_S = 14 * 24 * 3600.0
#: Events between two looks for what can be forgotten.
_TIDIED_EACH = 200


class Inbox:
    """Safe to use from several threads. Raises `StorageError`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970."""
        self._database, self._clock = database, clock

    def take(self, event: Inbound) -> Inbound | None:
        """Store an event, and give it the id of its call if it has none; None: it is known.

        One with an id may be taken again after a failure, whether that has stored it or not.
        """
        stored = event if event.call else replace(event, call=ids.new())
        row = event.id, self._clock(), event.place.key, orjson.dumps(stored)
        with self._database.opened() as connection:
            put = "insert or ignore into event(id, at, place, state, told, memo)"
            done = connection.execute(f"{put} values (?, ?, ?, 'waiting', ?, '{{}}')", row)
            if done.rowcount and (done.lastrowid or 0) % _TIDIED_EACH == 0:
                self._tidy(connection)
            is_ours = bool(done.rowcount) or self._is_stored(connection, stored)
        return stored if is_ours else None

    def left(self) -> list[Inbound]:
        """Those that are not done, in the order in which they came."""
        with self._database.read() as connection:
            query = "select told from event where state in ('waiting', 'begun') order by number"
            return [inbound(orjson.loads(told)) for (told,) in connection.execute(query)]

    def latest(self) -> list[Inbound]:
        """Of each place the one that came last."""
        with self._database.read() as connection:
            query = (
                "select told from event where number in"
                " (select max(number) from event group by place)"
            )
            return [inbound(orjson.loads(told)) for (told,) in connection.execute(query)]

    def read(self, id_: str) -> Inbound | None:
        """An event that came in; None: it is not known any more."""
        with self._database.opened() as connection:
            query = "select told from event where id = ?"
            found = connection.execute(query, (id_,)).fetchone()
        return inbound(orjson.loads(found[0])) if found else None

    def begin(self, event: Inbound) -> Memo:
        """It is being handled from now on; what is known of an earlier try."""
        with self._database.opened(is_synced=False) as connection:
            connection.execute("update event set state = 'begun' where id = ?", (event.id,))
            query = "select memo from event where id = ?"
            (told,) = connection.execute(query, (event.id,)).fetchone()
        return Memo(lambda **facts: self._keep(event, facts), orjson.loads(told))

    def end(self, event: Inbound) -> None:
        """All of it is done. Should a power cut take that back, nothing is said twice."""
        with self._database.opened(is_synced=False) as connection:
            connection.execute("update event set state = 'done' where id = ?", (event.id,))

    def forget_words(self, event: Inbound) -> None:
        """Keep that it came, and nothing of what it says."""
        told = orjson.dumps(replace(event, text="", attachments=()))
        with self._database.opened(is_synced=False) as connection:
            connection.execute("update event set told = ? where id = ?", (told, event.id))

    def _is_stored(self, connection: Connection, event: Inbound) -> bool:
        query = "select told from event where id = ?"
        (told,) = connection.execute(query, (event.id,)).fetchone()
        return inbound(orjson.loads(told)).call == event.call

    def _keep(self, event: Inbound, facts: dict[str, Any]) -> None:
        with self._database.opened() as connection:
            query = "select memo from event where id = ?"
            (told,) = connection.execute(query, (event.id,)).fetchone()
            memo = orjson.dumps({**orjson.loads(told), **facts})
            connection.execute("update event set memo = ? where id = ?", (memo, event.id))

    def _tidy(self, connection: Connection) -> None:
        old = (self._clock() - _KEPT_S,)
        connection.execute("delete from event where state = 'done' and at < ?", old)
        connection.execute("delete from message where state = 'sent' and at < ?", old)
        connection.execute("delete from refusal where at < ?", old)
