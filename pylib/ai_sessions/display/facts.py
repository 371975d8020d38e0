"""What a page tells of a session above all that was said in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ai_sessions import money
from ai_sessions.display import json_text
from ai_sessions.records import Session

Fact = tuple[str, str]


def facts(session: Session, metadata: Mapping[str, Any] | None = None) -> list[Fact]:
    """Name and value of each fact that there is. `metadata`: what a program has to say of it."""
    more = ("Metadata", json_text.one_line(metadata) if metadata else "")
    found = (*_of_all(session), *_of_conversation(session), more)
    return [(label, value) for label, value in found if value]


def _of_all(session: Session) -> Iterator[Fact]:
    about, totals = session.about, session.totals
    yield "Session ID", session.uid
    yield "Name", session.name
    yield "Description", session.description
    yield "Command", about.command
    yield "Feature", about.feature
    yield "Project", about.project
    yield "Created", session.created_at
    yield "Updated", session.last_used
    yield "Model", ", ".join(name for name in totals.by_model if name)
    ins, outs = totals.input_tokens, totals.output_tokens
    yield "Tokens", f"{ins + outs:,} ({ins:,} in, {outs:,} out)"
    yield (
        "Calls",
        f"{totals.interactions:,} ({money.shown(totals.cost_nusd, totals.unknown_costs)})",
    )
    yield "Tags", ", ".join(session.tags)


def _of_conversation(session: Session) -> Iterator[Fact]:
    """What only conversations have."""
    about = session.about
    yield "Interface", " ".join(filter(None, (about.interface, about.conversation_id)))
    if about.parent:
        yield ("Follows" if about.parent.seq is None else "Fork of"), about.parent.name
    yield "Linked with", ", ".join(session.links.values())
    for key, value in session.state.items():
        yield "State", f"{key} = {json_text.one_line(value)}"
    for key, pin in session.pins.items():
        yield "Pin", f"{key}: {pin.text}"
