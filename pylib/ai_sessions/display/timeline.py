"""What happened in a conversation, a line for each: who said what, and the marks between.

Marks are breaks, summaries, pins, errors and the places where it was forked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import controls
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import failures
from ai_sessions.records import (
    SUMMARY,
    Change,
    Entry,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
)

#: Topics of notes, as those who write them call them.
_FORK, _LINK, _ERROR = "fork", "link", "error"
_REASONS = {
    "clear": "cleared",
    "threshold": "summarized, as its limit was near",
    "manual": "a new segment",
    "model_switch": "another model",
    "compaction": "the agent has compacted its context",
}
#: Names of forks by the point that they left at: number of the entry, place of the message in it
#: (None: behind all of them).
Forks = Mapping[tuple[int, int | None], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind`: the role of a message, or what a mark is of. `id`: of the message, else the number of
    the entry. `text`: one line.
    """

    kind: str
    text: str
    id: str = ""
    at: str = ""
    message: Message | None = None
    """None: it is a mark."""


def moments(entries: Iterable[Entry], forks: Forks) -> Iterator[Moment]:
    """In the order of the entries."""
    for entry in entries:
        if isinstance(entry, (Said, Interaction)):
            yield from _messages(entry, forks)
        elif found := mark(entry):
            yield found
        yield from _forked(entry.seq, None, forks)


def last(found: list[Moment], count: int) -> list[Moment]:
    """From the last `count` messages on, the marks between and behind them."""
    places = [at for at, one in enumerate(found) if one.message]
    if len(places) <= count:
        return found
    return found[places[-count - 1] + 1 :]


def said(message: Message) -> str:
    """What a message says, in one line: its text, its tool calls, the parts beside the text."""
    calls = map(tool_call, message.tool_calls)
    parts = (f"[{part.get('type', 'part')}]" for part in message.parts)
    tool = f"{message.name or message.tool_call_id}: " if message.role == "tool" else ""
    failed = "failed: " if message.is_error else ""
    text = f"{tool}{failed}{message.text}"
    return controls.one_line(" ".join(filter(None, (text, *calls, *parts))))


def tool_call(call: ToolCall) -> str:
    """`calls weather {"city": "Łódź"}`."""
    given = call.arguments
    is_text = given is None or isinstance(given, str)
    shown = given or "" if is_text else json.dumps(given, ensure_ascii=False, default=str)
    return f"calls {call.name} {shown}".rstrip()


def _messages(entry: Said | Interaction, forks: Forks) -> Iterator[Moment]:
    if isinstance(entry, Interaction) and entry.purpose == SUMMARY:
        if entry.status != "ok":
            told = f"a call for a summary failed: {entry.status}"
            yield Moment("error", told, str(entry.seq), entry.at)
        return
    if isinstance(entry, Interaction) and not _is_answered(entry):
        if entry.status == "interrupted":  # nobody has heard the question: it is asked again
            yield from (Moment(one.role, said(one), one.id, one.at, one) for one in entry.messages)
        yield Moment("error", f"a call failed: {entry.status}", str(entry.seq), entry.at)
        return
    messages = entry.messages if isinstance(entry, Interaction) else (entry.message,)
    for number, one in enumerate(messages):
        yield Moment(one.role, said(one), one.id, one.at, one)
        yield from _forked(entry.seq, number, forks)


def _is_answered(call: Interaction) -> bool:
    """An answer that was stopped on its way belongs to the conversation."""
    return call.status == "ok" or (call.status == "interrupted" and len(call.messages) > 1)


def _forked(seq: int, number: int | None, forks: Forks) -> Iterator[Moment]:
    for name in forks.get((seq, number), ()):
        yield Moment("fork", f"{name} begins here", str(seq))


def mark(entry: Entry) -> Moment | None:
    """What an entry that is no message marks; None: nothing that people look for."""
    number = str(entry.seq)
    match entry:
        case Segment():
            why = _REASONS.get(entry.reason, entry.reason)
            return Moment("segment", f"{why}; a model is told what follows", number, entry.at)
        case Summary():
            why = _line(failures.warning(entry))
            by = f"{entry.kind}; {why}" if why else entry.kind
            span = f"of {entry.covers_from} to {entry.covers_to} ({by})"
            return Moment("summary", f"{span}: {_line(entry.text)}", number, entry.at)
        case Pin():
            told = "forgotten" if entry.text is None else _line(entry.text)
            return Moment("pin", f"{_line(entry.key)}: {told}", number, entry.at)
        case Change(key="status") if entry.value != "active":
            return Moment("status", f"{entry.value}", number, entry.at)
        case Note():
            text = _noted(entry)
            return Moment(entry.topic, text, number, entry.at) if text else None
    return None


def _noted(note: Note) -> str:
    body: Mapping[str, Any] = note.body
    if note.topic == _FORK and not body.get("done"):
        above = "what is above was said there" if "seq" in body else "with what was said there"
        return _line(f"from {body.get('from', '')}: {above}")
    if note.topic == _LINK:
        why = f": {body['text']}" if body.get("text") else ""
        return _line(f"with {body.get('to', '')}{why}")
    return _line(str(body.get("message", ""))) if note.topic == _ERROR else ""


def _line(text: str) -> str:
    return controls.one_line(text)
