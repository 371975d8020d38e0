"""The store in Redis as an index reads it: what changed, and what is new in it."""

from collections.abc import Callable, Iterator
from typing import Any

from ai_sessions.names import is_session
from ai_sessions.store.redis.places import Look, Places

Plain = dict[str, Any]
#: Entries of a session as of a look at it, from one on, at most so many.
Lines = Callable[[Look, int, int | None], Iterator[Plain]]


class RedisSource:
    """`Source` of store.contract. A place is the number of an entry, a bookmark how many were read
    of which session.
    """

    root = ""

    def __init__(
        self,
        places: Places,
        checkpoints: Callable[[], Iterator[Plain]],
        checkpoint_of: Callable[[Look], Plain],
        lines: Lines,
    ) -> None:
        self._places = places
        self._checkpoints, self._checkpoint_of, self._lines = checkpoints, checkpoint_of, lines

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        cursor, changed, gone = self._places.changes(since)
        if changed is None:
            return cursor, self.names(), []
        there = {name for name in changed if self._look(name)}
        return cursor, sorted(there), sorted({*gone, *changed} - there)

    def names(self) -> list[str]:
        return self._places.names()

    def state(self, name: str) -> str:
        look = self._look(name)
        return _state(look, look.last + 1) if look else ""

    def row(self, name: str) -> Plain | None:
        look = self._look(name)
        return self._checkpoint_of(look) if look else None

    def rows(self) -> Iterator[Plain]:
        return self._checkpoints()

    def follow(self, name: str, bookmark: str = "") -> "RedisIncrement":
        return RedisIncrement(self._look(name), bookmark, self._lines)

    def entry_at(self, name: str, place: int) -> Plain | None:
        look = self._look(name)
        return next(self._lines(look, place, 1), None) if look and place >= 0 else None

    def _look(self, name: str) -> Look | None:
        return self._places.session(name) if is_session(name) else None


class RedisIncrement:
    """`Increment` of store.contract."""

    def __init__(self, look: Look | None, bookmark: str, lines: Lines) -> None:
        before, _, count = bookmark.rpartition(":")
        goes_on = look is not None and count.isdecimal() and bookmark == _state(look, int(count))
        self._start = int(count) if goes_on and before else 0
        self._look, self._lines = look, lines
        self.whole = not self._start
        self.bookmark = bookmark if goes_on else ""

    def __iter__(self) -> Iterator[tuple[int, Plain]]:
        if self._look is None:
            return
        for entry in self._lines(self._look, self._start, None):
            yield entry["seq"], entry
        self.bookmark = _state(self._look, self._look.last + 1)


def _state(look: Look, count: int) -> str:
    """Another one after every change of a session."""
    return f"{look.place.id}:{look.edition}:{count}"
