"""Rows of all sessions, kept from the last look, and what is asked of them most."""

from __future__ import annotations

from ai_sessions.accounting import stats
from ai_sessions.display import briefs
from ai_sessions.errors import StorageError
from ai_sessions.plurals import counted
from ai_sessions.store.totals import COVERED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.index.choosing import Chosen
    from ai_sessions.store.contract import Source

    Row = dict[str, Any]

#: Parts of the index that are brought up to date when they are asked for.
LAYERS = ("calls", "words", "passages")
_CURSOR = "cursor"
_COUNTED = ("errors", *stats.COUNTS)
_SUMS = ", ".join(f"sum({name})" for name in stats.COUNTS)
_OWN = ("name", "uid", "command", "feature", "project", "created_at", "last_used")
_FACTS = (
    *(*_OWN, "calling", "line", "notices"),
    *("kind", "tags", "expires_at", "interface", "status", "user", "parent"),
    *("conversation", "sought"),
)
#: What is counted of messages, beside the calls of models.
SAID = ("messages", "tool_calls", "said_input_tokens", "said_output_tokens")
_COLUMNS = (*_FACTS, *SAID, *_COUNTED)
_KEEP = (
    f"insert into session({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})"
    f" on conflict(name) do update set {', '.join(f'{one} = excluded.{one}' for one in _COLUMNS)}"
    " returning id"
)
_SHARE = f"insert into share values ({', '.join('?' * (2 + len(stats.COUNTS)))})"
#: SQLite takes no limit of more than 64 bits.
_MOST = 2**63
_EVERY = ("true", list[object]())
_ORDER = "last_used desc, name"
#: Numbers below 0 stand for calls without a session (`sessionless`).
_LINES = "select line, expires_at from session where id > 0 and {} order by {} limit {}"
#: Sessions that a note names one by one.
_NAMED = 3
_NOTICED = (
    "select notices, count(*), group_concat(name, '/') from session where notices != '' and {}"
    " group by notices order by min(name)"
)
#: The cross join makes SQLite go by the order, not sort.
_TEXTS = (
    "select row, expires_at from session cross join public on public.session = session.id"
    " where {} order by {} limit {}"
)


def rows(index: Index, fits: Callable[[Row], bool] = lambda _row: True) -> list[Row]:
    """The sessions that fit, by name, each as JSON output shows it."""
    if not index.is_worthwhile():
        return list(filter(fits, map(briefs.public, index.source.rows())))
    return index.ask(lambda connection, source: _rows(connection, source, fits))


def texts(
    index: Index,
    take: Callable[[Iterable[str]], object],
    chosen: Chosen | None = None,
    now: str = "",
) -> list[str]:
    """Hand the chosen sessions (None: all, the one used last first) as such JSON texts to `take`,
    one by one; returns what a reader should know. `now` (RFC 3339 UTC): those whose time is over by
    then have the status `expired`.

    `take` is called once, when all are known to be sound. Raises what it raises, and `StorageError`
    when the index cannot be read to the end all the same.
    """
    if not index.is_worthwhile():
        listed, told = _chosen(index.source, chosen)
        take(_text(briefs.as_of(row, now)) for row in listed)
        return told
    return index.ask(lambda connection, source: _texts(connection, source, take, chosen, now))


def lines(index: Index, chosen: Chosen | None = None, now: str = "") -> tuple[list[str], list[str]]:
    """`briefs.line` of the chosen sessions (None: all, the one used last first); and what a reader
    should know. `now`: as in `texts`.
    """
    if not index.is_worthwhile():
        listed, told = _chosen(index.source, chosen)
        return [briefs.line(briefs.as_of(row, now)) for row in listed], told
    return index.ask(lambda connection, source: _lines(connection, source, chosen, now))


def under_way(index: Index) -> list[Row]:
    """Every session with its `name`, `command`, `last_used` and the call in it that has no answer
    yet (`calling`).
    """
    keys = ("name", "command", "last_used", "calling")
    if not index.is_worthwhile():
        return [{key: row[key] for key in keys} for row in index.source.rows()]
    return index.ask(_under_way)


def places(index: Index, *, is_fresh: bool = False) -> set[tuple[str, str]]:
    """The features of all sessions, each with its project. `is_fresh`: it has just been asked."""

    def answer(connection: sqlite3.Connection, source: Source) -> set[tuple[str, str]]:
        if not (is_fresh and index.folder):
            refresh(connection, source)
        return set(connection.execute("select distinct feature, project from session"))

    if not index.is_worthwhile():
        return {(row["feature"], row["project"]) for row in index.source.rows()}
    return index.ask(answer)


def newest_first(found: Iterable[Row]) -> list[Row]:
    """By last use; those of the same moment by name."""
    by_name = sorted(found, key=lambda row: str(row["name"]))
    return sorted(by_name, key=lambda row: str(row["last_used"]), reverse=True)


def refresh(connection: sqlite3.Connection, source: Source) -> None:
    """Read again what changed since the last look, and forget what is gone."""
    from ai_sessions.index import database

    before = database.value(connection, _CURSOR, "")
    cursor, names, gone = source.changes(before)
    if not (names or gone):
        return
    connection.execute("begin immediate")
    if (now := database.value(connection, _CURSOR, "")) != before:  # somebody else was at it
        cursor, names, gone = source.changes(now)
    for name in gone:  # not looked at: one that was back for a moment would stay for ever
        _forget(connection, name)
    for name in names:
        row = source.row(name)
        if row is None:
            _forget(connection, name)
        else:
            _keep(connection, row)
    database.keep(connection, _CURSOR, cursor)
    connection.execute("commit")


def notes(connection: sqlite3.Connection, chosen: Chosen | None = None) -> list[str]:
    """What a reader should know about single sessions, as `notes_of`."""
    condition, values = chosen.condition(connection) if chosen else _EVERY
    return _together(connection.execute(_NOTICED.format(condition), values))


def _keep(connection: sqlite3.Connection, row: Row) -> None:
    import json
    import zlib

    from ai_sessions.index import choosing, database

    sums = row["totals"]
    calling = json.dumps(row["calling"]) if row["calling"] else ""
    facts = (
        *(row[key] for key in _OWN),
        *(calling, briefs.line(row), "\n".join(row.get("notices", ()))),
        *(briefs.kind(row), choosing.tags_text(row["tags"]), briefs.expires_at(row)),
        *(briefs.interface(row), row["status"], briefs.user(row), briefs.parent(row)),
        *(briefs.conversation(row), choosing.sought_text(row)),
    )
    counts = [database.number(said(sums, name)) for name in (*SAID, *_COUNTED)]
    ((session,),) = connection.execute(_KEEP, (*map(database.text, facts), *counts)).fetchall()
    text = database.text(_text(row))
    values = (session, zlib.crc32(text.encode()), text)
    connection.execute("insert or replace into public values (?,?,?)", values)
    connection.execute("delete from share where session = ?", (session,))
    for model, share in sums["by_model"].items():
        counts = [database.number(share[name]) for name in stats.COUNTS]
        connection.execute(_SHARE, (session, database.text(model), *counts))
    _leave_behind(connection, session)


def said(sums: Mapping[str, Any], name: str) -> int:
    """A count of a session's; tokens of messages without those that a call had in its input."""
    number: int = sums[name]
    return max(0, number - sums[COVERED]) if name == "said_input_tokens" else number


def _forget(connection: sqlite3.Connection, name: str) -> None:
    from ai_sessions.index import ids

    ids.forget(connection, name)
    found = connection.execute("select id from session where name = ?", (name,)).fetchone()
    if found is None:
        return
    connection.execute("delete from session where id = ?", found)
    connection.execute("delete from public where session = ?", found)
    connection.execute("delete from share where session = ?", found)
    _leave_behind(connection, *found)


def _leave_behind(connection: sqlite3.Connection, session: int) -> None:
    connection.executemany(
        "insert or ignore into behind values (?,?)", [(layer, session) for layer in LAYERS]
    )


def _rows(connection: sqlite3.Connection, source: Source, fits: Callable[[Row], bool]) -> list[Row]:
    import json

    refresh(connection, source)
    _check_texts(connection)
    found = connection.execute(_TEXTS.format("true", "name", -1))
    return list(filter(fits, (json.loads(text) for text, _at in found)))


def _texts(
    connection: sqlite3.Connection,
    source: Source,
    take: Callable[[Iterable[str]], object],
    chosen: Chosen | None,
    now: str,
) -> list[str]:
    refresh(connection, source)
    connection.execute("begin")  # what is checked is what is read
    _check_texts(connection)
    told = notes(connection, chosen)  # whatever is damaged is found before anything is handed on
    take(_to_the_end(connection, *_question(connection, _TEXTS, chosen), now))
    connection.execute("commit")
    return told


def _check_texts(connection: sqlite3.Connection) -> None:
    """Raises `Damaged` unless each JSON text is as it was put in."""
    import zlib

    from ai_sessions.index import database

    for text, crc in connection.execute("select row, crc from public"):
        if zlib.crc32(database.typed(text, str).encode()) != crc:
            raise database.Damaged("a row")


def _to_the_end(
    connection: sqlite3.Connection, query: str, values: list[object], now: str
) -> Iterator[str]:
    """Raises `StorageError`: what was handed on already cannot be asked again."""
    import sqlite3

    try:
        for text, at in connection.execute(query, values):
            yield _expired(text) if at and at <= now else text
    except sqlite3.Error as error:
        raise StorageError(f"the index of sessions: {error}", "run it again") from error


def _expired(text: str) -> str:
    import json

    return json.dumps({**json.loads(text), "status": briefs.EXPIRED}, ensure_ascii=False)


def _lines(
    connection: sqlite3.Connection, source: Source, chosen: Chosen | None, now: str
) -> tuple[list[str], list[str]]:
    from ai_sessions.index import database

    refresh(connection, source)
    found = connection.execute(*_question(connection, _LINES, chosen))
    told = [
        briefs.line_expired(line) if at and at <= now else database.typed(line, str)
        for line, at in found
    ]
    return told, notes(connection, chosen)


def _question(
    connection: sqlite3.Connection, query: str, chosen: Chosen | None
) -> tuple[str, list[object]]:
    """`query` for the chosen sessions, and its values."""
    if chosen is None:
        condition, values = _EVERY
        return query.format(condition, _ORDER, -1), values
    condition, values = chosen.condition(connection)
    most = -1 if chosen.limit is None or chosen.limit >= _MOST else chosen.limit
    return query.format(condition, chosen.order(), most), values


def _chosen(source: Source, chosen: Chosen | None) -> tuple[list[Row], list[str]]:
    """The chosen sessions, and what a reader should know about those that fit."""
    if chosen is None:
        listed = newest_first(source.rows())
        return listed, notes_of(listed)
    fitting = list(filter(chosen.fits, source.rows()))
    return chosen.first(fitting), notes_of(fitting)


def totals(connection: sqlite3.Connection, most: int | None) -> dict[str, Any]:
    """`stats.overall` of every session.

    `most`: with many groups of a kind only so many, the dearest; None means all.
    """
    from ai_sessions.index import database

    query = f"select sum(id > 0), sum(errors), {_SUMS} from session"
    (found,) = database.summed(connection, query, (), 0)
    whole = dict(zip(("sessions", *_COUNTED), found, strict=True))
    several = "select count(distinct feature) from session"
    whole["features"] = connection.execute(several).fetchone()[0]
    models = _groups(connection, "model", "share", None)
    for sums in models.values():
        del sums["sessions"]
    features = _groups(connection, "feature", "session", most)
    return stats.together(whole, models, features)


def _groups(
    connection: sqlite3.Connection, column: str, table: str, most: int | None
) -> dict[str, dict[str, int]]:
    from ai_sessions.index import database

    grouped = f"from {table} {{}} group by {column}"
    order = f"order by sum(cost_nusd) desc, sum(input_tokens) + sum(output_tokens) desc, {column}"
    dearest, values = "", list[int]()
    if most is not None:  # the others are not summed up in full
        dearest = f"where {column} in (select {column} {grouped.format('')} {order} limit ?)"
        values = [most]
    sessions = "sum(id > 0)" if table == "session" else "sum(1)"
    query = f"select {column}, {sessions}, {_SUMS} {grouped.format(dearest)} {order}"
    found = database.summed(connection, query, values, 1)
    counts = ("sessions", *stats.COUNTS)
    return {str(name): dict(zip(counts, sums, strict=True)) for name, *sums in found}


def _under_way(connection: sqlite3.Connection, source: Source) -> list[Row]:
    from ai_sessions.index import database

    refresh(connection, source)
    query = "select name, command, last_used, calling from session where id > 0 order by name"
    found = connection.execute(query)
    return [
        {
            "name": name,
            "command": command,
            "last_used": last_used,
            "calling": database.parsed(calling, {}),
        }
        for name, command, last_used, calling in found
    ]


def _text(row: Mapping[str, Any]) -> str:
    import json

    return json.dumps(briefs.public(row), ensure_ascii=False)


def notes_of(listed: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a reader should know about these sessions: a line for each of few, one line for many of
    which there is the same to say.
    """
    noticed = [row for row in listed if row.get("notices")]
    by_name = sorted(noticed, key=lambda row: str(row["name"]))
    return _together(("\n".join(row["notices"]), 1, row["name"]) for row in by_name)


def _together(found: Iterable[tuple[str, int, str]]) -> list[str]:
    """`found`: notices, the number of sessions that have them, and their names."""
    counts: dict[str, int] = {}
    named: dict[str, list[str]] = {}
    for notices, count, names in found:
        for notice in notices.split("\n"):
            counts[notice] = counts.get(notice, 0) + count
            if counts[notice] <= _NAMED:
                named.setdefault(notice, []).extend(names.split("/"))
    return [
        f"{who}: {notice}"
        for notice, count in counts.items()
        for who in (sorted(named[notice]) if count <= _NAMED else [counted(count, "session")])
    ]
