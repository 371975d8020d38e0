"""Forks: a new session that goes on from a message of another one."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import datetime

from ai_sessions import ids, names
from ai_sessions.conversations import lineage
from ai_sessions.errors import Exists, NotFound
from ai_sessions.records import About, Change, Entry, Note, Parent, Pin, Session, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

TOPIC = "fork"


def fork(
    store: Store,
    name: str,
    new: str,
    now: datetime,
    message: str = "",
    conversation: tuple[str, str] = ("", ""),
) -> Session:
    """A session `new` that goes on from `name`: what was said there is its past, too.

    `conversation`: the interface that it is of, and what that calls it; empty: of none.

    `message`: id of the last message that it shares; empty: all of them. Nothing is copied but
    state and pins as they were then; the calls, and what they cost, stay where they were paid, and
    the provider begins a conversation of its own, told of the old one from our record. A fork that
    was cut off goes on where it stopped. Raises `NotFound` when there is no such session or
    message, `UsageError` when there is a session `new` already.
    """
    source = store.read(name)
    owner, parent = _point(store, source, message)
    _refuse_other(store, names.session(new), parent)
    store.ensure(new, _about(source, parent, conversation))
    with store.turn(new, 0):  # of two forks at once one is first
        _refuse_other(store, new, parent)
        facts = _facts(store, owner, parent)
        return store.append(new, [*facts, _note(source, parent, now)])


def _about(source: Session, parent: Parent, conversation: tuple[str, str]) -> About:
    """A fork of an interface's conversation is another one."""
    interface, conversation_id = conversation
    return dataclasses.replace(
        source.about,
        uid="",
        parent=parent,
        interface=interface,
        conversation_id=conversation_id,
        external_user_id="",
        external_chat_id="",
        expires_in_ms=None,
    )


def _point(store: Store, source: Session, message: str) -> tuple[Session, Parent]:
    """The session that has the message, and the point in it."""
    if not message:
        return source, Parent(source.name, source.uid, source.last_seq)
    uid, _, place = message.rpartition(":")
    seq, dot, number = place.partition(".")
    owner = _owner(store, source, uid)
    if owner is None or not (dot and seq.isdecimal() and number.isdecimal()):
        raise _unknown(source, message)
    point = Parent(owner.name, owner.uid, int(seq), int(number))
    entry = next(store.entries(owner.name, after=int(seq) - 1), None)
    said = lineage.messages(entry) if entry and entry.seq == int(seq) else ()
    if int(number) >= len(said):
        raise _unknown(source, message)
    is_last = int(number) == len(said) - 1
    return owner, dataclasses.replace(point, number=None) if is_last else point


def _owner(store: Store, source: Session, uid: str) -> Session | None:
    """The session of that uid among those whose logs are the conversation of `source`."""
    spans = lineage.lineage(store, source).spans
    return next((one.session for one in spans if one.session.uid == (uid or source.uid)), None)


def _unknown(source: Session, message: str) -> NotFound:
    return NotFound(
        f"session {source.name} has no message {message!r}",
        f"see the ids: ai-session.sh show {source.name}",
    )


def _refuse_other(store: Store, new: str, parent: Parent) -> None:
    """Only a fork at the same point that was cut off may be there, or nothing."""
    with contextlib.suppress(NotFound):
        there = store.read(new)
        is_same = _place(there.about.parent) == _place(parent) and there.last_seq <= 0
        if is_same or not there.uid:
            return
        raise Exists(f"session {new} exists already", "choose another name")


def _place(parent: Parent | None) -> tuple[str, int | None, int | None] | None:
    """The point of a fork, whatever the parent is called."""
    return (parent.uid, parent.seq, parent.number) if parent else None


def _facts(store: Store, owner: Session, parent: Parent) -> list[Entry]:
    """State and pins of the session as they were at the point of the fork.

    Each has the id that a copy of its entry has, so that redaction finds it.
    """
    if not (owner.state or owner.pins) and parent.seq == owner.last_seq:
        return []
    found: dict[str, Change | Pin] = {}
    for entry in store.entries(owner.name):
        if parent.seq is not None and entry.seq > parent.seq:
            break
        if isinstance(entry, Pin) or (isinstance(entry, Change) and entry.key.startswith("state.")):
            found[f"{type(entry).__name__}.{entry.key}"] = entry
    return [_copied(one, owner.uid) for one in found.values()]


def _copied(entry: Change | Pin, uid: str) -> Entry:
    return dataclasses.replace(entry, seq=-1, id=ids.forked(uid, f"{entry.seq}.0"))


def _note(source: Session, parent: Parent, now: datetime) -> Note:
    told = {"from": source.name, "uid": parent.uid, "seq": parent.seq}
    return Note(TOPIC, told, stamp(now), id=ids.forked(parent.uid))
