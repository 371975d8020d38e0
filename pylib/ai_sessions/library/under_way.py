"""Calls of models that last, on record until they have ended: a process that is killed leaves what
it asked, and the next one puts that into the session.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions.conversations import finding
from ai_sessions.errors import AiSessionsError
from ai_sessions.library import identity
from ai_sessions.records import Interaction, Message, stamp
from ai_sessions.store.entries import plain_of, record_of

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import CallsUnderWay

_LOG = logging.getLogger("ai_sessions")


class _Noted:
    """What this process has on record. Safe to use from several threads."""

    def __init__(self) -> None:
        self._places: dict[str, CallsUnderWay] = {}
        self.begin()

    def begin(self) -> None:
        """Also in a child that was forked."""
        for one in self._places.values():
            one.leave()
        self._places = {}
        self._calls: dict[str, CallsUnderWay] = {}
        self._mutex = threading.Lock()

    def note(self, core: Conversations, call: str, told: dict[str, Any]) -> None:
        """Raises `OSError`, `StorageError`."""
        with self._mutex:
            root = core.store.source().root
            place = self._places.get(root) or core.store.calls_under_way()
            if place is not None:
                place.note(call, told)
                self._places[root] = self._calls[call] = place

    def ended(self, call: str) -> None:
        if call not in self._calls:  # as most, which did not last
            return
        with self._mutex, contextlib.suppress(OSError):
            self._calls.pop(call).forget(call)


_noted = _Noted()
os.register_at_fork(after_in_child=_noted.begin)


def call(
    id_: str, now: datetime, provider: str, model: str, messages: Sequence[Message]
) -> Interaction:
    """A call as it is on record should its process be killed. `messages`: what it asks."""
    return Interaction(
        id=id_,
        at=stamp(now),
        provider=provider,
        model=model,
        messages=tuple(messages),
        status="interrupted",
        purpose="chat",
        detail={"error": "cut off: its process ended before it did"},
    )


def note(core: Conversations, session_id: str, asked: Interaction) -> None:
    """Put on record that a call is under way. Nothing where sessions do not last. Raises `OSError`,
    `StorageError`.
    """
    if not core.store.lasting:
        return
    session = identity.find(core, session_id)
    plain = plain_of(asked, asked.at, "full" if core.store.keeps_words else "none")
    uid = session.uid if session else ""
    told = {"session": session_id, "uid": uid, "entry": plain}
    _noted.note(core, asked.id, told)


def ended(id_: str) -> None:
    """The call of that id is in its session."""
    _noted.ended(id_)


def settle(core: Conversations) -> None:
    """Put calls of processes that are no more into their sessions, as cut off. Those of a session
    that is gone are forgotten; what cannot be written now is tried the next time.
    """
    place = core.store.calls_under_way()
    if place is None:
        return
    try:
        with place.left() as found:
            for told in found:
                _add(core, told)
    except (OSError, AiSessionsError) as error:
        _LOG.warning("calls that were cut off are not on record: %s", error)


def _add(core: Conversations, told: Mapping[str, Any]) -> None:
    """What is damaged is left out."""
    with contextlib.suppress(KeyError, TypeError, AttributeError):
        entry, id_, uid = record_of(told["entry"]), str(told["session"]), str(told["uid"])
        if entry is None:
            return
        session = identity.find(core, id_)
        if session is None and not uid:
            about = identity.about(id_)
            session = finding.find_or_create(core.store, core.now(), about)
        if session is not None and uid in ("", session.uid):
            core.store.append(session.name, [entry], uid=session.uid)
