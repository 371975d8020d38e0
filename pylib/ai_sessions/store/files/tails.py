"""The last entries of the journals that this process reads again and again, and writes itself.

A chat reads its last messages before each answer. They are good as long as the journal is in the
same state; what this process appends is added to them, what others do makes them be read anew.
"""

import marshal
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from ai_sessions.store.files import journal
from ai_sessions.store.files.remembered import State, state_at, state_of

Plain = dict[str, Any]
#: Sessions, entries of each, and bytes of their lines.
MOST, _MOST_ENTRIES, _MOST_BYTES = 64, 64, 1 << 16
_SCALARS = frozenset((str, int, bool, float, type(None)))


class _Tail:
    """`whole`: the journal has no entry before these. `size`: bytes of lines that were added."""

    __slots__ = ("entries", "size", "state", "whole")

    def __init__(self, state: State, entries: Sequence[Plain], size: int, *, whole: bool) -> None:
        self.state, self.size, self.whole = state, size, whole
        self.entries = list(map(_kept, entries))


class Tails:
    """By the name of the session. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tails: OrderedDict[str, _Tail] = OrderedDict()
        self._mutex = threading.Lock()

    def last(self, name: str, path: str, count: int) -> list[Plain]:
        """The last entries of the journal at `path`, as `journal.entries`; nobody may change them.

        Raises `OSError`, `StorageError`.
        """
        found = self._known(name, path, count)
        if found is None:
            found, there, size = journal.tail(path, count)
            self._put(name, _Tail(state_of(there), found, size, whole=len(found) < count))
        return found

    def extend(self, name: str, before: State, lines: bytes, state: State) -> None:
        """`before`, `state`: of the journal without and with `lines`, which this process wrote."""
        with self._mutex:
            tail = self._tails.pop(name, None)
        if tail is None or tail.state[:3] != before[:3]:
            return
        new = list(filter(None, map(journal.read_line, lines.splitlines(keepends=True))))
        entries = tail.entries + list(map(_kept, new))
        whole = tail.whole and len(entries) <= _MOST_ENTRIES
        longer = _Tail(state, (), tail.size + len(lines), whole=whole)
        longer.entries = entries[-_MOST_ENTRIES:]
        self._put(name, longer)

    def _known(self, name: str, path: str, count: int) -> list[Plain] | None:
        with self._mutex:
            tail = self._tails.get(name)
            if tail is None:
                return None
            self._tails.move_to_end(name)
        if len(tail.entries) < count and not tail.whole:
            return None
        if state_at(path) != tail.state:
            return None
        found = tail.entries[max(0, len(tail.entries) - count) :]
        return [one if type(one) is dict else marshal.loads(one) for one in found]  # type: ignore[arg-type]  # noqa: S302

    def _put(self, name: str, tail: _Tail) -> None:
        with self._mutex:
            self._tails.pop(name, None)
            if tail.size <= _MOST_BYTES and len(tail.entries) <= _MOST_ENTRIES:
                self._tails[name] = tail
            if len(self._tails) > self._most:
                self._tails.popitem(last=False)


def _kept(entry: Plain) -> Plain | bytes:
    """A message of texts and numbers as it is; in anything else parts could be changed by whoever
    got them, so that is encoded.
    """
    if entry["type"] == "message" and _SCALARS.issuperset(map(type, entry.values())):
        return entry
    return marshal.dumps(entry)
