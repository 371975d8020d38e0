"""A new conversation with what it begins with: system text, pins, state, labels and limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions import labels, names
from ai_sessions.conversations.state import free_key
from ai_sessions.dialogue.opening import Opening
from ai_sessions.errors import Conflict, Exists
from ai_sessions.records import About, Change, Entry, Message, Pin, Said, Session, stamp
from ai_sessions.store import facts
from ai_sessions.store.entries import plain_of
from ai_sessions.tokens import ESTIMATE, Counter

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Number of the first line of a log, which says what the session is.
_FIRST = 0


def create(
    store: Store,
    now: datetime,
    name: str,
    opening: Opening,
    about: About,
    count: Counter = ESTIMATE,
) -> Session:
    """Make the session `name`, of kind chat. `about`: whose it is; `count`: the system text's
    tokens.

    Raises `UsageError` for what is no name, when there is a session of that name already, and when
    its state and pins are too large; nothing is made then. Of two at once one makes it.
    """
    labels.description(opening.description)
    entries = list(_entries(opening, stamp(now), count))
    if names.session(name) in store.names():
        raise _taken(name)
    growing = facts.changes(plain_of(one, "") for one in entries)
    facts.refuse_too_large(name, {}, growing)
    whole = replace(
        about,
        kind="chat",
        title=opening.title,
        token_limit=opening.token_limit,
        expires_in_ms=opening.expires_in_ms,
    )
    try:
        return store.append(name, entries, expect=_FIRST, about=whole)
    except Conflict:
        raise _taken(name) from None


def _entries(opening: Opening, at: str, count: Counter) -> Iterator[Entry]:
    """At least one, by which it shows who of two was first."""
    yield Change("status", "active", at)
    if opening.description:
        yield Change("description", opening.description, at)
    if opening.tags:
        yield Change("tags", list(opening.tags), at)
    for key, value in opening.state.items():
        yield Change(f"state.{key}", value, at)
    yield from _pins(opening, at)
    if opening.system:
        tokens = count(opening.system)
        yield Said(Message("system", opening.system, at, tokens=tokens, tokens_source=count.source))


def _pins(opening: Opening, at: str) -> Iterator[Pin]:
    taken = {pin.key for pin in opening.pins}
    for pin in opening.pins:
        key = pin.key or free_key(taken)
        taken.add(key)
        yield Pin(key, pin.text, reason=pin.reason, at=at)


def _taken(name: str) -> Exists:
    return Exists(f"session {name} exists already", "choose another name")
