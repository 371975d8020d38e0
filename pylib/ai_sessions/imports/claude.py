"""Claude Code's transcripts: `projects/<folder>/<session>.jsonl`.

A call is written once per block of its answer, each time with the same `message.id` and
`requestId`, sometimes before all of the output was counted; a resumed or forked conversation
repeats the lines of the first. So a call is known by these two, and its last line counts; an answer
without a `stop_reason` waits, and what a look came too early for all the same is told by the next.
Since 1.0.9 a transcript has no cost: `cost-state` lines are running totals of a conversation, not
of a call.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import filterfalse
from pathlib import Path
from typing import Any

from ai_sessions import times
from ai_sessions.imports import logs, packed, places
from ai_sessions.imports.contract import (
    Found,
    Past,
    Plain,
    Row,
    Scanned,
    Source,
    State,
    Table,
    count,
    home,
    mapping,
    past_of,
    row_of,
    text,
)
from ai_sessions.money import nano
from ai_sessions.records import Cost, Usage

_MARKS = (b"assistant",)
_WRITTEN, _HOUR = "cache_creation_input_tokens", "ephemeral_1h_input_tokens"
#: What a usage has of which the price is made, or nothing.
_USUAL = frozenset(
    {
        *("input_tokens", "output_tokens", "cache_read_input_tokens", _WRITTEN, "cache_creation"),
        *("output_tokens_details", "server_tool_use", "service_tier", "speed", "iterations"),
        *("inference_geo", "fallback_credit"),
    }
)
#: A power of two: what is below it and no number is negative, neither is what their bits make up.
_LARGE = 2**53
#: Stands where no model was called (an error that was shown as an answer).
_NO_MODEL = "<synthetic>"
#: So many answers at the end of a log may not be whole: those of agents beside each other.
_STILL_WRITTEN = 4
_ID, _REQUEST = b'"id":"', b'"requestId":"'
_IDS = re.compile(rb'"id": ?"([^"\\]+)"')
_VARIABLE = "CLAUDE_CONFIG_DIR"


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    yield from places.below(map(_projects, _places(environment)), _is_log)


def _places(environment: Mapping[str, str]) -> list[Path]:
    user = home(environment)
    return places.named(environment, _VARIABLE) or [user / ".claude", user / ".config/claude"]


def _projects(place: Path) -> Path:
    """Some name the folder of the transcripts itself."""
    inner = place / "projects"
    return place if place.name == "projects" and not inner.exists() else inner


def _is_log(name: str) -> bool:
    return packed.bare(name).endswith(".jsonl")


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    """Its transcript, and those of its sub-agents in a folder beside that."""
    for place in map(_projects, _places(environment)):
        yield from place.glob(f"*/{id_}.jsonl")
        yield from place.glob(f"*/{id_}/**/*.jsonl")


def read(path: Path, state: State) -> Found:
    """All that the log tells, of answers that are being written, too."""
    return _scanned(path, state, now=None).found


def scan(path: Path, state: State, now: float | None = None) -> Scanned:
    """The same, but an answer that is being written waits for the next look."""
    return _scanned(path, state, time.time() if now is None else now)


def compiled(path: Path, state: State, table: Table) -> Scanned | None:
    """The same as `scan`, by the compiled scan."""
    now = time.time()
    waits = not logs.is_quiet(os.stat(path), now)
    scanned = logs.compiled(
        path, state, table, lambda memory: _Compiled(memory, table, waits=waits), now
    )
    return _finished(path, scanned) if scanned else None


def _scanned(path: Path, state: State, now: float | None) -> Scanned:
    waits = now is not None and not logs.is_quiet(os.stat(path), now)
    scanned = logs.scan(path, state, lambda memory: _Answers(memory, waits=waits), now)
    if scanned is None:
        return Scanned((), state)
    answers, position = scanned
    return _finished(path, Scanned(answers.rows(), position, answers.bad))


def _finished(path: Path, scanned: Scanned) -> Scanned:
    rows = scanned.rows
    if path.parent.name == "subagents" and rows:
        rows = _without_replay(list(rows), path.parent.parent)
    return _told_apart(rows, scanned.state, scanned.bad)


class _Answers:
    """The answers of a transcript, each as its last readable line tells it."""

    def __init__(self, memory: State, *, waits: bool) -> None:
        """`waits`: an answer that is being written is held back."""
        self.memory = memory
        self.bad = 0
        self._waits = waits
        self._rows: dict[str, list[Row]] = {}
        self._places: dict[str, int] = {}
        """Where the first line of each is in the file."""
        self._open: set[str] = set()
        """Answers that have no end yet."""

    @property
    def held(self) -> int | None:
        return min(self._held().values(), default=None)

    def rows(self) -> Sequence[Row]:
        held = self._held()
        return [row for key, rows in self._rows.items() if key not in held for row in rows]

    def _held(self) -> dict[str, int]:
        last = list(self._rows)[-_STILL_WRITTEN:]
        return {key: self._places[key] for key in last if key in self._open}

    def take(self, block: bytes, end: int, place: int) -> None:
        lines: dict[object, list[logs.Span]] = {}
        for span in logs.marked(block, end, _MARKS):
            known = _known_by(block, *span)
            lines[known] = [*lines.pop(known, ()), span]
        for spans in lines.values():
            for start, line_end in reversed(spans):
                if self._took(block[start:line_end], place + spans[0][0]):
                    break

    def _took(self, line: bytes, place: int) -> bool:
        """Whether the line is an answer that could be read."""
        try:
            entry = logs.parsed(line)
            if not (isinstance(entry, dict) and _is_answer(entry)):
                return False
            key = _key(entry, entry["message"])
            usual = _usual(key, entry)
            rows = [usual] if usual else list(map(row_of, _calls(key, entry)))
        except (ValueError, TypeError, KeyError):
            self.bad += 1
            return False
        self._rows.pop(key, None)
        self._rows[key] = rows
        self._places[key] = min(place, self._places.get(key, place))
        if self._waits and entry["message"].get("stop_reason", "") is None:
            self._open.add(key)
        else:
            self._open.discard(key)
        return True


class _Compiled:
    """The same by the compiled scan, which takes all answers of a log or none."""

    def __init__(self, memory: State, table: Table, *, waits: bool) -> None:
        self.memory = memory
        self.bad = 0
        self._table, self._start, self._waits = table, len(table), waits
        self._held: dict[int, int] | None = None
        """Answers that wait, and where they begin in the file; known when all lines are in."""

    @property
    def held(self) -> int | None:
        return min(self._settled().values(), default=None)

    def rows(self) -> Sequence[Row]:
        held = self._settled()
        numbers = range(self._start, len(self._table))
        return self._table.rows(filterfalse(held.__contains__, numbers))

    def _settled(self) -> dict[int, int]:
        if self._held is None:
            self._table.settle(self._start)
            self._held = self._still_written() if self._waits else {}
        return self._held

    def _still_written(self) -> dict[int, int]:
        last = max(self._start, len(self._table) - _STILL_WRITTEN)
        states = zip(self._table.opens(last), self._table.places(last), strict=True)
        return {last + number: place for number, (is_open, place) in enumerate(states) if is_open}

    def take(self, block: bytes, end: int, place: int) -> None:
        """Raises `UnusualError`."""
        self._table.claude(block, end, place)


def _known_by(block: bytes, start: int, end: int) -> object:
    """The same for lines that repeat an answer, as far as it can be told without parsing them."""
    id_at = block.find(_ID, start, end)
    request_at = block.rfind(_REQUEST, start, end)
    if id_at < 0 or request_at < 0:
        return start
    id_at, request_at = id_at + len(_ID), request_at + len(_REQUEST)
    id_ = block[id_at : block.find(b'"', id_at, end)]
    return id_, block[request_at : block.find(b'"', request_at, end)]


def _without_replay(rows: list[Row], session: Path) -> list[Row]:
    """Without the answers that an aside (`/btw`) repeats from its conversation, under new requests.

    `session` is the folder beside the transcript of the conversation.
    """
    transcript = session.with_name(f"{session.name}.jsonl")
    try:
        there = transcript.stat()
    except OSError:
        return rows
    known = _ids_in(transcript, there.st_size, there.st_mtime_ns)
    return [row for row in rows if row.id.split(":")[1].encode() not in known]


@lru_cache(maxsize=8)
def _ids_in(path: Path, _size: int, _time: int) -> frozenset[bytes]:
    try:
        return frozenset(_IDS.findall(path.read_bytes()))
    except OSError:
        return frozenset()


def _usual(key: str, entry: Plain) -> Row | None:
    """The call of a line of the usual form, which is what `_calls` makes of it; None for others."""
    message = entry["message"]
    used = message["usage"]
    model: Any = message.get("model")
    at: Any = entry.get("timestamp")
    if not (used.keys() <= _USUAL and _is_plain(used) and type(model) is str):
        return None
    told, by_time, details = used.get, used.get("cache_creation"), used.get("output_tokens_details")
    fresh, said = told("input_tokens", 0), told("output_tokens", 0)
    cached, written = told("cache_read_input_tokens", 0), told(_WRITTEN, 0)
    hour = by_time.get(_HOUR, 0) if type(by_time) is dict else 0
    thought = details.get("thinking_tokens", 0) if type(details) is dict else 0
    if not (type(fresh) is type(said) is type(cached) is type(written) is int):
        return None
    if (
        not type(hour) is type(thought) is int
        or not 0 <= (fresh | said | cached | written | hour | thought) < _LARGE
    ):
        return None
    fact = entry.get
    session, folder = fact("sessionId", ""), fact("cwd", "")
    version, branch = fact("version", ""), fact("gitBranch", "")
    if not (type(session) is type(folder) is type(version) is type(branch) is str):
        return None
    if "costUSD" in entry or not times.is_stamp(at):
        return None
    counts = (fresh + cached + written, said, cached, written, hour, thought)
    return Row(f"claude:{key}", at, model, counts, session, folder, version, branch)


def _is_plain(used: Plain) -> bool:
    """Whether nothing in it has a price of its own."""
    searched = used.get("server_tool_use")
    return not (
        used.get("speed", "standard") != "standard"
        or used.get("service_tier", "standard") != "standard"
        or used.get("iterations")
        or (searched and (type(searched) is not dict or any(searched.values())))
    )


def _calls(key: str, entry: Plain) -> list[Past]:
    """The answer, and what other models did for it."""
    message = entry["message"]
    told = message["usage"]
    model = text(message, "model")
    answer = Past(
        "claude",
        key,
        times.utc(entry["timestamp"]),
        # a faster service has a price of its own
        f"{model}-fast" if told.get("speed") == "fast" else model,
        usage(told),
        session=text(entry, "sessionId"),
        folder=text(entry, "cwd"),
        version=text(entry, "version"),
        branch=text(entry, "gitBranch"),
        searches=count(mapping(told, "server_tool_use"), "web_search_requests"),
        cost=_own_cost(entry),
    )
    if not told.get("iterations"):
        return [answer]
    return [answer, *_beside(answer, told["iterations"])]


def _beside(answer: Past, iterations: Any) -> Iterator[Past]:
    """Calls that the totals of an answer lack: those of an advisor, and of a compaction."""
    for number, one in enumerate(iterations if isinstance(iterations, list) else ()):
        if isinstance(one, dict) and one.get("type") != "message":
            used = usage(one)
            if used.total_tokens:
                model = text(one, "model") or answer.model
                key = f"{answer.key}:{number}"
                yield replace(answer, key=key, model=model, usage=used, searches=0)


def _own_cost(entry: Plain) -> Cost:
    """What a version before 1.0.9 says that the call cost; its 0 is that of a model it knew no
    price of.
    """
    dollars = entry.get("costUSD")
    if isinstance(dollars, bool) or not isinstance(dollars, int | float) or not dollars > 0:
        return Cost()
    return Cost(nano(dollars), "client")


def _is_answer(entry: Plain) -> bool:
    message = entry.get("message")
    return (
        entry.get("type") == "assistant"
        and isinstance(message, dict)
        and isinstance(message.get("usage"), dict)
        and text(message, "model") != _NO_MODEL
    )


def _told_apart(rows: Sequence[Row], state: State, bad: int) -> Scanned:
    """The answers that were last in the last look may have grown since: only that is new."""
    if not rows:
        return Scanned(rows, state, bad)
    before: dict[str, list[int]] = state["memory"].get("last", {})
    told = before | {one.id: _seen(one) for one in rows[-_STILL_WRITTEN:]}
    last = dict(list(told.items())[-_STILL_WRITTEN:])
    grown = [_grown(one, before) for one in rows] if before else rows
    return Scanned(grown, {**state, "memory": {**state["memory"], "last": last}}, bad)


def _grown(row: Row, before: Mapping[str, list[int]]) -> Row:
    """`row`, or only what it has more than when it was last told."""
    if row.id not in before:
        return row
    *counts, searches = _seen(row)
    seen, searched = before[row.id][: len(counts)], sum(before[row.id][len(counts) :])
    more = [now - then for now, then in zip(counts, seen, strict=True)]
    if min(more) < 0 or not any(more):
        return row
    made: Callable[..., Usage] = Usage
    one = past_of(row)
    return row_of(
        replace(
            one,
            key=f"{one.key}+{one.usage.output_tokens}",
            usage=made(*more),
            searches=max(0, searches - searched),
            before=made(*seen),
        )
    )


def _seen(row: Row) -> list[int]:
    return [*row.counts, row.past.searches if row.past else 0]


def usage(raw: Plain) -> Usage:
    """Anthropic's `input_tokens` is only what no cache was involved in."""
    read_tokens = count(raw, "cache_read_input_tokens")
    written = count(raw, "cache_creation_input_tokens")
    return Usage(
        count(raw, "input_tokens") + read_tokens + written,
        count(raw, "output_tokens"),
        read_tokens,
        written,
        count(mapping(raw, "cache_creation"), "ephemeral_1h_input_tokens"),
        count(mapping(raw, "output_tokens_details"), "thinking_tokens"),
    )


def _key(entry: Plain, message: Plain) -> str:
    id_, request = text(message, "id"), text(entry, "requestId")
    return f"{id_}:{request}" if id_ and request else id_ or request or str(entry["uuid"])


SOURCE = Source(
    "claude",
    files,
    read,
    scan,
    compiled=compiled,
    waiting=logs.waiting,
    conversation=conversation,
    variable=_VARIABLE,
)
