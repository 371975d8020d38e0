"""Answers of requests that are done once, however often they are sent.

The answer of a request with a key is kept for a day, for each token and route, in a file that all
servers of these sessions share. So a client that did not hear the answer may ask again, also after
a restart. Of what failed nothing is kept: the same request may be tried again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from ai_sessions.api import problems
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.index import database
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes import table as processes

REPLAYED = "idempotency-replayed"
NAME = "answers.sqlite3"
KEPT_FOR = timedelta(hours=24)
#: After so long nobody waits for a server of another machine, of which we cannot know.
_GIVEN_UP_AFTER = timedelta(hours=1)
#: An answer with more bytes is not kept, and a repeat is refused.
_LARGEST = 1 << 20
_BUSY_MS = 5_000
_FORMAT = 1
_TABLES = (
    "drop table if exists answer",
    "create table answer(key text primary key, request text, at real, owner text, status int,"
    " headers blob, media text, body blob) without rowid",
    "create index answer_at on answer(at)",
    f"pragma user_version = {_FORMAT}",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is to be done once. `key`: names it; `digest`: of all that it asks for."""

    key: str
    digest: str

    @property
    def id(self) -> str:
        """For what it writes: the same for a repeat, another one for anything else."""
        return f"request:{hashed(self.key, self.digest)}"


def hashed(*parts: str) -> str:
    """One name for several texts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class KeptAnswers:
    """Safe to use from several threads and servers. Raises `StorageError`."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._path, self._now = folder / NAME, now
        self._owner = _owner()

    def begin(self, request: Request) -> Answer | None:
        """The answer that is kept; None: whoever asks does it now, and calls `end` or `forget`.

        Raises `Refused` while it is under way, and when the key was for something else.
        """
        with self._open() as connection:
            connection.execute("begin immediate")
            now = self._now().timestamp()
            limit = now - KEPT_FOR.total_seconds()
            connection.execute("delete from answer where at <= ?", (limit,))
            query = "select request, at, owner, status, headers, media, body from answer"
            found = connection.execute(f"{query} where key = ?", (request.key,)).fetchone()
            if found and found[3] is None and self._is_gone(found[2], now - found[1]):
                found = None
            if found is None:
                row = (request.key, request.digest, now, self._owner)
                put = "insert or replace into answer(key, request, at, owner) values (?,?,?,?)"
                connection.execute(put, row)
            connection.execute("commit")
        return _answer(request, *found) if found else None

    def end(self, request: Request, answer: Answer) -> None:
        """Keep the answer of a request that was done."""
        if not 200 <= answer.status < 300:
            self.forget(request)
            return
        kept = _without_stream(answer)
        headers = orjson.dumps(dict(kept.headers))
        body = kept.body if isinstance(kept.body, bytes) else orjson.dumps(kept.body)
        row = (kept.status, headers, kept.media, body, request.key)
        with self._open() as connection:
            connection.execute(
                "update answer set status = ?, headers = ?, media = ?, body = ? where key = ?", row
            )

    def forget(self, request: Request) -> None:
        """It was not done."""
        with self._open() as connection:
            connection.execute("delete from answer where key = ?", (request.key,))

    def _is_gone(self, owner: str, age_s: float) -> bool:
        """Whether the server that was at it is no more."""
        machine, pid, start = orjson.loads(owner)
        if machine != processes.machine():
            return age_s > _GIVEN_UP_AFTER.total_seconds()
        there = processes.of(pid)
        return there is None or there.is_dead or there.start != start

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            files.make_folder(self._path.parent)
            connection = self._connected()
            try:
                yield connection
            finally:
                connection.close()
        except (sqlite3.Error, OSError, database.Unusable) as error:
            raise StorageError(f"{self._path}: {error}", "make room, or delete the file") from error

    def _connected(self) -> sqlite3.Connection:
        """A file that is none of ours any more is made anew: what it had cannot be read."""
        try:
            return self._ours()
        except sqlite3.DatabaseError as error:
            if database.passes(error):  # it is busy, say: others are at work in it
                raise
        database.remove(str(self._path))
        return self._ours()

    def _ours(self) -> sqlite3.Connection:
        connection = database.connect(str(self._path), busy_ms=_BUSY_MS)
        try:
            if not _is_ours(connection):
                connection.execute("begin exclusive")
                if not _is_ours(connection):  # another server may have made it meanwhile
                    for statement in _TABLES:
                        connection.execute(statement)
                connection.execute("commit")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _is_ours(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("pragma user_version").fetchone()[0] == _FORMAT)


def _owner() -> str:
    us = processes.of(os.getpid())
    return orjson.dumps([processes.machine(), os.getpid(), us.start if us else ""]).decode()


def _without_stream(answer: Answer) -> Answer:
    """What a repeat is told. A stream is over then, and a large answer is not kept."""
    if answer.stream is None and (
        not isinstance(answer.body, bytes) or len(answer.body) <= _LARGEST
    ):
        return answer
    told = "that request was taken before; its answer is a stream, or too large to keep"
    where = {name: value for name, value in answer.headers.items() if name == "location"}
    hint = "GET its Location" if where else "GET what it is about"
    return problems.answer(409, "done", told, hint, where)


def _answer(
    request: Request,
    digest: str,
    _at: float,
    _owner: str,
    status: int | None,
    headers: bytes,
    media: str,
    body: bytes,
) -> Answer:
    if digest != request.digest:
        told = "this Idempotency-Key was used for another request"
        raise Refused(422, "key_reused", told, "take a new key for each request")
    if status is None:
        told = "a request with this Idempotency-Key is under way"
        raise Refused(409, "under_way", told, "ask again", headers={"retry-after": "1"})
    known = {**orjson.loads(headers), REPLAYED: "true"}
    return Answer(None if body == b"null" else body, status, known, media)
