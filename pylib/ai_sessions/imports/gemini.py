"""Gemini CLI's chats: `tmp/<project>/chats/session-<minute>-<id>.jsonl`, and those of their
sub-agents: `tmp/<project>/chats/<id>/<sub-agent>.jsonl`.

An answer (`type: gemini`) has its tokens. After a resume a `$set` line repeats earlier messages,
most often without their tokens; the id of a message tells that it is the same one. Until April 2026
a chat was one JSON document, `session-<minute>-<id>.json`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import orjson

from ai_sessions import times
from ai_sessions.imports import logs, packed, places
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
from ai_sessions.records import Usage

_MARKS = (b"tokens", b"sessionId")
_CHATS = "chats"
_COUNTS = ("input", "tool", "output", "cached", "thoughts")
#: Sums of numbers below this are right whoever adds them up.
_LARGE = 2**53
_VARIABLE = "GEMINI_CLI_HOME"
#: Characters of an id that the name of a chat's file has.
_KEY = 8


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    for place in _places(environment):
        yield from places.below(sorted(place.glob(f"tmp/*/{_CHATS}")), _is_log)


def _is_log(name: str) -> bool:
    return packed.bare(name).endswith((".jsonl", ".json"))


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    for place in _places(environment):
        yield from place.glob(f"tmp/*/{_CHATS}/session-*-{id_[:_KEY]}.jsonl")
        yield from place.glob(f"tmp/*/{_CHATS}/{id_}/*.jsonl")


def _places(environment: Mapping[str, str]) -> list[Path]:
    homes = places.named(environment, _VARIABLE) or [home(environment)]
    return [one / ".gemini" for one in homes]


def read(path: Path, state: State) -> Found:
    """In a sub-agent's folder the conversation is that of the agent it works for."""
    if packed.bare(path.name).endswith(".json"):
        return _of_document(path, state)
    told = partial(take, folder=_folder(path), parent=_parent(path))
    found = logs.read(path, state, _MARKS, told)
    return Found(_once(found.calls), found.state, found.bad)


def scan(path: Path, state: State) -> Scanned:
    """The same as `read`, without the objects between."""
    if packed.bare(path.name).endswith(".json"):
        found = _of_document(path, state)
        return Scanned(list(map(row_of, found.calls)), found.state, found.bad)
    folder, parent = _folder(path), _parent(path)
    scanned = logs.scan(path, state, lambda memory: _Chat(memory, folder, parent))
    if scanned is None:
        return Scanned((), state)
    chat, position = scanned
    return Scanned(list(chat.rows.values()), position, chat.bad)


def compiled(path: Path, state: State, table: Table) -> Scanned | None:
    """The same as `scan`, by the compiled scan."""
    if packed.bare(path.name).endswith(".json"):
        return None
    folder, parent = _folder(path), _parent(path)
    return logs.compiled(
        path, state, table, lambda memory: _Compiled(memory, table, folder, parent)
    )


def _parent(path: Path) -> str:
    """The conversation that a sub-agent's chat is of; empty for other chats."""
    return path.parent.name if path.parent.parent.name == _CHATS else ""


class _Compiled:
    """The answers of a chat by the compiled scan; Python reads what other lines tell of them."""

    held = None

    def __init__(self, memory: State, table: Table, folder: str, parent: str) -> None:
        self.memory = memory
        self._table, self._start = table, len(table)
        self._folder, self._parent = folder, parent
        self._tell()

    def rows(self) -> Sequence[Row]:
        self._table.settle(self._start, is_first=True)
        return self._table.rows(range(self._start, len(self._table)))

    def take(self, block: bytes, end: int, place: int) -> None:
        """Raises `UnusualError`."""
        at, before = 0, len(self._table)
        while span := self._table.gemini(block, end, at, place):
            self._learn(block[slice(*span)])
            at = span[1]
        if self._parent and len(self._table) > before:
            self.memory["session"] = self._parent

    def _learn(self, line: bytes) -> None:
        """From a line that is no answer."""
        try:
            entry = logs.parsed(line)
            if isinstance(entry, dict) and take(entry, self.memory, self._folder, self._parent):
                raise UnusualError
        except (ValueError, TypeError, KeyError):
            raise UnusualError from None
        self._tell()

    def _tell(self) -> None:
        session = self._parent or self.memory.get("session", "")
        self._table.tell(Context(session=session, folder=self._folder))


class _Chat:
    """The answers of a chat, each once."""

    held = None

    def __init__(self, memory: State, folder: str, parent: str) -> None:
        self.memory = memory
        self.rows: dict[str, Row] = {}
        self.bad = 0
        self._folder, self._parent = folder, parent

    def take(self, block: bytes, end: int, _place: int) -> None:
        for start, line_end in logs.marked(block, end, _MARKS):
            try:
                entry = logs.parsed(block[start:line_end])
                if isinstance(entry, dict):
                    self._take(entry)
            except (ValueError, TypeError, KeyError):
                self.bad += 1

    def _take(self, entry: dict[str, Any]) -> None:
        usual = _usual(entry, self.memory, self._folder, self._parent)
        if usual:
            self.rows.setdefault(usual.id, usual)
            return
        for call in take(entry, self.memory, self._folder, self._parent):
            self.rows.setdefault(call.id, row_of(call))


def _usual(entry: Plain, memory: State, folder: str, parent: str) -> Row | None:
    """The call of an answer of the usual form, as `take` makes it; None for any other line."""
    tokens, id_ = entry.get("tokens"), entry.get("id")
    at: Any = entry.get("timestamp")
    model: Any = entry.get("model", "")
    if type(tokens) is not dict or entry.get("type") != "gemini" or type(id_) is not str:
        return None
    if "$set" in entry or "sessionId" in entry or parent or type(model) is not str:
        return None
    numbers = [tokens.get(name, 0) for name in _COUNTS]
    for number in numbers:
        if type(number) is not int or not 0 <= number < _LARGE:
            return None
    given, sent, answered, cached, thought = numbers
    given += sent
    if not tokens or cached > given or not times.is_stamp(at):
        return None
    counts = (given, answered + thought, cached, 0, 0, thought)
    return Row(f"gemini:{id_}", at, model, counts, memory.get("session", ""), folder, "", "")


def _once(calls: Iterable[Past]) -> tuple[Past, ...]:
    first: dict[str, Past] = {}
    for call in calls:
        first.setdefault(call.id, call)
    return tuple(first.values())


def _of_document(path: Path, state: State) -> Found:
    """A chat that is one document; it is written anew with each message, so all of it is read."""
    there = path.stat()
    seen = {"inode": there.st_ino, "size": there.st_size, "time": there.st_mtime_ns}
    if state == seen:
        return Found((), state)
    with packed.opened(path) as file:
        raw = file.read()
    calls: list[Past] = []
    memory: State = {}
    bad = 0
    try:
        document = logs.parsed(raw)
        messages = document["messages"]
        memory["session"] = text(document, "sessionId")
    except (ValueError, TypeError, KeyError):
        return Found((), seen, 1)
    for message in messages:
        try:
            calls += take(message, memory, _folder(path))
        except (ValueError, TypeError, KeyError):
            bad += 1
    return Found(_once(calls), seen, bad)


def take(
    entry: dict[str, Any], memory: State, folder: str = "", parent: str = ""
) -> Iterable[Past]:
    """`parent`: the conversation of a sub-agent's chat."""
    changed = mapping(entry, "$set")
    session = parent or text(entry, "sessionId") or text(changed, "sessionId")
    if session:
        memory["session"] = session
    repeated = changed.get("messages")
    messages = repeated if isinstance(repeated, list) else [entry]
    calls = (_call(message, memory, folder) for message in messages if isinstance(message, dict))
    return tuple(call for call in calls if call)


def usage(raw: Plain) -> Usage:
    """The input includes what was cached, but not what tools sent; the output lacks thoughts."""
    thoughts = count(raw, "thoughts")
    given = count(raw, "input") + count(raw, "tool")
    return Usage(
        input_tokens=given,
        output_tokens=count(raw, "output") + thoughts,
        cache_read_tokens=min(count(raw, "cached"), given),  # more than there was after a reset
        reasoning_tokens=thoughts,
    )


def _call(message: Plain, memory: State, folder: str) -> Past | None:
    tokens = mapping(message, "tokens")
    if message.get("type") != "gemini" or not tokens:
        return None
    return Past(
        "gemini",
        str(message["id"]),
        times.utc(message["timestamp"]),
        text(message, "model"),
        usage(tokens),
        session=memory.get("session", ""),
        folder=folder,
    )


def _folder(path: Path) -> str:
    """Where the agent worked, by `projects.json`; empty when that does not tell.

    `path` is somewhere below `<place>/tmp/<project>/chats`.
    """
    for chats in path.parents:
        if chats.name == _CHATS and len(chats.parents) > 2:
            known = chats.parents[2] / "projects.json"
            try:
                changed = os.stat(known).st_mtime_ns
            except OSError:
                return ""
            return _folders(known, changed).get(chats.parent.name, "")
    return ""


@lru_cache(maxsize=8)
def _folders(path: Path, _changed: int) -> Mapping[str, str]:
    """Where the agent works, by its own short name of it."""
    try:
        known = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    projects = mapping(known, "projects") or known if isinstance(known, dict) else {}
    return {name: folder for folder, name in projects.items() if isinstance(name, str)}


SOURCE = Source(
    "gemini",
    files,
    read,
    scan,
    compiled=compiled,
    patterns=("session-*.json", "session-*.jsonl", "chats/*/*.jsonl", "session-*.json*.*"),
    waiting=logs.waiting,
    conversation=conversation,
    project=_folder,
    variable=_VARIABLE,
)
