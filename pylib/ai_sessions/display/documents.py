"""A session as one JSON document: `{"metadata": …, "messages": […]}`, one message a line.

The numbers of the messages are those of `transcripts`, and the parts are the same three: a head, a
piece for each entry, an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import money
from ai_sessions.display import spoken, transcripts
from ai_sessions.display.json_text import one_line
from ai_sessions.records import Entry, Interaction, Message, Session

Plain = dict[str, Any]


def document(session: Session, entries: Iterable[Entry]) -> Iterator[str]:
    """The document in pieces, one an entry, so that long sessions need no memory."""
    metadata, entries = spoken.with_metadata(entries)
    yield head(session, metadata)
    number = 0
    for entry in entries:
        yield piece(entry, number)
        number += len(spoken.said(entry))
    yield end()


def head(session: Session, metadata: Mapping[str, Any] | None = None) -> str:
    """Everything above the first message. `metadata`: what a program has to say of its session."""
    facts = {**_facts(session), **({"metadata": dict(metadata)} if metadata else {})}
    return f'{{"metadata": {one_line(facts)},\n"messages": ['


def piece(entry: Entry, number: int) -> str:
    """The messages of an entry, a line each; the last one of a call tells about the call. Empty for
    what has none. `number`: messages above.
    """
    said = [_message(one) for one in spoken.said(entry)]
    if said and isinstance(entry, Interaction):
        said[-1]["call"] = spoken.call_facts(entry)
    lines = (f"{',' if at else ''}\n{one_line(one)}" for at, one in enumerate(said, start=number))
    return "".join(lines)


def end(facts: Mapping[str, Any] | None = None) -> str:
    """What closes the document. `facts`: more members of it."""
    more = "".join(f",\n{one_line(key)}: {one_line(value)}" for key, value in (facts or {}).items())
    return f"\n]{more}}}\n"


def _facts(session: Session) -> Plain:
    about, totals = session.about, session.totals
    ins, outs = totals.input_tokens, totals.output_tokens
    found = {
        "format": transcripts.FORM,
        "session_id": session.uid,
        "name": session.name,
        "title": about.title,
        "description": session.description,
        "status": session.status,
        "kind": session.kind,
        "command": about.command,
        "feature": about.feature,
        "project": about.project,
        "created_at": session.created_at,
        "updated_at": session.last_used,
        "model_used": ", ".join(name for name in totals.by_model if name),
        "state": dict(session.state),
        "pins": {key: pin.text for key, pin in session.pins.items()},
    }
    return {
        **{key: value for key, value in found.items() if value},
        "tags": list(session.tags),
        "total_tokens": ins + outs,
        "input_tokens": ins,
        "output_tokens": outs,
        "calls": totals.interactions,
        **money.facts(totals.cost_nusd, totals.unknown_costs),
    }


def _message(message: Message) -> Plain:
    told = {"id": message.id, "role": message.role, "content": message.text}
    return {**told, "timestamp": message.at, **spoken.more(message)}
