"""Claude Code's transcripts: `projects/<folder>/<session>.jsonl`.

A call is written once per block of its answer, each time with the same `message.id` and
`requestId`, sometimes before all of the output was counted; a resumed or forked conversation
repeats the lines of the first. So a call is known by these two, and its last line counts; what a
look came too early for is told by the next. The transcript has no cost: `cost-state`
lines are running totals of a conversation, not of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from ai_sessions import times, token_kinds
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

_MARKS = (b"assistant",)
_COUNTS = attrgetter(*token_kinds.FIELDS.values())
#: Stands where no model was called (an error that was shown as an answer).
_NO_MODEL = "<synthetic>"
#: So many answers at the end of a log may not be whole: those of agents beside each other.
_STILL_WRITTEN = 4


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    for place in _places(environment):
        yield from sorted(place.glob("projects/**/*.jsonl"))


def _places(environment: Mapping[str, str]) -> list[Path]:
    moved = environment.get("CLAUDE_CONFIG_DIR", "")
    places = [Path(place) for place in moved.split(",") if place]
    return places or [home(environment) / ".claude", home(environment) / ".config/claude"]


def conversation(environment: Mapping[str, str], id_: str) -> Iterator[Path]:
    """Its transcript, and those of its sub-agents in a folder beside that."""
    for place in _places(environment):
        for path in place.glob(f"projects/*/{id_}.jsonl"):
            yield path
            yield from sorted(path.with_suffix("").glob("**/*.jsonl"))


def read(path: Path, state: State) -> Found:
    answers: dict[str, list[Plain]] = {}

    def note(entry: dict[str, Any], _memory: State) -> Iterable[Past]:
        if _is_answer(entry):
            key = _key(entry, entry["message"])
            answers[key] = [*answers.pop(key, ()), entry]
        return ()

    found = logs.read(path, state, _MARKS, note)
    calls: list[Past] = []
    bad = found.bad
    for key, lines in answers.items():
        call, unreadable = _last(key, lines)
        bad += unreadable
        calls += call
    return _told_apart(calls, found.state, bad)


def _last(key: str, lines: list[Plain]) -> tuple[Iterable[Past], int]:
    """The call as its last readable line tells it, and how many lines were not."""
    for unreadable, entry in enumerate(reversed(lines)):
        try:
            return _calls(key, entry), unreadable
        except (ValueError, TypeError, KeyError):
            continue
    return (), len(lines)


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


def _is_answer(entry: Plain) -> bool:
    message = entry.get("message")
    return (
        entry.get("type") == "assistant"
        and isinstance(message, dict)
        and isinstance(message.get("usage"), dict)
        and text(message, "model") != _NO_MODEL
    )


def _told_apart(calls: list[Past], state: State, bad: int) -> Found:
    """The answers that were last in the last look may have grown since: only that is new."""
    if not calls:
        return Found((), state, bad)
    before: dict[str, list[int]] = state["memory"].get("last", {})
    told = before | {one.id: _seen(one) for one in calls[-_STILL_WRITTEN:]}
    last = dict(list(told.items())[-_STILL_WRITTEN:])
    grown = tuple(_grown(one, before) for one in calls)
    return Found(grown, {**state, "memory": {**state["memory"], "last": last}}, bad)


def _grown(one: Past, before: Mapping[str, list[int]]) -> Past:
    """`one`, or only what it has more than when it was last told."""
    if one.id not in before:
        return one
    *counts, searches = _seen(one)
    *seen, searched = before[one.id]
    more = [now - then for now, then in zip(counts, seen, strict=True)]
    if min(more) < 0 or not any(more):
        return one
    made: Callable[..., Usage] = Usage
    return replace(
        one,
        key=f"{one.key}+{one.usage.output_tokens}",
        usage=made(*more),
        searches=max(0, searches - searched),
        before=made(*seen),
    )


def _seen(one: Past) -> list[int]:
    return [*_COUNTS(one.usage), one.searches]


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


SOURCE = Source("claude", files, read, waiting=logs.waiting, conversation=conversation)
