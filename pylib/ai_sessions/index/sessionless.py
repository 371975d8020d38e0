"""Calls that no session has: rows beside those of sessions, from the ledger.

Calls that were made without a session, those of sessions that are gone, and those that were cut
off before their session had them. They are rows of the table of calls; what they are of is a row
of the table of sessions without a name and with a number below 0.
"""

from __future__ import annotations

import contextlib
import hashlib

from ai_sessions.accounting import stats
from ai_sessions.index import call_rows, database, shares
from ai_sessions.ledger import reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from typing import Any

    from ai_sessions.ledger.reading import Reading
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]

#: Where it is kept which ledger was read, and which calls are cut off.
_LEDGER, _CUT_OFF = "ledger", "cut off"
#: In place of the uid of their sessions, for calls that were cut off.
_UNFINISHED = "\n"
_COUNTED = ("errors", *stats.COUNTS)
_FACTS = ("command", "feature", "project")
_NEW = (
    "insert into session(id, uid, command, feature, project, created_at, last_used, calling, line,"
    f" notices, {', '.join(_COUNTED)})"
    " select min(0, coalesce(min(id), 0)) - 1, ?, ?, ?, ?, '', '', '', '', '',"
    f" {', '.join('0' for _ in _COUNTED)} from session returning id"
)
_FOUND = (
    "select id from session where id < 0 and uid = ? and command = ? and feature = ?"
    " and project = ?"
)
_SUM = f"update session set {', '.join(f'{name} = ?' for name in _COUNTED)} where id = ?"
_SHARE = f"insert into share values ({', '.join('?' * (2 + len(stats.COUNTS)))})"
_PLACE_BYTES = 7


def refresh(connection: sqlite3.Connection, source: Source) -> None:
    """Bring them up to date. What the sessions are must be known."""
    if not source.root:
        return
    settle(source.root)
    with reading.opened(source.root) as ledger:
        if ledger is not None:
            _refresh(connection, ledger)


def settle(root: str) -> None:
    """Count calls whose process is gone as cut off, and those that the ledger was not told of, as
    far as something can be written.
    """
    if not reading.is_behind(root):
        with reading.opened(root) as ledger:
            if ledger is None or not ledger.has_gone_owners():
                return
    from pathlib import Path

    from ai_sessions.errors import AiSessionsError
    from ai_sessions.ledger.opening import ledger_at

    with contextlib.suppress(AiSessionsError):
        ledger_at(Path(root)).settle_gone()


def _refresh(connection: sqlite3.Connection, ledger: Reading) -> None:
    """Only what changed is read: what is said of a session that is gone stays as it is."""
    live = {uid for (uid,) in connection.execute("select uid from session where id > 0")}
    wanted = {uid: version for uid, version in ledger.latest().items() if uid not in live}
    cut_off = [one for one in ledger.not_stored() if one["uid"] in live]
    if _known(connection) == (ledger.made, wanted, _signature(cut_off)):
        return
    connection.execute("begin immediate")
    made, known, _cut_off = _known(connection)
    if made != ledger.made:
        known = _forget_all(connection, known)
    for uid in known.keys() - wanted.keys():
        _forget(connection, uid)
    for uid, version in wanted.items():
        if known.get(uid) != version:
            _read(connection, ledger, uid, known.get(uid, 0))
            connection.execute("insert or replace into apart values (?, ?)", (uid, version))
    _forget(connection, _UNFINISHED)
    _add(connection, _UNFINISHED, [one for one in cut_off if not _is_there(connection, one)])
    database.keep(connection, _LEDGER, ledger.made)
    database.keep(connection, _CUT_OFF, _signature(cut_off))
    connection.execute("commit")


def _known(connection: sqlite3.Connection) -> tuple[int, dict[str, int], str]:
    """What was read last: the ledger, versions by uid, calls that were cut off."""
    known = dict(connection.execute("select uid, version from apart").fetchall())
    cut_off = database.value(connection, _CUT_OFF, "")
    return database.value(connection, _LEDGER, 0), known, cut_off


def _signature(cut_off: Iterable[Plain]) -> str:
    return " ".join(f"{one['id']}:{one['version']}" for one in cut_off)


def _forget_all(connection: sqlite3.Connection, known: dict[str, int]) -> dict[str, int]:
    for uid in known:
        _forget(connection, uid)
    return {}


def _read(connection: sqlite3.Connection, ledger: Reading, uid: str, known: int) -> None:
    """Calls without a session only come to be; of one that is gone, all are read again."""
    if uid:
        _forget(connection, uid)
    _add(connection, uid, ledger.calls(uid, 0 if uid else known))


def _forget(connection: sqlite3.Connection, uid: str) -> None:
    query = "select id from session where id < 0 and uid = ?"
    for session in connection.execute(query, (uid,)).fetchall():
        connection.execute("delete from call where session = ?", session)
        connection.execute("delete from share where session = ?", session)
        connection.execute("delete from session where id = ?", session)
    connection.execute("delete from apart where uid = ?", (uid,))


def _add(connection: sqlite3.Connection, uid: str, calls: Iterable[Plain]) -> None:
    changed = set()
    for one in calls:
        session = _session_of(connection, uid, one)
        changed.add(session)
        call_rows.put(connection, session, _place(one["id"]), one)
    for session in changed:
        _sum(connection, session)


def _session_of(connection: sqlite3.Connection, uid: str, call: Plain) -> int:
    """The row that stands for the session of a call."""
    facts = (uid, *(call[name] for name in _FACTS))
    found = connection.execute(_FOUND, facts).fetchone()
    if found is None:
        [found] = connection.execute(_NEW, facts).fetchall()
    return int(found[0])


def _place(id_: str) -> int:
    """The same for each look at a call, so that a later one takes its place."""
    digest = hashlib.blake2b(id_.encode(), digest_size=_PLACE_BYTES).digest()
    return int.from_bytes(digest, "big")


def _is_there(connection: sqlite3.Connection, call: Plain) -> bool:
    """Whether its session has the call by now: whoever saved it was killed before the ledger."""
    query = (
        "select 1 from call join session on session.id = call.session"
        " where session.uid = ? and session.id > 0 and call.id = ?"
    )
    return connection.execute(query, (call["uid"], call["id"])).fetchone() is not None


def _sum(connection: sqlite3.Connection, session: int) -> None:
    connection.execute("delete from share where session = ?", (session,))
    groups = shares.by_model(connection, "session = ?", (session,))
    whole = {name: sum(sums[name] for sums in groups.values()) for name in _COUNTED}
    counts = [database.number(whole[name]) for name in _COUNTED]
    connection.execute(_SUM, (*counts, session))
    for model, sums in groups.items():
        shared = [database.number(sums[name]) for name in stats.COUNTS]
        connection.execute(_SHARE, (session, model, *shared))
