"""The limits of providers that the ledger knows, for who only shows them. Light on imports:
`status` asks it.
"""

from __future__ import annotations

import os
import sqlite3

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.ledger import QUOTAS, candidates, reading
from ai_sessions.ledger.quota_windows import us
from ai_sessions.ledger.subscriptions import END, FIRST, OLDEST, are_there
from ai_sessions.rotation.records import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ai_sessions.catalog.rotation import Catalog
    from ai_sessions.rotation.records import WindowState


def mark(root: str | os.PathLike[str]) -> None:
    """Let `windows` be asked from now on. Raises `StorageError`."""
    from pathlib import Path

    from ai_sessions.disk import files

    path = Path(root) / QUOTAS
    if not path.exists():
        files.make_folders(path.parent.parent)
        files.make_folder(path.parent)
        with files.reported(path):
            files.replace(path, b"", sync=False)


def windows(root: str, known: Catalog, now: datetime) -> list[WindowState]:
    """Each limit once, of accounts first. Nothing where the ledger cannot be read now."""
    with reading.opened(root) as ledger:
        if ledger is None:
            return []
        try:
            places = list(_places(ledger.connection, known, now))
            return list(candidates.limits_of(places, us(now), ledger.connection))
        except sqlite3.Error:
            return []


def _places(connection: sqlite3.Connection, known: Catalog, now: datetime) -> Iterator[Place]:
    """Where calls were made or limits told of, by the names of quotas."""
    for quota in sorted({*_used(connection), *_told(connection, now)}):
        pool, _sign, rest = quota.removeprefix(FIRST).partition("#")
        account, _slash, id_ = rest.partition("/")
        served = (one for one in known.of(pool) if one.id == id_)
        model = next(served, ModelEntry(id_, id_, pool, free=id_.endswith(":free")))
        yield Place(_pool(pool, known), model, account)


def _pool(name: str, known: Catalog) -> Pool:
    """Of a subscription only what was told counts: plans differ in the windows that they have."""
    pool = known.pools.get(name)
    return pool if pool and pool.url else Pool(name, name, "")


def _used(connection: sqlite3.Connection) -> Iterator[str]:
    """From one name to the next: each has many rows."""
    query = "select min(pool) from usage where pool > ? and pool < ?"
    name = FIRST
    while name := connection.execute(query, (name, END)).fetchone()[0]:
        yield name


def _told(connection: sqlite3.Connection, now: datetime) -> list[str]:
    if not are_there(connection):
        return []
    query = "select distinct pool from quota_limit where at >= ?"
    return [name for (name,) in connection.execute(query, (us(now - OLDEST),))]
