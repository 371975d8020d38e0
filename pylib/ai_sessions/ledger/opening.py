"""The ledger below a folder of sessions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ai_sessions.disk import locks
from ai_sessions.errors import AiSessionsError
from ai_sessions.ledger import recorded, takeover
from ai_sessions.ledger.contract import Recorded
from ai_sessions.ledger.database import Database
from ai_sessions.ledger.pending import Pending
from ai_sessions.ledger.reading import PENDING, TELLING
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.store.files import checkpoints

Plain = dict[str, Any]


def ledger_at(
    root: Path, *, wait_s: float = 30.0, is_safe: bool = True, tell: locks.Tell = locks.silent
) -> SqliteLedger:
    """Made from the sessions there when it is first asked. `is_safe`: it survives a power cut."""
    fill = partial(takeover.fill, root, tell)
    database = Database(root, fill, wait_s=wait_s, is_safe=is_safe, tell=tell)
    is_back, later = partial(_is_back, root), partial(_later, root)
    pending = partial(Pending, root, wait_s=wait_s, is_safe=is_safe, is_back=is_back, later=later)
    notes = [f"{root}/{name}" for name in (PENDING, TELLING)]
    return SqliteLedger(database, partial(_find, root), notes, pending)


def _is_back(root: Path, name: str, uid: str) -> bool:
    with contextlib.suppress(AiSessionsError, OSError):
        row = checkpoints.row(str(root / name), name)
        return row is not None and row["uid"] == uid
    return False


def _find(root: Path, uid: str, id_: str) -> Recorded | None:
    """The call of an id as the session of a uid has it, whatever its name is now."""
    with contextlib.suppress(AiSessionsError, OSError):
        for row in checkpoints.rows(root):
            for entry in _entries(root, row["name"]) if row.get("uid") == uid else ():
                if entry["type"] == "interaction" and entry.get("id") == id_:
                    return recorded.of_entry(row, entry)
    return None


def _later(root: Path, name: str, uid: str, seq: int) -> Iterator[Recorded]:
    """The calls of a session after the entry of that number, whatever its name is now. Of one that
    was removed the ledger was told then.
    """
    with contextlib.suppress(AiSessionsError, OSError):
        row = checkpoints.row(str(root / name), name)
        if row is None or row["uid"] != uid:
            row = next((one for one in checkpoints.rows(root) if one.get("uid") == uid), None)
        if row is None:
            return
        for entry in _entries(root, row["name"], seq):
            if entry["type"] == "interaction":
                yield recorded.of_entry(row, entry)


def _entries(root: Path, name: str, after: int = -1) -> Iterator[Plain]:
    return checkpoints.entries(str(root / name), name, after)
