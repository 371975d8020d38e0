"""What is known of earlier calls where there is no ledger yet: sessions, and what they left behind.

The sessions that are here and in the trash, the notes that versions without a ledger kept of calls
without a session, and what can still be read of a ledger that was damaged.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib

from ai_sessions import money
from ai_sessions.errors import AiSessionsError
from ai_sessions.ledger import counting, recorded, salvage
from ai_sessions.ledger.contract import Recorded
from ai_sessions.names import IMPORTED
from ai_sessions.plurals import counted
from ai_sessions.store.files import checkpoints, trash

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from ai_sessions.ledger.database import Before
    from ai_sessions.ledger.salvage import Lost

    Plain = dict[str, Any]

_NOTES = ".budget/spent.jsonl"
_NOT_IN_IT = "without what calls without a session, and sessions that are gone for good, had cost"


def fill(
    root: Path, tell: Callable[[str], None], connection: sqlite3.Connection, before: Before
) -> None:
    """Count all calls that are known. A session that cannot be read is left out."""
    for one in (*_of_sessions(root), *_of_trash(root), *_of_notes(root)):
        counting.record(connection, one)
    lost = salvage.restore(before.damaged, connection) if before.damaged else None
    if before.was_there:
        (number, nusd) = connection.execute("select count(1), sum(cost_nusd) from call").fetchone()
        tell(
            f"warning: the ledger was {'damaged' if before.damaged else 'gone'}, it was made anew:"
            f" {counted(number, 'call')}, {money.shown(nusd or 0)}{_missing(lost)}"
        )


def _missing(lost: Lost | None) -> str:
    """What is not in the new one, as far as that is known."""
    parts = []
    if lost and (lost.calls or lost.nusd):
        calls = counted(lost.calls, "other call")
        parts.append(f"of {calls} only the sum is known, {money.shown(lost.nusd)}")
    if not (lost and lost.is_whole):
        parts.append(_NOT_IN_IT)
    return "".join(f"; {part}" for part in parts)


def _of_sessions(root: Path) -> Iterator[Recorded]:
    """Imported calls are counted only when their session goes."""
    for row in checkpoints.rows(root):
        if row["command"] != IMPORTED:
            yield from _of_folder(root / row["name"], row["name"])


def _of_trash(root: Path) -> Iterator[Recorded]:
    with contextlib.suppress(OSError):
        for folder in trash.discarded(root):
            yield from _of_folder(folder, trash.name_of(folder))


def _of_folder(folder: Path, name: str) -> Iterator[Recorded]:
    with contextlib.suppress(AiSessionsError, OSError):
        row = checkpoints.row(os.fspath(folder), name)
        for entry in checkpoints.entries(os.fspath(folder), name) if row else ():
            if entry["type"] == "interaction":
                yield recorded.of_entry(row or {}, entry)


def _of_notes(root: Path) -> Iterator[Recorded]:
    with contextlib.suppress(OSError), open(root / _NOTES, "rb") as file:
        for number, line in enumerate(file):
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError):
                yield _of_note(f"note:{number}:{zlib.crc32(line):08x}", json.loads(line))


def _of_note(id_: str, note: Plain) -> Recorded:
    cost = note["cost_nusd"]
    session = {"feature": note["feature"], "project": note["project"]}
    entry = {**note, "id": id_, "cost_nusd": None if cost is None else int(cost)}
    return recorded.of_entry(session, entry, is_kept=False)
