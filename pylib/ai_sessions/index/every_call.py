"""All calls of models, in sessions and without one, brought up to date. Light on imports."""

from __future__ import annotations

from ai_sessions.index import call_rows, sessionless

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from ai_sessions.store.contract import Source


def refresh(connection: sqlite3.Connection, source: Source) -> list[str]:
    """Read what is new; returns what is wrong with sessions that cannot be read."""
    unreadable = call_rows.refresh(connection, source)
    sessionless.refresh(connection, source)
    return unreadable
