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
    if not connection.execute("select 1 from unsummed limit 1").fetchone():
        return
    connection.execute("begin immediate")
    connection.execute("delete from session_total where session in (select session from unsummed)")
    database.fill(connection, _FILL)
    connection.execute("delete from unsummed")
    connection.execute("commit")
