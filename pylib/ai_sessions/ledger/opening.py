"""The ledger below a folder of sessions."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from ai_sessions.disk import locks
from ai_sessions.errors import AiSessionsError
from ai_sessions.ledger import recorded, takeover
from ai_sessions.ledger.contract import Recorded
from ai_sessions.ledger.database import Database
from ai_sessions.ledger.reading import UNTOLD
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.ledger.untold import Untold
from ai_sessions.store.files import checkpoints


def ledger_at(
    root: Path, *, wait_s: float = 30.0, is_safe: bool = True, tell: locks.Tell = locks.silent
) -> SqliteLedger:
    """Made from the sessions there when it is first asked. `is_safe`: it survives a power cut."""
    fill = partial(takeover.fill, root, tell)
    database = Database(root, fill, wait_s=wait_s, is_safe=is_safe, tell=tell)
    untold = partial(Untold, root, wait_s=wait_s, is_safe=is_safe)
    return SqliteLedger(database, partial(_find, root), f"{root}/{UNTOLD}", untold)


def _find(root: Path, session: str, id_: str) -> Recorded | None:
    """The call of an id as the session has it."""
    folder = str(root / session)
    with contextlib.suppress(AiSessionsError, OSError):
        row = checkpoints.row(folder, session)
        for entry in checkpoints.entries(folder, session) if row else ():
            if entry["type"] == "interaction" and entry.get("id") == id_:
                return recorded.of_entry(row or {}, entry)
    return None
