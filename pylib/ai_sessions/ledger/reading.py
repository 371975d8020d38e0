"""What a ledger says of calls that are in no session, for who only reads. Light on imports: `stats`
asks it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3

from ai_sessions.ledger import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Plain = dict[str, Any]

NAME = ".ledger.sqlite3"
#: Files beside it: changes that wait for it, and those that are being applied.
PENDING, TELLING = ".ledger.untold.jsonl", ".ledger.telling.jsonl"
#: Columns of the table of calls, in its order.
COLUMNS = (
    *("id", "uid", "session", "command", "feature", "project", "task", "provider", "model"),
    *("purpose", "status", "at", "duration_ms", "cost_nusd", "cost_source", "tokens", "by_model"),
)
_SELECT = f"select version, {', '.join(COLUMNS)} from call"
_WAIT_S = 5.0


class Reading:
    """One look at a ledger. `made`: names the ledger; another one has other versions."""

    __slots__ = ("connection", "made")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        found = connection.execute("select value from state where key = 'made'").fetchone()
        self.made = int(found[0]) if found else 0

    def latest(self) -> dict[str, int]:
        """The version of the latest change in the calls of each session, by its uid."""
        return dict(self.connection.execute("select uid, version from latest").fetchall())

    def calls(self, uid: str, after: int = 0) -> Iterator[Plain]:
        """The calls of a session (empty: of none) that changed after a version, as entries of
        journals, with the facts of their session.
        """
        query = f"{_SELECT} where uid = ? and version > ? order by version"
        return map(_entry, self.connection.execute(query, (uid, after)))

    def not_stored(self) -> list[Plain]:
        """The calls that were cut off, as far as their sessions do not have them."""
        query = f"{_SELECT} where not is_stored and uid != ''"
        return list(map(_entry, self.connection.execute(query)))

    def used(self, since: int, until: int) -> tuple[int, int]:
        query = (
            "select unit, sum(used) from usage where pool = 'all' and bucket >= ? and bucket < ?"
            " group by unit"
        )
        found = dict(self.connection.execute(query, (since, until)).fetchall())
        return found.get("nusd", 0), found.get("unpriced", 0)

    def has_gone_owners(self) -> bool:
        """Whether calls are under way no more of which nobody told the end."""
        found = self.connection.execute("select pid, start, machine, until from lease")
        return any(
            owners.Owner(pid, start, machine).is_gone(until) for pid, start, machine, until in found
        )


@contextlib.contextmanager
def opened(root: str) -> Iterator[Reading | None]:
    """The ledger below `root`; None when there is none that can be read now."""
    path = f"{root}/{NAME}"
    if not os.path.isfile(path) or os.path.islink(path):
        yield None
        return
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    with contextlib.closing(connection):
        try:
            connection.execute("begin")
            reading = Reading(connection)
        except sqlite3.Error:
            yield None
            return
        yield reading


def is_behind(root: str) -> bool:
    """Whether changes wait for the ledger."""
    return os.path.lexists(f"{root}/{PENDING}") or os.path.lexists(f"{root}/{TELLING}")


def used(root: str, since: int, until: int) -> tuple[int, int] | None:
    """What all calls of a span of time cost (microseconds since 1970), and how many of them have no
    known price; None: there is no ledger.
    """
    with opened(root) as ledger:
        return ledger.used(since, until) if ledger else None


def _entry(row: tuple[Any, ...]) -> Plain:
    found = dict(zip(("version", *COLUMNS), row, strict=True))
    parts = {key: json.loads(found[key]) if found[key] else {} for key in ("tokens", "by_model")}
    return {**found, **parts, "type": "interaction", "ts": found["at"]}
