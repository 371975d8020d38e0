"""What can still be read of a damaged ledger: calls, sums of what was used, and limits learned."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from ai_sessions.ledger import counting, pools, quota_rows, rows
from ai_sessions.ledger.contract import NUSD, UNPRICED
from ai_sessions.ledger.quota_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ai_sessions.ledger.rows import Row

_SUMS = "select pool, unit, bucket, used from usage order by pool {0}, unit {0}, bucket {0}"
_WAYS = ("asc", "desc")
#: Units of which a call has one in the pool of its kind.
_CALLS = (pools.ANSWERED, UNPRICED)


class Lost:
    """What is known of calls by their sums alone. `is_whole`: all sums could be read."""

    __slots__ = ("calls", "is_whole", "nusd")

    def __init__(self, calls: int, nusd: int, is_whole: bool) -> None:
        self.calls, self.nusd, self.is_whole = calls, nusd, is_whole


def restore(path: str, connection: sqlite3.Connection) -> Lost:
    """Count the calls of a damaged ledger in a new one, and what its sums have beside them: what
    was spent stays spent.
    """
    for row in _calls(path):
        counting.restore(connection, row)
    for table in TABLES:
        quota_rows.restore(connection, table, _rows(path, table))
    sums, is_whole = _sums(path)
    calls = nusd = 0
    for pool, unit, bucket, used in sums:
        missing = counting.raise_to(connection, (pool, unit, bucket, used))
        nusd += missing if (pool, unit) == (pools.ALL, NUSD) else 0
        calls += missing if pools.is_kind(pool) and unit in _CALLS else 0
    return Lost(calls, nusd, is_whole)


def _calls(path: str) -> Iterator[Row]:
    """From both ends up to where it is damaged."""
    for way in _WAYS:
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError), _opened(path) as damaged:
            yield from rows.every(damaged, way)
            return


def _rows(path: str, table: str) -> Iterator[tuple[Any, ...]]:
    """As `_calls`; none of a ledger that has no such table."""
    for way in _WAYS:
        with contextlib.suppress(sqlite3.Error), _opened(path) as damaged:
            yield from damaged.execute(f"select * from {table} order by 1 {way}")
            return


def _sums(path: str) -> tuple[set[pools.Sum], bool]:
    """The same of sums, and whether these are all."""
    found: set[pools.Sum] = set()
    for way in _WAYS:
        with contextlib.suppress(sqlite3.Error), _opened(path) as damaged:
            for one in damaged.execute(_SUMS.format(way)):
                found |= {one} if _is_sum(one) else set()
            return found, True
    return found, False


def _is_sum(found: tuple[Any, ...]) -> bool:
    return [type(one) for one in found] == [str, str, int, int]


@contextlib.contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    """As it is: nothing is written, and one that was cut is no reason to read none of it."""
    address = f"file:{quote(path)}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        connection.execute("pragma writable_schema = on")
        yield connection
