"""What a conversation knows beside its messages: variables, pins, and how people find it."""

from __future__ import annotations

import itertools
import json
import reprlib
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions import labels
from ai_sessions.conversations import checks, lineage
from ai_sessions.errors import Conflict, NotFound, UsageError
from ai_sessions.plurals import listed
from ai_sessions.records import Change, Entry, Json, Message, Pin, Session, stamp

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: How often a write begins again because somebody else wrote first.
_TRIES = 50
#: Keys that a message names.
_SHOWN = 8


def update_state(store: Store, now: datetime, name: str, values: Json) -> Session:
    """Set variables of a conversation; those that are not named stay, None takes one away.

    Raises `UsageError` for a key that is none, a value that JSON does not have, and when state and
    pins would be too large; `NotFound` when there is no such session.
    """
    entries = changes(now, values)
    session = store.read(name)
    return store.append(name, entries, uid=session.uid) if entries else session


def changes(now: datetime, values: Json) -> list[Change]:
    """The entries that set variables. Raises `UsageError` as `update_state`."""
    if not isinstance(values, Mapping):
        raise UsageError(f"state is a map of names to values, not {reprlib.repr(values)}")
    for key, value in values.items():
        _refuse_unwritable(labels.key(key), value)
    return [Change(f"state.{key}", value, stamp(now)) for key, value in values.items()]


def remember(
    store: Store,
    now: datetime,
    name: str,
    text: str = "",
    *,
    key: str = "",
    message: str = "",
    reason: str = "",
) -> Pin:
    """Pin words, which every model is told verbatim; returns the pin.

    `key`: the same one again replaces it; empty: the next free number. `message`: id of the
    message that they are from; without `text` its own. Raises as `update_state`, and `NotFound`
    for a message that is not there.
    """
    if key:
        labels.key(key)
    session = store.read(name)
    said = _message(store, session, message) if message else None
    text = text or (said.text if said else "")
    if not labels.utf8("text", text).strip():
        raise UsageError("nothing to remember: the text is empty")
    checks.check_size(text)
    pin = Pin(key, text, message, labels.utf8("reason", reason), stamp(now))
    if key:
        return _kept(store.append(name, [pin], uid=session.uid), pin)

    def numbered(session: Session) -> Sequence[Entry]:
        nonlocal pin
        pin = replace(pin, key=free_key(session.pins))
        return [pin]

    return _kept(_changed(store, name, numbered), pin)


def forget(store: Store, now: datetime, name: str, key: str) -> Session:
    """Take a pin away. Raises `NotFound` with the keys there are."""
    session = store.read(name)
    pins = session.pins
    if key not in pins:
        there = f"there are: {listed(pins, _SHOWN)}" if pins else "nothing is remembered there"
        raise NotFound(f"session {name} has no pin {key!r}", there)
    return store.append(name, [Pin(key, None, at=stamp(now))], uid=session.uid)


def tag(
    store: Store, now: datetime, name: str, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> Session:
    """Give tags to a conversation and take others from it. Of two at once neither is lost.

    Raises `UsageError` for what is no tag; one that is taken away need not be there.
    """
    added, removed = list(map(labels.tag, add)), set(remove)

    def changes(session: Session) -> Sequence[Entry]:
        tags = dict.fromkeys((*session.tags, *added))
        left = [one for one in tags if one not in removed]
        return [] if left == list(session.tags) else [Change("tags", left, stamp(now))]

    return _changed(store, name, changes)


def _changed(store: Store, name: str, changes: Callable[[Session], Sequence[Entry]]) -> Session:
    """Write what `changes` makes of a session as it is, again when somebody else wrote first."""
    for _attempt in range(_TRIES - 1):
        with suppress(Conflict):
            return _try_to_change(store, name, changes)
    return _try_to_change(store, name, changes)


def _try_to_change(
    store: Store, name: str, changes: Callable[[Session], Sequence[Entry]]
) -> Session:
    session = store.read(name)
    entries = changes(session)
    if not entries:
        return session
    return store.append(name, entries, expect=session.last_seq, uid=session.uid)


def _kept(session: Session, pin: Pin) -> Pin:
    """The pin as it was stored, or as it was given when it is gone again."""
    return session.pins.get(pin.key, pin)


def free_key(taken: Container[str]) -> str:
    """The first number that is no key yet, for a pin without one."""
    return next(str(number) for number in itertools.count(1) if str(number) not in taken)


def _message(store: Store, session: Session, id_: str) -> Message:
    """A message of the conversation, also of the past that a fork shares."""
    for entry in lineage.entries(store, session):
        for message in lineage.messages(entry):
            if message.id == id_:
                return message
    raise NotFound(
        f"session {session.name} has no message {id_!r}",
        f"see the ids: ai-session.sh show {session.name} --messages 20",
    )


def _refuse_unwritable(key: str, value: Any) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise UsageError(f"state {key}: not a JSON value: {reprlib.repr(value)}") from None


def assigned(given: str) -> tuple[str, Any]:
    """`plan=pro` as key and value: what is JSON, else the text."""
    key, _, value = given.partition("=")
    labels.utf8(f"state {key}", value)
    try:
        return key, json.loads(value, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return key, value


def _refused(word: str) -> float:
    """`NaN` and `Infinity` are no JSON."""
    raise ValueError(word)


def _finite(word: str) -> float:
    number = float(word)
    return number if abs(number) != float("inf") else _refused(word)
