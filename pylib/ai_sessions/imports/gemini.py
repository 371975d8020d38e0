"""Gemini CLI's chats: `tmp/<project>/chats/session-<minute>-<id>.jsonl`, and those of their
sub-agents: `tmp/<project>/chats/<id>/<sub-agent>.jsonl`.

An answer (`type: gemini`) has its tokens. After a resume a `$set` line repeats earlier messages,
most often without their tokens; the id of a message tells that it is the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from ai_sessions import times
from ai_sessions.imports import logs
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
from ai_sessions.records import Usage

_MARKS = (b"tokens", b"sessionId")
_CHATS = "tmp/*/chats"
#: Characters of an id that the name of a chat's file has.
_KEY = 8


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    place = _place(environment)
    yield from sorted(
        [*place.glob(f"{_CHATS}/session-*.jsonl"), *place.glob(f"{_CHATS}/*/*.jsonl")]
    )


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    place = _place(environment)
    yield from place.glob(f"{_CHATS}/session-*-{id_[:_KEY]}.jsonl")
    yield from place.glob(f"{_CHATS}/{id_}/*.jsonl")


def _place(environment: Mapping[str, str]) -> Path:
    moved = environment.get("GEMINI_CLI_HOME")
    return (Path(moved) if moved else home(environment)) / ".gemini"


def read(path: Path, state: State) -> Found:
    parent = path.parent.name if path.parent.parent.name == "chats" else ""
    found = logs.read(path, state, _MARKS, partial(take, folder=_folder(path), parent=parent))
    first: dict[str, Past] = {}
    for call in found.calls:
        first.setdefault(call.id, call)
    return Found(tuple(first.values()), found.state, found.bad)


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
    return Usage(
        input_tokens=count(raw, "input") + count(raw, "tool"),
        output_tokens=count(raw, "output") + thoughts,
        cache_read_tokens=count(raw, "cached"),
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
    try:
        [chats] = [one for one in path.parents if one.name == "chats"]
        known = orjson.loads((chats.parents[2] / "projects.json").read_bytes())
    except (OSError, ValueError, IndexError):
        return ""
    projects = mapping(known, "projects") or known if isinstance(known, dict) else {}
    names = {name: folder for folder, name in projects.items() if isinstance(name, str)}
    return names.get(chats.parent.name, "")


SOURCE = Source("gemini", files, read, "*.jsonl", logs.waiting, conversation, _folder)
