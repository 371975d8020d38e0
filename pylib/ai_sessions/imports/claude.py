"""Claude Code's transcripts: `projects/<folder>/<session>.jsonl`.

A call is written once per block of its answer, each time with the same `message.id` and
`requestId`, sometimes before all of the output was counted; a resumed or forked conversation
repeats the lines of the first. So a call is known by these two, and its last line counts. The
transcript has no cost: `cost-state` lines are running totals of a conversation, not of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

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
    past,
    text,
    utc,
)
from ai_sessions.records import Usage

_MARKS = (b"assistant",)
#: Stands where no model was called (an error that was shown as an answer).
_NO_MODEL = "<synthetic>"


def files(environment: Mapping[str, str]) -> Iterator[Path]:
    moved = environment.get("CLAUDE_CONFIG_DIR", "")
    places = [Path(place) for place in moved.split(",") if place]
    for place in places or (home(environment) / ".claude", home(environment) / ".config/claude"):
        yield from sorted(place.glob("projects/**/*.jsonl"))


def read(path: Path, state: State) -> Found:
    found = logs.read(path, state, _MARKS, take)
    last = {past.interaction.id: past for past in found.calls}
    return Found(tuple(last.values()), found.state, found.bad)


def take(entry: dict[str, Any], _memory: State) -> Iterable[Past]:
    message = entry.get("message")
    if entry.get("type") != "assistant" or not isinstance(message, dict):
        return ()
    model = text(message, "model")
    if not isinstance(message.get("usage"), dict) or model == _NO_MODEL:
        return ()
    call = past(
        "claude",
        _key(entry, message),
        utc(entry["timestamp"]),
        model,
        usage(message["usage"]),
        session=text(entry, "sessionId"),
        folder=text(entry, "cwd"),
        version=text(entry, "version"),
        branch=text(entry, "gitBranch"),
    )
    return (call,)


def usage(raw: Plain) -> Usage:
    """Anthropic's `input_tokens` is only what no cache was involved in."""
    read_tokens = count(raw, "cache_read_input_tokens")
    written = count(raw, "cache_creation_input_tokens")
    return Usage(
        input_tokens=count(raw, "input_tokens") + read_tokens + written,
        output_tokens=count(raw, "output_tokens"),
        cache_read_tokens=read_tokens,
        cache_write_tokens=written,
        cache_write_1h_tokens=count(mapping(raw, "cache_creation"), "ephemeral_1h_input_tokens"),
        reasoning_tokens=count(mapping(raw, "output_tokens_details"), "thinking_tokens"),
    )


def _key(entry: Plain, message: Plain) -> str:
    ids = [text(message, "id"), text(entry, "requestId")]
    return ":".join(filter(None, ids)) or str(entry["uuid"])


SOURCE = Source("claude", files, read)
