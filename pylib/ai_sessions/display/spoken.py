"""What a page shows of an entry: its messages with all they have, and the figures of its call.

The same for Markdown, JSON and HTML, so that message 7 of the one is message 7 of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from ai_sessions import money, token_kinds
from ai_sessions.records import SUMMARY, Entry, Interaction, Message, Note, Said, ToolCall

Plain = dict[str, Any]
#: Topic of the note with what a program has to say of its session.
_METADATA = "metadata"
#: Such a note is one of the first entries.
_FIRST = 8


def said(entry: Entry) -> tuple[Message, ...]:
    """The messages that a page shows of an entry, each with its time; none of a call for a summary,
    whose words are a view over others.
    """
    if isinstance(entry, Said):
        return (entry.message,)
    if not isinstance(entry, Interaction) or entry.purpose == SUMMARY:
        return ()
    return tuple(one if one.at else replace(one, at=entry.at) for one in entry.messages)


def more(message: Message) -> Plain:
    """What a message has beside role, text and time."""
    found = {
        "name": message.name,
        "tool_calls": [_tool_call(call) for call in message.tool_calls],
        "tool_call_id": message.tool_call_id,
        "is_error": message.is_error,
        "parts": [dict(part) for part in message.parts],
        "tokens_source": message.tokens_source,
        "metadata": dict(message.metadata),
    }
    told = {key: value for key, value in found.items() if value}
    return told if message.tokens is None else {**told, "tokens": message.tokens}


def _tool_call(call: ToolCall) -> Plain:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def call_facts(call: Interaction) -> Plain:
    """A call of a model without what was said in it. `cost`: dollars; None: nobody knows."""
    found = {
        "id": call.id,
        "provider": call.provider,
        "model": call.model,
        "purpose": call.purpose,
        "task": call.task,
        "status": call.status,
    }
    nusd = call.cost.nusd
    return {
        **{key: value for key, value in found.items() if value},
        "duration_ms": call.duration_ms,
        **{key: getattr(call.usage, key) for key in token_kinds.FIELDS.values()},
        "estimated": call.usage.estimated,
        "cost": None if nusd is None else money.number(nusd),
        "cost_nusd": nusd,
        "cost_source": call.cost.source,
    }


def with_metadata(entries: Iterable[Entry]) -> tuple[Mapping[str, Any], Iterator[Entry]]:
    """The metadata that a program gave its session, and all of the entries."""
    rest = iter(entries)
    first = list(islice(rest, _FIRST))
    found = (dict(one.body) for one in first if isinstance(one, Note) and one.topic == _METADATA)
    return next(found, {}), chain(first, rest)
