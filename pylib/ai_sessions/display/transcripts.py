"""A session as a page to read: what it is, then everything that was said, as Markdown.

What was said is quoted, so that no message can pass for a heading, a speaker or a cost of the page,
and `import` reads it back (`sessions.recorded`). A page is its head, a piece for each entry, and
nothing else, so that a file can be carried on: a new head, the pieces that are there, new pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import money
from ai_sessions.controls import one_line
from ai_sessions.display import json_text, quoting, spoken, timeline
from ai_sessions.display.facts import facts as told
from ai_sessions.records import Entry, Interaction, Message, Session

#: What the first fact of a page says: how it is to be read.
FORM = "ai-sessions 1"
_TICKS = re.compile(r"`+")
_NOT_A_WORD = re.compile(r"\W+", re.ASCII)


def markdown(session: Session, entries: Iterable[Entry]) -> Iterator[str]:
    """The page in pieces, one an entry, so that long sessions need no memory."""
    metadata, entries = spoken.with_metadata(entries)
    yield head(session, metadata)
    number = 0
    for entry in entries:
        yield piece(entry, number)
        number += len(spoken.said(entry))


def head(session: Session, metadata: Mapping[str, Any] | None = None) -> str:
    """Everything above the first message. `metadata`: what a program has to say of its session."""
    facts = (("Format", FORM), *told(session, metadata))
    # two blanks at the end of a line break it
    lines = [f"**{label}:** {_inline(value)}  " for label, value in facts]
    title = _inline(session.about.title or session.name)
    return "\n".join([f"# Session: {title}", "", *lines, "", "---", "", ""])


def piece(entry: Entry, number: int) -> str:
    """What the page has of an entry; empty for what nobody looks for. `number`: messages above."""
    said = spoken.said(entry)
    text = "".join(_message(one, at) for at, one in enumerate(said, start=number + 1))
    if isinstance(entry, Interaction):
        return f"{text}{_call(entry)}\n\n"
    if not said and (found := timeline.mark(entry)):
        return f"*{_inline(found.kind)}* {_inline(found.text)}\n\n"
    return text


def _message(message: Message, number: int) -> str:
    role = _NOT_A_WORD.sub("", message.role).title() or "User"
    said = [f"## Message {number} - {role}\n*{_inline(message.at)}*", quoting.quoted(message.text)]
    if facts := spoken.more(message):
        lines = (f"- {key}: {_code(json_text.one_line(value))}" for key, value in facts.items())
        said.append("\n".join(["**Metadata:**", *lines]))
    return "".join(f"{part}\n\n" for part in said if part)


def _call(call: Interaction) -> str:
    usage = call.usage
    words = [
        "" if call.messages else call.at,
        call.task,
        call.purpose,
        call.model or call.provider,
        f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out",
        money.shown(call.cost.nusd),
        f"{call.duration_ms / 1000:.1f} s" if call.duration_ms else "",
        f"failed: {call.status}" if call.status != "ok" else "",
    ]
    return f"**Call:** {' · '.join(filter(None, map(_inline, words)))}"


def _inline(text: str) -> str:
    """A value of ours in one line, in which nothing is live."""
    return quoting.inert(one_line(text))


def _code(text: str) -> str:
    """A span of code, whatever is in it."""
    fence = "`" * (max(map(len, _TICKS.findall(text)), default=0) + 1)
    return f"{fence}{text}{fence}"
