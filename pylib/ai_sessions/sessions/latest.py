"""The end of a session, newest entry first, at the cost of what is asked for."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

from ai_sessions.errors import NotFound
from ai_sessions.records import Entry, Interaction
from ai_sessions.store.entries import record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: How many entries are read at first, and how many times more each time after.
_FIRST, _MORE = 32, 4
#: So many of the last entries may have a call that has just ended.
_JUST_ENDED = 50


def backwards(store: Store, name: str) -> Iterator[Entry]:
    """The entries of a session, the last one first."""
    wanted, before = _FIRST, None
    while True:
        found = list(store.plain_entries(name, last=wanted))
        for entry in reversed(found):
            seq = entry.get("seq", -1)
            if (before is None or seq < before) and (record := record_of(entry)):
                yield record
        if len(found) < wanted:
            return
        wanted, before = wanted * _MORE, found[0].get("seq", -1)


def last_calls(store: Store, name: str, count: int) -> list[Interaction]:
    """The last `count` calls of a model, in the order they were made."""
    calls = (entry for entry in backwards(store, name) if isinstance(entry, Interaction))
    return list(itertools.islice(calls, min(count, sys.maxsize)))[::-1]


def call(store: Store, name: str, id_: str) -> Interaction:
    """A call that has just ended. Raises `NotFound`."""
    for entry in reversed(list(store.entries(name, last=_JUST_ENDED))):
        if isinstance(entry, Interaction) and entry.id == id_:
            return entry
    raise NotFound(f"no call {id_[:80]!r} in {name}", "it is long past, or was never made")


def answer(made: Interaction) -> str:
    """The text of what was answered last in a call; empty: nothing was."""
    found = [one.text for one in made.messages if one.role == "assistant"]
    return found[-1] if found else ""
