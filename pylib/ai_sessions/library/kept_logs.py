"""Logs that a program tells its models whole, again and again: only what is new in one is read.

Each is checked by one look at the store before it is used, so what other processes wrote is seen at
once, and a log that was rewritten is read anew.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ai_sessions.conversations import lineage
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.chat_messages import plain
from ai_sessions.memory import tool_calls
from ai_sessions.records import Message
from ai_sessions.store.entries import record_of

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import Increment, Source

Plain = dict[str, Any]
#: Logs of one store that are kept, and characters of all of them; a larger one is read each time.
MOST, MOST_CHARACTERS = 256, 32 << 20
#: What a message takes beside its text, in characters.
_BESIDE_TEXT = 300


@dataclass(frozen=True, slots=True)
class _Kept:
    """One log as it was in a state of its session, which nobody changes.

    `told`: its messages up to where no tool call waits for its result; `waiting`: those after them.
    """

    state: str = ""
    bookmark: str = ""
    told: tuple[Plain, ...] = ()
    waiting: tuple[Message, ...] = ()
    size: int = 0


class KeptLogs:
    """Of one store. Safe to use from several threads."""

    def __init__(
        self, source: Source, most: int = MOST, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._source, self._most, self._most_characters = source, most, most_characters
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0
        self._mutex = threading.Lock()

    def told(self, name: str) -> list[Plain]:
        """All that was said in session `name` alone: messages as `plain` has them, each
        tool call with its result. Raises `StorageError` for a log that cannot be read.
        """
        state = self._source.state(name)
        with self._mutex:
            kept = self._kept.get(name, _Kept())
            if name in self._kept:
                self._kept.move_to_end(name)
        if not state or state != kept.state:
            kept = self._read(name, state, kept)
        rest = map(plain, tool_calls.paired(kept.waiting))
        return [*map(_copy, kept.told), *rest]

    def _read(self, name: str, state: str, kept: _Kept) -> _Kept:
        """`state` was looked at first: what is written meanwhile is seen the next time."""
        increment = self._source.follow(name, kept.bookmark)
        new = _extended(_Kept() if increment.whole else kept, state, increment)
        with self._mutex:
            self._drop(name)
            if new.size <= self._most_characters:
                self._kept[name] = new
                self._size += new.size
            while len(self._kept) > self._most or self._size > self._most_characters:
                self._drop(next(iter(self._kept)))
        return new

    def _drop(self, name: str) -> None:
        if before := self._kept.pop(name, None):
            self._size -= before.size


def _extended(kept: _Kept, state: str, increment: Increment) -> _Kept:
    records = (record_of(entry) for _place, entry in increment)
    said = [one for entry in records if entry for one in lineage.messages(entry)]
    size = kept.size + sum(len(one.text) + _BESIDE_TEXT for one in said)
    waiting = (*kept.waiting, *said)
    if not any(one.tool_calls or one.role == "tool" for one in waiting):  # as most often
        told = (*kept.told, *map(plain, waiting))
        return _Kept(state, increment.bookmark, told, (), size)
    settled = _settled(waiting)
    told = (*kept.told, *map(plain, tool_calls.paired(waiting[:settled])))
    return _Kept(state, increment.bookmark, told, waiting[settled:], size)


def _settled(messages: tuple[Message, ...]) -> int:
    """How many of the first messages stay as they are told, whatever comes: all their tool calls
    have results, which are among them.
    """
    found = tool_calls.results(messages)
    last = len(messages)
    for at, message in enumerate(messages):
        if any((at, number) not in found for number in range(len(message.tool_calls))):
            last = at
            break
    if last == len(messages):
        return last
    return max(at for at in tool_calls.partings(messages) if at <= last)


def _copy(told: Plain) -> Plain:
    if "tool_calls" not in told:
        return told.copy()
    calls = [{**one, "function": {**one["function"]}} for one in told["tool_calls"]]
    return {**told, "tool_calls": calls}


class _Stores:
    """What this process keeps of each of its stores."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Also in a child that was forked, where nobody would give a lock back."""
        self._mutex = threading.Lock()
        self._logs: WeakKeyDictionary[Conversations, KeptLogs] = WeakKeyDictionary()

    def logs(self, core: Conversations) -> KeptLogs:
        with self._mutex:
            if core not in self._logs:
                self._logs[core] = KeptLogs(core.store.source())
            return self._logs[core]


_stores = _Stores()
os.register_at_fork(after_in_child=_stores.begin)


def of(core: Conversations) -> KeptLogs:
    """Those of a program's conversations."""
    return _stores.logs(core)
