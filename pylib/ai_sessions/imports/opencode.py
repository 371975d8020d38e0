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
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from ai_sessions import times
from ai_sessions.imports import places
from ai_sessions.imports.contract import (
    Found,
    Past,
    Plain,
    Source,
    State,
    count,
    home,
    mapping,
    text,
)
from ai_sessions.money import nano
from ai_sessions.records import Cost, Usage

_VARIABLE = "XDG_DATA_HOME"
_MARGIN_MS = 60_000
#: A message's table has no index by time. Read as it lies on the disk, a tenth of the time of a
#: join that begins with sessions.
_MESSAGES = """
select message.time_updated, message.data, session.id, session.directory, session.version
from message not indexed cross join session on session.id = message.session_id
where message.time_updated >= ?
"""
_PARENTS = "select id, parent_id from session where parent_id is not null"


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    for place in places.named(environment, _VARIABLE) or [home(environment) / ".local/share"]:
        yield from sorted(place.glob("opencode/opencode*.db"))
        yield from sorted(place.glob("opencode/storage/message/*/"))


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:  # noqa: ARG001
    yield from files(environment)


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
    files = _written(path)
    if state.get("files") == files:
        return Found((), state)
    since = state.get("updated", 0)
    since = since if isinstance(since, int) else 0
    found: list[tuple[int, Past]] = []
    bad = 0
    for updated, data, *about in _rows(path, since - _MARGIN_MS):
        try:
            call = _of_message(_object(data), _session(*about))
            since = max(since, updated)
        except (ValueError, TypeError):
            bad += 1
            continue
        if call:
            found.append((updated, call))
    calls = (call for _updated, call in sorted(found, key=lambda one: one[0]))
    return Found(tuple(calls), {"updated": since, "files": files}, bad)


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
    answered = total - given if total >= given + thoughts else count(raw, "output") + thoughts
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


def _session(id_: Any, directory: Any, version: Any) -> Plain:
    return {"id": id_, "directory": directory, "version": version}


def _rows(path: Path, since: int) -> Iterator[tuple[Any, ...]]:
    """Raises `OSError` when this is no database of opencode."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            parents = _parents(db)
            for updated, data, session, *about in db.execute(_MESSAGES, (since,)):
                yield updated, data, _root(session, parents), *about
    except sqlite3.Error as error:
        raise OSError(f"{path}: {error}") from error


def _parents(db: sqlite3.Connection) -> dict[Any, Any]:
    """What each sub-agent's session works for; early databases do not tell."""
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
    patterns=("opencode*.db", "storage/message/ses_*"),
    waiting=waiting,
    conversation=conversation,
    variable=_VARIABLE,
)
