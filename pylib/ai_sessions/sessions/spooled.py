"""The entries of a session that is read from a file, in a scratch file of their own: they come list
by list, and are wanted in the order in which they were written.
"""

import contextlib
import json
from array import array
from collections.abc import Iterator
from typing import Any, BinaryIO

from ai_sessions.disk import files

_LARGEST = 2**63 - 1


class Spooled:
    """In memory are a few numbers for each entry. Raises `StorageError` when the disk is full."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._seqs, self._ends = array("q"), array("q")
        self._kinds: list[tuple[str, int]] = []
        """Each list and the number of its first entry."""

    def __len__(self) -> int:
        return len(self._seqs)

    def add(self, kind: str, value: Any, text: str) -> None:
        """One element of the list `kind`: its value, and that as JSON."""
        if not self._kinds or self._kinds[-1][0] != kind:
            self._kinds.append((kind, len(self)))
        seq = value.get("seq") if isinstance(value, dict) else None
        self._seqs.append(seq if type(seq) is int and 0 <= seq <= _LARGEST else 0)
        data = text.encode("utf-8", "surrogatepass")
        with files.reported("SESSION_DIR"):
            self._file.write(data)
        self._ends.append((self._ends[-1] if self._ends else 0) + len(data))

    def in_order(self) -> Iterator[tuple[str, int, Any, int]]:
        """By `seq`; of each the list, its place in that, the value and the length of its JSON."""
        self._flush()
        for number in sorted(range(len(self)), key=self._seqs.__getitem__):
            kind, first = self._list_of(number)
            data = self._data(number)
            yield kind, number - first, json.loads(data), len(data)

    def places(self) -> list[int]:
        """The `seq` of each, in order; 0 for one that has none."""
        return sorted(self._seqs)

    def at(self, seq: int) -> tuple[str, Any] | None:
        """The list and the value of the first one with that `seq`."""
        self._flush()
        for number, found in enumerate(self._seqs):
            if found == seq:
                return self._list_of(number)[0], json.loads(self._data(number))
        return None

    def lists(self) -> dict[str, list[Any]]:
        """Everything, list by list."""
        self._flush()
        found: dict[str, list[Any]] = {kind: [] for kind, _first in self._kinds}
        for number in range(len(self)):
            found[self._list_of(number)[0]].append(json.loads(self._data(number)))
        return found

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it tries to write what nobody will read
            self._file.close()

    def _flush(self) -> None:
        with files.reported("SESSION_DIR"):
            self._file.flush()

    def _list_of(self, number: int) -> tuple[str, int]:
        return next(one for one in reversed(self._kinds) if one[1] <= number)

    def _data(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        self._file.seek(start)
        return self._file.read(self._ends[number] - start)
