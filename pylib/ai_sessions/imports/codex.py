"""Codex's rollouts: `sessions/YYYY/MM/DD/rollout-<time>-<thread>.jsonl`.

New versions write a `token_usage_record` for each call and repeat it as a `token_count`; older ones
write only the latter, some of them more than once. Both carry the running total of the thread,
which tells what is new. The model is that of the last `turn_context`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

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

_MARKS = (b"token_usage_record", b"token_count", b"turn_context", b"session_meta")
_FOLDER = re.compile(rb'"cwd": ?"([^"]+)"')
_HEAD_BYTES = 4096
_COUNTS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    moved = environment.get("CODEX_HOME")
    place = Path(moved) if moved else home(environment) / ".codex"
    for folder in ("sessions", "archived_sessions"):
        yield from sorted(place.glob(f"{folder}/**/rollout-*.jsonl"))


def read(path: Path, state: State) -> Found:
    return logs.read(path, state, _MARKS, take)


def project(path: Path) -> str:
    """By its first line; a folder holds the rollouts of a day."""
    try:
        with path.open("rb") as file:
            found = _FOLDER.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""
    return found[1].decode("utf-8", "replace") if found else ""


def take(entry: dict[str, Any], memory: State) -> Iterable[Past]:
    payload = mapping(entry, "payload")
    kind = entry.get("type")
    if kind == "session_meta":
        _remember_session(payload, memory)
    elif kind == "turn_context":
        _remember(memory, model=text(payload, "model"), cwd=text(payload, "cwd"))
        memory["turn"] = text(payload, "turn_id")
    elif kind == "token_usage_record":
        return _of_record(entry, payload, memory)
    elif kind == "event_msg" and payload.get("type") == "token_count":
        return _of_count(entry, mapping(payload, "info"), memory)
    return ()


def usage(counts: list[int]) -> Usage:
    """The input includes what was cached, the output what was thought."""
    return Usage(
        input_tokens=counts[0],
        output_tokens=counts[3],
        cache_read_tokens=counts[1],
        cache_write_tokens=counts[2],
        reasoning_tokens=counts[4],
    )


def _remember_session(payload: Plain, memory: State) -> None:
    """A forked thread has its own line first, then the one it was forked from."""
    if "session" not in memory:
        memory["session"] = text(payload, "id")
        memory["version"] = text(payload, "cli_version")
        memory["branch"] = text(mapping(payload, "git"), "branch")
        _remember(memory, cwd=text(payload, "cwd"))


def _remember(memory: State, **facts: str) -> None:
    memory.update({key: value for key, value in facts.items() if value})


def _of_record(entry: Plain, payload: Plain, memory: State) -> Iterable[Past]:
    total = _counts(mapping(payload, "thread_token_usage"))
    if any(total) and total == memory.get("total"):
        return ()
    key = text(payload, "response_id") or _place(memory, total)
    call = _call(entry, memory, key, _counts(mapping(payload, "usage")))
    memory["total"] = total
    return call


def _of_count(entry: Plain, info: Plain, memory: State) -> Iterable[Past]:
    """`info` is empty where only limits are told; an unchanged total tells nothing new."""
    total = _counts(mapping(info, "total_token_usage"))
    before = memory.get("total")
    if not any(total) or total == before:
        return ()
    last = mapping(info, "last_token_usage")
    spent = [now - then for now, then in zip(total, before or [0] * len(total), strict=True)]
    if last and (before is None or min(spent) < 0):
        # a thread that goes on from another: what came before is counted there
        spent = _counts(last)
    elif min(spent) < 0:
        spent = total
    call = _call(entry, memory, _place(memory, total), spent)
    memory["total"] = total
    return call


def _call(entry: Plain, memory: State, key: str, counts: list[int]) -> Iterable[Past]:
    if not any(counts):
        return ()
    call = Past(
        "codex",
        key,
        times.utc(entry["timestamp"]),
        memory.get("model", ""),
        usage(counts),
        session=memory.get("session", ""),
        folder=memory.get("cwd", ""),
        version=memory.get("version", ""),
        branch=memory.get("branch", ""),
    )
    return (call,)


def _place(memory: State, total: list[int]) -> str:
    """Where in which thread: the same in the copy that a fork makes of its past."""
    thread = memory.get("turn") or memory.get("session", "")
    return f"{thread}:{'-'.join(map(str, total))}"


def _counts(raw: Plain) -> list[int]:
    return [count(raw, key) for key in _COUNTS]


SOURCE = Source("codex", files, read, "rollout-*.jsonl", logs.waiting, project)
