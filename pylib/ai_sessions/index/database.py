"""The index file: opened, checked for its format, thrown away when it is not what we made.

The sessions are the truth, so nothing here needs to survive a crash: no fsync, no long wait.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import threading

from ai_sessions import token_kinds
from ai_sessions.accounting import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

#: Rises whenever a table or the form of a row changes; an index of another number is made anew.
FORMAT = 21_000_000
BUSY_MS = 250
#: Since this version SQLite can delete words of texts that it does not hold.
DELETES_WORDS = sqlite3.sqlite_version_info >= (3, 43)
_PRIVATE = 0o600
_MAKING = threading.Lock()
#: Why a sound index may be of no use now. Anything else that goes wrong in it is damage.
_PASSING = ("BUSY", "LOCKED", "READONLY", "CANTOPEN", "FULL", "IOERR", "PERM", "NOMEM", "PROTOCOL")
_COUNTS = ", ".join(stats.COUNTS)
_PARTS = ", ".join(token_kinds.PARTS)
#: Microseconds of a slot, for which sums of calls are kept.
SLOT_US = 15 * 60 * 1_000_000
_CHANGED = (
    f"begin insert or ignore into stale select {{0}}.at / {SLOT_US} where {{0}}.at is not null;"
    " insert or ignore into unsummed values ({0}.session); end"
)
#: Columns of sums have no type, so that one beyond 64 bits stays the text that it is put in as.
_TABLES = f"""
create table state(key text primary key, value) without rowid;
create table session(
    id integer primary key autoincrement, name text unique, uid text, command text, feature text,
    project text, created_at text, last_used text, calling text, line text, notices text,
    kind text, tags text, expires_at text, interface text, status text,
    user text, parent text, conversation text, sought text,
    messages, tool_calls, said_input_tokens, said_output_tokens, errors, {_COUNTS}
);
create index session_by_use on session(last_used desc, name, line, expires_at);
create index session_by_feature on session(feature, errors, {_COUNTS});
create index session_by_uid on session(uid, name);
create index session_of_interface on session(interface, last_used desc, name) where interface != '';
create index session_of_user on session(user, last_used desc, name) where user != '';
create index session_of_conversation on session(conversation, last_used desc, name)
    where conversation != '';
create index session_by_parent on session(parent) where parent != '';
create index session_by_creation on session(created_at desc, name);
create index session_noticed on session(notices, name) where notices != '';
create table public(session integer primary key, crc int, row text);
create table share(session int, model text, {_COUNTS});
create index share_of on share(session);
create index share_by_model on share(model, {_COUNTS});
create table behind(layer text, session int, primary key(layer, session)) without rowid;
create table bookmark(
    layer text, session int, mark text, primary key(layer, session)
) without rowid;
create table call(
    session int, place int, id text, at int, began int, provider text, model text,
    purpose text, task text, status text, source text, resume text,
    errors, {_COUNTS}, {_PARTS}, shares text,
    primary key(session, place)
) without rowid;
create index call_at on call(at);
create table slot(
    at int, imported int, errors, {_COUNTS}, primary key(at, imported)
) without rowid;
create table stale(at integer primary key);
create table session_total(session integer primary key, errors, {_COUNTS});
create table unsummed(session integer primary key);
create trigger call_added after insert on call {_CHANGED.format("new")};
create trigger call_gone after delete on call {_CHANGED.format("old")};
create table id_source(session integer primary key, name text unique, mark text);
create table entry_id(session int, id text, place int, primary key(session, id)) without rowid;
create table apart(uid text primary key, version int) without rowid;
create table said(
    id integer primary key autoincrement, session int, place int, at int, part int, seq int
);
create index said_of on said(session, seq);
create index said_in on said(part, session);
create table passage(
    session int, place int, part int, seq int, at int, digest blob,
    primary key(session, place, part)
) without rowid;
"""
_WORDS = "create virtual table {} using fts5(text, owner, content='', {} tokenize={});\n"
_TOKENIZER = "\"porter unicode61 categories 'L* N* Co M*'\""
#: Words are in the one or the other: while one is emptied, the other is filled.
WORDS = ("words_a", "words_b")


class Unusable(Exception):
    """The index cannot help now (busy, read-only, no room)."""


class Damaged(Exception):
    """What is in the index is not what we put there."""


@contextlib.contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    """The index at `path`, of our format. Raises `Unusable`, and `Damaged` with it deleted."""
    connection = None
    try:
        connection = _connected(path)
        yield connection
    except sqlite3.Error as error:
        if passes(error):
            raise Unusable(str(error)) from error
        remove(path)
        raise Damaged(str(error)) from error
    except Damaged:
        remove(path)
        raise
    finally:
        if connection is not None:
            connection.close()


def remove(path: str) -> None:
    """Delete the index with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal") if path else ():
        with contextlib.suppress(OSError):
            os.unlink(path + suffix)


def remove_for_good(path: str) -> None:
    """Delete a file, so that it stays deleted whatever happens. Raises `StorageError`."""
    from ai_sessions.disk import files
    from ai_sessions.errors import StorageError

    remove(path)
    if os.path.lexists(path):
        raise StorageError(f"{path}: it cannot be deleted", "check its owner and permissions")
    folder = os.path.dirname(path)
    with files.reported(folder):
        files.sync_folder(folder)


def value(connection: sqlite3.Connection, key: str, default: Any) -> Any:
    """What was kept under `key`, of the type of `default`. Raises `Damaged`."""
    found = connection.execute("select value from state where key = ?", (key,)).fetchone()
    if found is None:
        return default
    return typed(found[0], type(default))


def keep(connection: sqlite3.Connection, key: str, kept: str | int) -> None:
    connection.execute("insert or replace into state values (?,?)", (key, kept))


def typed(found: Any, kind: type) -> Any:
    """`found`, which must be of that type: SQLite keeps no sums of its pages. Raises `Damaged`."""
    if type(found) is not kind:
        raise Damaged(f"{found!r} in place of {kind.__name__}")
    return found


def parsed(found: Any, default: Any) -> Any:
    """JSON that we put there, of the type of `default`, which the empty text stands for.

    Raises `Damaged`.
    """
    import json

    try:
        return typed(json.loads(found), type(default)) if found != "" else default
    except (TypeError, ValueError) as error:
        raise Damaged(str(error)) from error


def summed(
    connection: sqlite3.Connection, query: str, values: Sequence[object], names: int
) -> list[tuple[Any, ...]]:
    """Rows of a query with `names` columns of text or null, then sums.

    A sum that SQLite cannot hold is made in Python, so that it is right all the same.
    """
    try:
        found = connection.execute(query, values).fetchall()
        kinds = {type(one) for row in found for one in row[names:]}
        if kinds <= {int}:
            return found
        if kinds <= {int, type(None)}:
            return [(*row[:names], *(one or 0 for one in row[names:])) for row in found]
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
    found = connection.execute(_with_large_sums(connection, query), values).fetchall()
    try:
        return [(*row[:names], *map(int, row[names:])) for row in found]
    except (TypeError, ValueError) as error:
        raise Damaged(str(error)) from error


def _fill(connection: sqlite3.Connection, statement: str) -> None:
    """Put sums into a table, those that SQLite cannot hold as text."""
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
        connection.execute(_with_large_sums(connection, statement))


def sum_again(
    connection: sqlite3.Connection, changed: str, key: str, sums: str, statement: str
) -> None:
    """Bring a table of sums up to date. `changed`: the table of the keys whose sums are old, which
    is empty then; `statement`: puts their sums into the table `sums`.
    """
    if not connection.execute(f"select 1 from {changed} limit 1").fetchone():
        return
    connection.execute("begin immediate")
    connection.execute(f"delete from {sums} where {key} in (select {key} from {changed})")
    _fill(connection, statement)
    connection.execute(f"delete from {changed}")
    connection.execute("commit")


def _with_large_sums(connection: sqlite3.Connection, query: str) -> str:
    connection.create_aggregate("large_sum", 1, _Sum)  # type: ignore[arg-type]
    return query.replace("sum(", "large_sum(")


def number(count: int) -> int | str:
    """A count in the form that a column of sums takes."""
    return count if -(2**63) <= count < 2**63 else str(count)


def text(found: object) -> str:
    """Text in the form that a column takes: half a surrogate pair is no reason to fail."""
    if not isinstance(found, str):
        return ""
    return found if found.isascii() else found.encode("utf-8", "replace").decode()


class _Sum:
    """An aggregate without an upper bound. Its answer is text."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, count: int | str | None) -> None:
        self._sum += int(count or 0)

    def finalize(self) -> str:
        return str(self._sum)


def passes(error: sqlite3.Error) -> bool:
    """Whether it says nothing against what is in the file."""
    return getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").startswith(_PASSING)


def _connected(path: str) -> sqlite3.Connection:
    connection = connect(path)
    if _is_ours(connection):
        return connection
    connection.close()
    remove(path)
    connection = connect(path)
    if not _is_ours(connection):
        raise Unusable(f"{path}: another version of this program is using it")
    return connection


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the tables are those of our format; an empty file gets them now."""
    if _format(connection) == FORMAT + DELETES_WORDS:
        return True
    connection.execute("begin immediate")  # somebody else may be about to make them
    found = _format(connection)
    if not found and not connection.execute("select 1 from sqlite_master").fetchone():
        for statement in _schema().split(";\n"):
            connection.execute(statement)
        found = FORMAT + DELETES_WORDS
    connection.execute("commit")
    return found == FORMAT + DELETES_WORDS


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])


def _schema() -> str:
    deletes = "contentless_delete=1," if DELETES_WORDS else ""
    words = (_WORDS.format(name, deletes, _TOKENIZER) for name in WORDS)
    return f"{_TABLES}{''.join(words)}pragma user_version = {FORMAT + DELETES_WORDS}"


def connect(
    path: str, journal: str = "wal", busy_ms: int = BUSY_MS, *, is_shared: bool = False
) -> sqlite3.Connection:
    """A file of SQLite that is ours alone; empty: in memory. `journal`: how it takes back what was
    not committed; `busy_ms`: how long it waits for others; `is_shared`: whether several threads
    use the connection, one at a time. Raises `Unusable`.
    """
    if path:
        _make_private(path)
    connection = sqlite3.connect(
        path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=not is_shared
    )
    if path:
        connection.execute(f"pragma journal_mode = {journal}")
    connection.execute("pragma synchronous = off")
    return connection


def _make_private(path: str) -> None:
    """SQLite would use the umask; its side files take the mode of the main one.

    A file that is there is not opened: closing it would take from this process all locks that
    SQLite has on it in other threads (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        with _MAKING:
            _make(path)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error


def _make(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return
    with contextlib.suppress(FileExistsError):  # another process was first
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE))
