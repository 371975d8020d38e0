"""Codex's rollouts: `sessions/YYYY/MM/DD/rollout-<time>-<thread>.jsonl`.

New versions write a `token_usage_record` for each call and repeat it as a `token_count`; older ones
write only the latter, some of them more than once. Both carry the running total of the thread,
which tells what is new. The model is that of the last `turn_context`. A thread that was forked from
another begins with what that one counted, all of it written in one moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

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

_MARKS = (
    *(b"token_usage_record", b"token_count", b"turn_context", b"session_meta"),
    b"task_started",
)
_VARIABLE = "CODEX_HOME"
#: A fork repeats its past in less than this; its own first answer takes longer.
_REPEATS = timedelta(seconds=1)
#: So many of the newest folders, a day each, may have what a running call has begun.
_DAYS = 2
_PRIORITY = "priority"
#: How a line of the usual form begins: time, kind, and for events their own kind.
_BEGIN, _TYPE, _EVENT = b'{"timestamp":"', b',"type":"', b',"payload":{"type":"'
#: Most lines are of this kind, at this place in the line.
_RESPONSE, _TIME_ENDS = b'"type":"response_item"', len('{"timestamp":"2026-10-01T00:00:00.000Z",')
#: Kinds with a running total, by the name it has in them; and others that `take` looks at.
_TOTALS = {
    b"token_usage_record": b'"thread_token_usage":{',
    b"token_count": b'"total_token_usage":{',
}
_OTHER_KINDS = (b"turn_context", b"session_meta", b"task_started", b"event_msg")
#: A power of two: what is below it and no number is negative, neither is what their bits make up.
_LARGE = 2**53
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
    yield from places.below(_folders(environment), _is_log)


def _folders(environment: Mapping[str, str]) -> list[Path]:
    """First those of threads that are not archived."""
    homes = places.named(environment, _VARIABLE) or [home(environment) / ".codex"]
    return [place / name for name in ("sessions", "archived_sessions") for place in homes]


def _is_log(name: str) -> bool:
    return name.startswith("rollout-") and packed.bare(name).endswith(".jsonl")


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    """The thread's own, and of those that were begun lately the ones of its sub-agents."""
    folders = _folders(environment)
    for place in folders:
        yield from place.glob(f"**/rollout-*-{id_}.jsonl")
    for day in sorted(folders[0].glob("*/*/*"), reverse=True)[:_DAYS]:
        for path in day.glob("rollout-*.jsonl"):
            if not path.stem.endswith(id_) and id_.encode() in _head(path):
                yield path


def read(path: Path, state: State) -> Found:
    return logs.read(path, state, _MARKS, take)


def scan(path: Path, state: State) -> Scanned:
    """The same as `read`, in one pass over the bytes."""
    scanned = logs.scan(path, state, _Rollout)
    if scanned is None:
        return Scanned((), state)
    rollout, position = scanned
    return Scanned(rollout.rows, position, rollout.bad)


def compiled(path: Path, state: State, table: Table) -> Scanned | None:
    """The same as `scan`, by the compiled scan."""
    return logs.compiled(path, state, table, lambda memory: _Compiled(memory, table))


class _Compiled:
    """The calls of a rollout by the compiled scan; Python reads what other lines tell of them."""

    held = None

    def __init__(self, memory: State, table: Table) -> None:
        self._memory, self._table, self._start = memory, table, len(table)
        self._tell()

    @property
    def memory(self) -> State:
        for name, counts in zip(("total", "recorded"), self._table.told(), strict=True):
            if counts is None:
                self._memory.pop(name, None)
            else:
                self._memory[name] = counts
        return self._memory

    def rows(self) -> Sequence[Row]:
        return self._table.rows(range(self._start, len(self._table)))

    def take(self, block: bytes, end: int, place: int) -> None:
        """Raises `UnusualError`."""
        at = 0
        while span := self._table.codex(block, end, at, place):
            self._learn(block[slice(*span)])
            at = span[1] + 1

    def _learn(self, line: bytes) -> None:
        """From a line that is no call."""
        try:
            entry = logs.parsed(line)
            if isinstance(entry, dict) and any(take(entry, self.memory)):
                raise UnusualError
        except (ValueError, TypeError, KeyError):
            raise UnusualError from None
        self._tell()

    def _tell(self) -> None:
        known = self._memory.get
        names = ("model", "session", "cwd", "version", "branch", "turn", "thread")
        texts = Context(*(known(name, "") for name in names))
        is_forked = "forked" in self._memory
        total, recorded = known("total"), known("recorded")
        self._table.tell(texts._replace(forked=is_forked, total=total, recorded=recorded))


class _Rollout:
    """The calls of a rollout, most of whose lines need not be parsed.

    A line of the usual form begins with its time and its kind.
    """

    held = None

    def __init__(self, memory: State) -> None:
        self.memory = memory
        self.rows: list[Row] = []
        self.bad = 0
        self._total = b""
        """The thread's running total as it was last written; a line that repeats it is no call."""

    def take(self, block: bytes, end: int, _place: int) -> None:
        start = 0
        while start < end:
            line_end = block.find(b"\n", start)
            total = _total_in(block, start, line_end)
            if total is not None and not (total and total == self._total):
                self._parse(block[start:line_end], total)
            start = line_end + 1

    def _parse(self, line: bytes, total: bytes) -> None:
        try:
            entry = logs.parsed(line)
            if isinstance(entry, dict):
                usual = _usual(entry, self.memory)
                self.rows += [usual] if usual else map(row_of, take(entry, self.memory))
                self._total = total or self._total
        except (ValueError, TypeError, KeyError):
            self.bad += 1


def _total_in(block: bytes, start: int, end: int) -> bytes | None:
    """The running total that a line tells, as it is written, or nothing; None when the line is
    certainly none that `take` makes anything of.
    """
    if block.startswith(_RESPONSE, start + _TIME_ENDS) and block.startswith(_BEGIN, start):
        return None
    kind_at = block.find(b'"', start + len(_BEGIN), end) + 1
    if not (block.startswith(_BEGIN, start) and block.startswith(_TYPE, kind_at)):
        return b"" if any(block.find(mark, start, end) >= 0 for mark in _MARKS) else None
    kind_at += len(_TYPE)
    kind_ends = block.find(b'"', kind_at, end)
    kind = block[kind_at:kind_ends]
    if kind == b"event_msg" and block.startswith(_EVENT, kind_ends + 1):
        event_at = kind_ends + 1 + len(_EVENT)
        kind = block[event_at : block.find(b'"', event_at, end)]
    name = _TOTALS.get(kind)
    if not name:
        return b"" if kind in _OTHER_KINDS else None
    total_at = block.find(name, start, end)
    return b"" if total_at < 0 else block[total_at + len(name) : block.find(b"}", total_at, end)]


def _usual(entry: Plain, memory: State) -> Row | None:
    """The call of a line of the usual form, which is what `take` makes of it; None for others."""
    payload, kind = entry.get("payload"), entry.get("type")
    if (
        type(payload) is not dict
        or "forked" in memory
        or not times.is_stamp(entry.get("timestamp"))
    ):
        return None
    if kind == "token_usage_record":
        return _usual_record(entry["timestamp"], payload, memory)
    is_count = kind == "event_msg" and payload.get("type") == "token_count"
    return _usual_count(entry["timestamp"], payload.get("info"), memory) if is_count else None


def _usual_record(at: str, payload: Plain, memory: State) -> Row | None:
    id_ = payload.get("response_id")
    used, total = (_plain_counts(payload.get(name)) for name in ("usage", "thread_token_usage"))
    if payload.get("service_tier") == _PRIORITY or not (id_ and type(id_) is str):
        return None
    if not (used and total and _is_sound(used)) or total == memory.get("total"):
        return None
    memory["total"], memory["recorded"] = total, used
    return _row(at, id_, used, memory)


def _usual_count(at: str, info: Any, memory: State) -> Row | None:
    """Of a thread without records."""
    if type(info) is not dict or "recorded" in memory:
        return None
    before = memory.get("total")
    total, last = (_plain_counts(info.get(f"{name}_token_usage")) for name in ("total", "last"))
    if not total or not last or total == before:
        return None
    spent = [now - then for now, then in zip(total, before, strict=True)] if before else last
    if min(spent) < 0 or not _is_sound(spent):
        return None
    memory["total"] = total
    return _row(at, _place(memory, total), spent, memory)


def _is_sound(counts: list[int]) -> bool:
    """Whether the parts are no more than the whole."""
    given, cached, written, said, thought = counts
    return cached + written <= given and thought <= said


def _row(at: str, key: str, spent: list[int], memory: State) -> Row:
    given, cached, written, said, thought = spent
    model, session, folder = (memory.get(name, "") for name in ("model", "session", "cwd"))
    version, branch = memory.get("version", ""), memory.get("branch", "")
    counts = (given, said, cached, written, 0, thought)
    return Row(f"codex:{key}", at, model, counts, session, folder, version, branch)


def _plain_counts(raw: Any) -> list[int] | None:
    """The same as `_counts`; None when it takes more to read them, or all are 0."""
    if type(raw) is not dict:
        return None
    told = raw.get
    given, cached, written = told(_COUNTS[0], 0), told(_COUNTS[1], 0), told(_COUNTS[2], 0)
    said, thought = told(_COUNTS[3], 0), told(_COUNTS[4], 0)
    if not (type(given) is type(cached) is type(written) is type(said) is type(thought) is int):
        return None
    if not 0 < (given | cached | written | said | thought) < _LARGE:
        return None
    return [given, cached, written, said, thought]


def project(path: Path) -> str:
    """By its first line; a folder holds the rollouts of a day."""
    found = _FOLDER.search(_head(path))
    return found[1].decode("utf-8", "replace") if found else ""


def _head(path: Path) -> bytes:
    if packed.is_packed(path):
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""


def take(entry: dict[str, Any], memory: State) -> Iterable[Past]:
    payload = mapping(entry, "payload")
    kind = entry.get("type")
    if kind == "session_meta":
        _remember_session(entry, payload, memory)
    elif kind == "turn_context":
        turn = text(payload, "turn_id")
        _remember(memory, model=text(payload, "model"), cwd=text(payload, "cwd"), turn=turn)
    elif kind == "event_msg" and payload.get("type") == "task_started":
        _remember(memory, turn=text(payload, "turn_id"))
    elif kind == "token_usage_record":
        return _of_record(entry, payload, memory)
    elif kind == "event_msg" and payload.get("type") == "token_count":
        return _of_count(entry, mapping(payload, "info"), memory)
    return ()


def usage(counts: list[int]) -> Usage:
    """The input includes what was cached, the output what was thought.

    After a reset some say that more was cached than went in: all of it was then.
    """
    given, cached, written, said, thought = counts
    return Usage(
        input_tokens=given,
        output_tokens=said,
        cache_read_tokens=min(cached, given),
        cache_write_tokens=min(written, max(0, given - cached)),
        reasoning_tokens=min(thought, said),
    )


def _remember_session(entry: Plain, payload: Plain, memory: State) -> None:
    """A forked thread has its own line first, then the one it was forked from. A sub-agent's names
    the session that it works for.
    """
    if "thread" not in memory:
        memory["thread"] = text(payload, "id")
        memory["session"] = text(payload, "session_id") or memory["thread"]
        memory["version"] = text(payload, "cli_version")
        memory["branch"] = text(mapping(payload, "git"), "branch")
        _remember(memory, cwd=text(payload, "cwd"))
    if text(payload, "forked_from_id") or text(payload, "id") != memory["thread"]:
        memory.setdefault("forked", entry.get("timestamp"))


def _remember(memory: State, **facts: str) -> None:
    memory.update({key: value for key, value in facts.items() if value})


def _of_record(entry: Plain, payload: Plain, memory: State) -> Iterable[Past]:
    total = _counts(mapping(payload, "thread_token_usage"))
    if any(total) and total == memory.get("total"):
        return ()
    used = _counts(mapping(payload, "usage"))
    key = text(payload, "response_id") or _place(memory, total)
    call = _call(entry, memory, key, used, text(payload, "service_tier"))
    if any(total):
        memory["total"] = total
    memory["recorded"] = used
    thread = text(payload, "thread_id")
    is_repeat = "forked" in memory and thread not in ("", memory.get("thread"))
    return () if is_repeat else call


def _of_count(entry: Plain, info: Plain, memory: State) -> Iterable[Past]:
    """`info` is empty where only limits are told; an unchanged total tells nothing new."""
    total = _counts(mapping(info, "total_token_usage"))
    before = memory.get("total")
    if not any(total) or total == before:
        return ()
    last = mapping(info, "last_token_usage")
    if _is_repeated(entry, memory) or (last and _counts(last) == memory.pop("recorded", None)):
        memory["total"] = total
        return ()
    spent = [now - then for now, then in zip(total, before or [0] * len(total), strict=True)]
    if last and (before is None or min(spent) < 0):
        # a thread that goes on from another: what came before is counted there
        spent = _counts(last)
    elif min(spent) < 0:
        spent = total
    call = _call(entry, memory, _place(memory, total), spent)
    memory["total"] = total
    return call


def _is_repeated(entry: Plain, memory: State) -> bool:
    """Whether this is what a fork repeats of the thread that it goes on from."""
    forked, at = times.read(memory.get("forked")), times.read(entry.get("timestamp"))
    return forked is not None and at is not None and at - forked < _REPEATS


def _call(
    entry: Plain, memory: State, key: str, counts: list[int], tier: str = ""
) -> Iterable[Past]:
    if not any(counts):
        return ()
    model = memory.get("model", "")
    call = Past(
        "codex",
        key,
        times.utc(entry["timestamp"]),
        f"{model}-priority" if model and tier == _PRIORITY else model,
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


SOURCE = Source(
    "codex",
    files,
    read,
    scan,
    compiled=compiled,
    patterns=("rollout-*.jsonl", "rollout-*.jsonl.*"),
    waiting=logs.waiting,
    conversation=conversation,
    project=project,
    variable=_VARIABLE,
)
