"""opencode's database `opencode.db`, the folders of JSON that it had before, and what
`opencode export` prints.

Each answer is a message with its tokens and its list price; 0 there means that opencode did not
know the model. A fork copies messages under new ids with their times unchanged, so a call is known
by its times, model and tokens. Until 2026 a message was a file,
`storage/message/<session>/<message>.json`; the move into the database left some of them behind.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ai_sessions import times
from ai_sessions.imports import places
from ai_sessions.imports.contract import (
    Context,
    Found,
    Past,
    Plain,
    Row,
    Scanned,
    Source,
    State,
    Table,
    UnusualError,
    count,
    home,
    mapping,
    row_of,
    text,
)
from ai_sessions.money import nano
from ai_sessions.records import Cost, Usage

if TYPE_CHECKING:
    import sqlite3

_VARIABLE = "XDG_DATA_HOME"
#: Moves the database alone.
_DATABASE = "OPENCODE_DB"
_MARGIN_MS = 60_000
#: A message's table has no index by time. Read as it lies on the disk, a tenth of the time of a
#: join that begins with sessions.
_MESSAGES = """
select time_updated, data, session_id from message not indexed where time_updated >= ?
"""
_MESSAGES_AS_BYTES = _MESSAGES.replace(" data", " cast(data as blob)")
#: So many messages are taken at once.
_MANY = 2000
_COUNTS = ("input", "output", "reasoning")
#: Milliseconds since 1970 that are times of this century.
_EARLIEST, _LATEST = 1_000_000_000_000, 4_000_000_000_000
#: Sums of numbers below this are right whoever adds them up.
_LARGE = 2**53
_SESSIONS = "select id, directory, version from session"
_PARENTS = "select id, parent_id from session where parent_id is not null"


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get(_DATABASE, "")
    if os.path.isabs(named):
        yield from (path for path in (Path(named),) if path.exists())
        return
    for place in places.named(environment, _VARIABLE) or [home(environment) / ".local/share"]:
        yield from sorted(place.glob("opencode/opencode*.db"))
        yield from sorted(place.glob("opencode/storage/message/*/"))


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    for path in files(environment):
        if path.suffix == ".db" or path.name == id_:
            yield path


def read(path: Path, state: State) -> Found:
    """Messages that were written since the last look; those of the minute before are looked at
    again, because another process may have had an earlier time and come later.

    What `opencode export` printed (a `.json`), or a session that is a folder, is read whole when
    something changed.
    """
    if path.is_dir():
        return _of_folder(path, state)
    if path.suffix == ".json":
        return _of_export(path)
    return _of_database(path, state, _past).found


def scan(path: Path, state: State) -> Scanned:
    """The same, without the objects between."""
    if path.is_dir() or path.suffix == ".json":
        found = read(path, state)
        return Scanned(list(map(row_of, found.calls)), found.state, found.bad)
    return _of_database(
        path, state, lambda info, session: _usual(info, session) or _past(info, session)
    )


def compiled(path: Path, state: State, table: Table) -> Scanned | None:
    """The same as `scan`, by the compiled scan."""
    if path.is_dir() or path.suffix == ".json":
        return None
    files = _written(path)
    if state.get("files") == files:
        return Scanned((), state)
    before, since = len(table), state.get("updated", 0)
    since = since if isinstance(since, int) else 0
    try:
        moments = _into(table, path, since - _MARGIN_MS)
        places = table.places(before)
        ordered = sorted(range(len(places)), key=lambda one: (moments[places[one]], one))
        rows = table.rows(before + number for number in ordered)
        return Scanned(rows, {"updated": max([since, *moments]), "files": files})
    except (UnusualError, TypeError, OverflowError):
        table.cut(before)
        return None
    except BaseException:
        table.cut(before)
        raise


def _into(table: Table, path: Path, since: int) -> array[int]:
    """When each message was written. Raises `UnusualError`, `TypeError`, `OverflowError`."""
    moments = array("q")
    with _opened(path) as db:
        contexts = {
            id_: table.context_number(
                Context("", session["id"], session["directory"], session["version"])
            )
            for id_, session in _sessions(db).items()
        }
        found = db.execute(_MESSAGES_AS_BYTES, (since,))
        while messages := found.fetchmany(_MANY):
            messages = [one for one in messages if one[2] in contexts]
            data, numbers = [one[1] for one in messages], [contexts[one[2]] for one in messages]
            table.opencode(data, numbers, len(moments))
            moments.extend(one[0] for one in messages)
    return moments


def _past(info: Plain, session: Plain) -> Row | None:
    call = _of_message(info, session)
    return row_of(call) if call else None


def _of_database(
    path: Path, state: State, row_of_message: Callable[[Plain, Plain], Row | None]
) -> Scanned:
    files = _written(path)
    if state.get("files") == files:
        return Scanned((), state)
    since = state.get("updated", 0)
    since = since if isinstance(since, int) else 0
    found: list[tuple[int, int, Row]] = []
    bad = 0
    for updated, data, session in _rows(path, since - _MARGIN_MS):
        try:
            row = row_of_message(_object(data), session)
            since = max(since, updated)
        except (ValueError, TypeError):
            bad += 1
            continue
        if row:
            found.append((updated, len(found), row))
    found.sort()
    return Scanned([row for *_order, row in found], {"updated": since, "files": files}, bad)


def _usual(info: Plain, session: Plain) -> Row | None:
    """The call of an answer of the usual form, as `_of_message` makes it; None for any other."""
    tokens, time = info.get("tokens"), info.get("time")
    if type(tokens) is not dict or type(time) is not dict or "total" in tokens:
        return None
    if info.get("role") != "assistant" or info.get("cost"):
        return None
    cache, began, ended = tokens.get("cache"), time.get("created"), time.get("completed")
    agent, model = info.get("providerID"), info.get("modelID")
    if type(cache) is not dict or type(ended) is not int or not _EARLIEST < ended < _LATEST:
        return None
    numbers = [tokens.get(name, 0) for name in _COUNTS] + [cache.get("read"), cache.get("write")]
    for number in numbers:
        if type(number) is not int or not 0 <= number < _LARGE:
            return None
    given, said, thought, cached, written = numbers
    given, said = given + cached + written, said + thought
    folder = session["directory"]
    if not (given + said and agent and model and folder and type(agent) is type(model) is str):
        return None
    key = f"{began}-{ended}:{agent}/{model}:{given}-{said}"
    counts = (given, said, cached, written, 0, thought)
    at = _time(ended)
    id_, version = session["id"], session["version"]
    return Row(f"opencode:{key}", at, f"{agent}/{model}", counts, id_, folder, version, "")


def _time(milliseconds: int) -> str:
    """`times.utc_of_ms`, in a third of the time."""
    seconds, rest = divmod(milliseconds, 1000)
    day, second = divmod(seconds, 86_400)
    hour, second = divmod(second, 3600)
    return f"{_day(day)}T{hour:02}:{second // 60:02}:{second % 60:02}.{rest:03}Z"


@lru_cache(maxsize=1024)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def waiting(path: Path, state: State) -> int:
    """How many bytes `read` would look at, as far as that can be told; 0 for a lost file."""
    try:
        there = path.stat()
        return 0 if not path.is_dir() and state.get("files") == _written(path) else there.st_size
    except OSError:
        return 0


def _written(path: Path) -> list[list[int]]:
    """What changes whenever something is written: the database, and its log beside it."""
    found = []
    for file in (os.fspath(path), f"{path}-wal"):
        with contextlib.suppress(FileNotFoundError):
            there = os.stat(file)
            found.append([there.st_ino, there.st_size, there.st_mtime_ns])
    return found


def _of_folder(path: Path, state: State) -> Found:
    """The messages of one session, `storage/message/<session>`."""
    with os.scandir(path) as entries:
        files = sorted((one.stat().st_mtime_ns, one.path) for one in entries if _is_json(one.name))
    seen = {"count": len(files), "time": files[-1][0] if files else 0}
    if state == seen:
        return Found((), state)
    session = _session_of(path)
    calls: list[Past] = []
    bad = 0
    for _time, file in files:
        try:
            call = _of_message(_object(Path(file).read_bytes()), session)
        except (ValueError, TypeError):
            bad += 1
            continue
        if call:
            calls.append(call)
    return Found(tuple(calls), seen, bad)


def _is_json(name: str) -> bool:
    return name.endswith(".json")


def _session_of(path: Path) -> Plain:
    """What `storage/session/<project>/<session>.json` says of it; at least its id."""
    storage = path.parent.parent
    for about in storage.glob(f"session/*/{path.name}.json"):
        with contextlib.suppress(OSError, ValueError, TypeError):
            return _object(about.read_bytes())
    return {"id": path.name}


def _of_export(path: Path) -> Found:
    try:
        return Found(tuple(exported(_object(path.read_bytes()))))
    except (ValueError, TypeError):
        return Found((), bad=1)


def exported(document: Plain) -> Iterable[Past]:
    """The calls in what `opencode export` prints. Raises `ValueError` when it is something else."""
    session = mapping(document, "info")
    messages = document.get("messages")
    if not session or not isinstance(messages, list):
        raise ValueError("not an export of opencode: it has no info and messages")
    infos = (mapping(message, "info") for message in messages if isinstance(message, dict))
    return tuple(call for info in infos if (call := _of_message(info, session)))


def usage(raw: Plain) -> Usage:
    """The input lacks what was cached; whether the output has the thoughts, the total tells."""
    cache = mapping(raw, "cache")
    read_tokens, written = count(cache, "read"), count(cache, "write")
    given = count(raw, "input") + read_tokens + written
    thoughts, total = count(raw, "reasoning"), count(raw, "total")
    answered = (
        total - given if total and total >= given + thoughts else count(raw, "output") + thoughts
    )
    return Usage(given, answered, read_tokens, written, 0, thoughts)


def _of_message(info: Plain, session: Plain) -> Past | None:
    """None for what is no answer, has no tokens or is still being written."""
    time, tokens = mapping(info, "time"), mapping(info, "tokens")
    used = usage(tokens)
    if info.get("role") != "assistant" or not used.total_tokens or not time.get("completed"):
        return None
    model = "/".join(filter(None, (text(info, "providerID"), text(info, "modelID"))))
    lasted = f"{time.get('created')}-{time['completed']}"
    key = f"{lasted}:{model}:{used.input_tokens}-{used.output_tokens}"
    return Past(
        "opencode",
        key,
        times.utc_of_ms(time["completed"]),
        model,
        used,
        session=text(session, "id"),
        folder=text(session, "directory") or text(mapping(info, "path"), "cwd"),
        version=text(session, "version"),
        cost=_cost(info.get("cost")),
    )


def _object(data: Any) -> Plain:
    """Raises `ValueError` or `TypeError` when the column holds something else."""
    found = orjson.loads(data)
    if not isinstance(found, dict):
        raise TypeError("a message that is no object")
    return found


def _cost(dollars: Any) -> Cost:
    if isinstance(dollars, bool) or not isinstance(dollars, int | float) or dollars <= 0:
        return Cost()
    return Cost(nano(dollars), "client")


def _rows(path: Path, since: int) -> Iterator[tuple[Any, Any, Plain]]:
    """When a message was written, what it says, and its session; a message whose session is lost
    is left out. Raises `OSError` when this is no database of opencode.
    """
    with _opened(path) as db:
        sessions = _sessions(db)
        for updated, data, session in db.execute(_MESSAGES, (since,)):
            if session in sessions:
                yield updated, data, sessions[session]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Raises `OSError` for all that goes wrong with the database."""
    import sqlite3  # 5 ms, which other agents do not need

    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            yield db
    except sqlite3.Error as error:
        raise OSError(f"{path}: {error}") from error


def _sessions(db: sqlite3.Connection) -> dict[Any, Plain]:
    """Each session; a sub-agent's has the id of the one that it works for."""
    parents = _parents(db)
    return {
        id_: {
            "id": text({"id": _root(id_, parents)}, "id"),
            "directory": directory if isinstance(directory, str) else "",
            "version": version if isinstance(version, str) else "",
        }
        for id_, directory, version in db.execute(_SESSIONS)
    }


def _parents(db: sqlite3.Connection) -> dict[Any, Any]:
    """What each sub-agent's session works for; early databases do not tell."""
    import sqlite3

    with contextlib.suppress(sqlite3.OperationalError):
        return dict(db.execute(_PARENTS))
    return {}


def _root(session: Any, parents: Mapping[Any, Any]) -> Any:
    """The session that a sub-agent's works for, however deep."""
    passed = set()
    while session in parents and session not in passed:
        passed.add(session)
        session = parents[session]
    return session


SOURCE = Source(
    "opencode",
    files,
    read,
    scan,
    compiled=compiled,
    patterns=("opencode*.db", "storage/message/ses_*"),
    waiting=waiting,
    conversation=conversation,
    variable=_VARIABLE,
)
