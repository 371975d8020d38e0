"""What statistics, budgets and imports ask of all calls of models, in place of reading logs."""

from __future__ import annotations

from ai_sessions import times, token_kinds
from ai_sessions.accounting import reports
from ai_sessions.index import database, every_call, session_totals, sessions, shares
from ai_sessions.index.call_rows import COUNTED, TEXTS
from ai_sessions.store.totals import CARRIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, tzinfo
    from typing import Any, TypeVar

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    Groups = dict[str, dict[str, Any]]
    Answer = TypeVar("Answer")

#: Microseconds of a minute, at which each day begins in every zone.
US_PER_MINUTE = 60_000_000
_SUMS = ", ".join(f"sum(call.{name})" for name in COUNTED)
_FROM = "from call join session on session.id = call.session where"
#: Group -> the expression for its name: of the table of calls, or of that of sessions.
OF_CALL = {"provider": "provider"}
OF_SESSION = {
    "session": "session.name",
    "feature": "session.feature",
    "command": "session.command",
    "project": "session.project",
    "interface": "session.interface",
    "task": "iif(task = '', '', trim(session.feature || ' ' || task))",
}
#: Those that an index of the table of sessions has in order.
_IN_ORDER = ("session", "feature")
PERIODS: dict[str, Callable[[datetime, tzinfo | None], str]] = {
    "day": times.day,
    "week": times.week,
    "month": times.month,
}


class Wanted:
    """Which calls. `since` and `until`: from the one on, before the other; None is open.

    `feature`, `projects`, `provider`: of those alone. `used_since`: of sessions that were used
    since then (RFC 3339). `not_command`: not of sessions that were made by that command.
    """

    __slots__ = (
        "feature",
        "not_command",
        "projects",
        "provider",
        "since",
        "until",
        "used_since",
    )

    def __init__(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        feature: str | None = None,
        projects: tuple[str, ...] | None = None,
        provider: str = "",
        used_since: str = "",
        not_command: str = "",
    ) -> None:
        self.since = since
        self.until = until
        self.feature = feature
        self.projects = projects
        self.provider = provider
        self.used_since = used_since
        self.not_command = not_command

    @property
    def takes_whole_sessions(self) -> bool:
        """Whether all calls of a session are wanted, or none."""
        return self.since is None and self.until is None and not self.provider

    def condition(self) -> tuple[str, list[object]]:
        """The same for SQLite, of the table of calls alone."""
        parts, values = ["true"], list[object]()
        if self.provider:
            parts.append("call.provider = ?")
            values.append(self.provider)
        for text, at in (("at >= ?", self.since), ("at < ?", self.until)):
            if at is not None:
                parts.append(text)
                values.append(times.microseconds(at.isoformat()))
        of_sessions, more = self._of_sessions()
        if of_sessions:
            chosen = f"select id from session where {' and '.join(of_sessions)}"
            parts.append(f"call.session in ({chosen})")
        return " and ".join(parts), [*values, *more]

    def _of_sessions(self) -> tuple[list[str], list[object]]:
        parts, values = list[str](), list[object]()
        if self.used_since:
            parts.append("last_used >= ?")
            values.append(self.used_since)
        if self.feature is not None:
            parts.append("feature = ?")
            values.append(self.feature)
        if self.not_command:
            parts.append("command != ?")
            values.append(self.not_command)
        if self.projects is not None:
            parts.append(f"project in ({', '.join('?' * len(self.projects))})")
            values.extend(self.projects)
        return parts, values


EVERY = Wanted()


class Told:
    """`answer`: what was asked for. `notes`: what a reader should know about single sessions;
    `unreadable`: what is wrong with those that are left out.
    """

    __slots__ = ("answer", "notes", "unreadable")

    def __init__(self, answer: Any, notes: list[str], unreadable: list[str]) -> None:
        self.answer = answer
        self.notes = notes
        self.unreadable = unreadable


def by(index: Index, key: str, wanted: Wanted = EVERY, zone: tzinfo | None = None) -> Told:
    """The totals of every group of `reports.KEYS`.

    `zone`: the time zone of days; None is this machine's. The tokens and the cost of a call that
    used several models go to each of them, the call itself to the model that was asked.
    """

    def grouped(connection: sqlite3.Connection) -> Groups:
        if key == "model":
            found = shares.by_model(connection, *wanted.condition())
        elif key in PERIODS:
            found = _by_period(connection, wanted, lambda at: PERIODS[key](at, zone))
        elif key in OF_SESSION:
            found = _by_session(connection, key, wanted)
        else:
            found = _summed(connection, OF_CALL[key], wanted)
        return reports.finished(key, found)

    return told(index, grouped)


def sessionless(index: Index) -> list[Plain]:
    """Calls that no session has, as rows of sessions, with all that `stats.overall` asks."""

    def rows(connection: sqlite3.Connection, source: Source) -> list[Plain]:
        every_call.refresh(connection, source)
        query = "select id, feature, project from session where id < 0"
        found = connection.execute(query).fetchall()
        return [_apart(connection, *each) for each in found]

    return index.ask(rows)


def _apart(connection: sqlite3.Connection, session: int, feature: str, project: str) -> Plain:
    models = shares.by_model(connection, "session = ?", (session,))
    whole = reports.zeros()
    for sums in models.values():
        reports.add(whole, sums)
    return {"feature": feature, "project": project, "totals": {**whole, "by_model": models}}


def plain(index: Index, wanted: Wanted = EVERY) -> Told:
    """The calls one by one, as `savings` and `budgets` take them."""
    return told(index, lambda connection: list(_plain(connection, wanted)))


def holder(index: Index, ids: Iterable[str]) -> str:
    """A session that has one of these calls; empty: none has."""
    wanted = {database.text(one) for one in ids}

    def found(connection: sqlite3.Connection) -> str:
        query = f"select call.id, name {_FROM} session.id > 0 and call.status != ?"
        rows = connection.execute(query, (CARRIED,))
        return next((str(name) for id_, name in rows if id_ in wanted), "")

    return str(told(index, found).answer)


def told(index: Index, ask: Callable[[sqlite3.Connection], Answer]) -> Told:
    """What is asked of calls that are up to date."""

    def answer(connection: sqlite3.Connection, source: Source) -> Told:
        unreadable = every_call.refresh(connection, source)
        return Told(ask(connection), sessions.notes(connection), unreadable)

    return index.ask(answer)


def _summed(connection: sqlite3.Connection, name: str, wanted: Wanted) -> dict[Any, dict[str, Any]]:
    """Sums by the value of an expression of calls."""
    condition, values = wanted.condition()
    query = f"select {name}, {_SUMS} from call where {condition} group by 1"
    return _named(database.summed(connection, query, values, 1))


def _by_session(connection: sqlite3.Connection, key: str, wanted: Wanted) -> Groups:
    """Sums by what is known of sessions. Where no index has that in order, each session is summed
    first, so that only few rows have to be sorted.
    """
    condition, values = wanted.condition()
    name = OF_SESSION[key]
    if wanted.takes_whole_sessions and key != "task":
        session_totals.refresh(connection)
        query = (
            f"select {name}, {_SUMS} from session cross join session_total as call"
            f" on call.session = session.id where {condition} group by 1"
        )
        return _named(database.summed(connection, query, values, 1))
    if key in _IN_ORDER:
        query = (
            f"select {name}, {_SUMS} from session cross join call on call.session = session.id"
            f" where {condition} group by 1"
        )
        return _named(database.summed(connection, query, values, 1))
    own = "session, task" if key == "task" else "session"
    sums = ", ".join(f"sum({name}) as {name}" for name in COUNTED)
    query = (
        f"select {name}, {_SUMS} from"
        f" (select {own}, {sums} from call where {condition} group by {own}) as call"
        " join session on session.id = call.session group by 1"
    )
    return _named(database.summed(connection, query, values, 1))


def _named(found: list[tuple[Any, ...]]) -> dict[Any, dict[str, Any]]:
    return {group: dict(zip(COUNTED, sums, strict=True)) for group, *sums in found}


def _by_period(
    connection: sqlite3.Connection, wanted: Wanted, period: Callable[[datetime], str]
) -> Groups:
    """A day begins at a whole minute in every zone."""
    groups: Groups = {}
    for minute, sums in _summed(connection, f"at / {US_PER_MINUTE}", wanted).items():
        name = "" if minute is None else period(times.at_microseconds(minute * US_PER_MINUTE))
        reports.add(groups.setdefault(name, reports.zeros()), sums)
    return groups


def _plain(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[Plain]:
    facts = ("name", "command", "feature", "project")
    columns = ", ".join(
        (
            *(f"session.{one}" for one in facts),
            *(f"call.{one}" for one in ("at", "began", "id", "source", "resume", "shares")),
            *(
                f"call.{one}"
                for one in (*TEXTS, "cost_nusd", "unknown_costs", *token_kinds.FIELDS.values())
            ),
        )
    )
    condition, values = wanted.condition()
    query = f"select {columns} {_FROM} {condition} order by call.session, place"
    for row in connection.execute(query, values):
        yield _one(*row)


def _one(*row: Any) -> Plain:
    name, command, feature, project, at, began, id_, source, resume, used = row[:10]
    texts = dict(zip(TEXTS, row[10:15], strict=True))
    cost, unknown, *counts = row[15:]
    return {
        **{"session": name or "", "command": command, "feature": feature, "project": project},
        **texts,
        "id": id_,
        "ts": _written(at),
        "began": _written(began),
        "cost_source": source,
        "cost_nusd": None if unknown and not cost else cost,
        "resume": resume,
        "tokens": dict(zip(token_kinds.FIELDS, counts, strict=True)),
        "by_model": database.parsed(used, {}),
    }


def _written(at: int | None) -> str:
    return "" if at is None else times.at_microseconds(at).isoformat()
