"""Sums of the calls of each session: what many groups of sessions cost, without a look at calls.

Triggers of the table of calls note whose calls have changed; those are summed again when somebody
asks.
"""

from __future__ import annotations

from ai_sessions.index import database
from ai_sessions.index.call_rows import COUNTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_SUMS = ", ".join(f"sum(call.{name})" for name in COUNTED)
_FILL = (
    f"insert into session_total(session, {', '.join(COUNTED)}) select unsummed.session, {_SUMS}"
    " from unsummed cross join call on call.session = unsummed.session group by 1"
)


def refresh(connection: sqlite3.Connection) -> None:
    """Sum again what changed."""
    database.sum_again(connection, "unsummed", "session", "session_total", _FILL)
