"""Which ids a journal has, whatever its length: one pass over its bytes, without parsing them.

A byte search finds every place that may hold one of them; only then lines are parsed to be sure.
What it takes does not depend on how many ids are looked for. Who writes one batch after another
(a fork, an import) would go through the whole journal for each, so from the second look on what
was seen is remembered, in a Bloom filter: it takes the same room whatever the length.
"""

import contextlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ai_sessions.errors import StorageError
from ai_sessions.store.files import journal

_BLOCK_BYTES = 1 << 20
_ID = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.)*+")')
#: With so many bits in whole and for each id, at a million of them one look in 100,000 is in vain.
_BITS, _EACH = 1 << 25, 7
#: A shorter journal is looked through before an index is open.
_LONG_BYTES = 4 << 20
#: What an index knows of ids, or None when it cannot tell.
Ask = Callable[[frozenset[str]], frozenset[str] | None]


def known(path: Path | str, wanted: frozenset[str], ask: Ask | None = None) -> frozenset[str]:
    """Those of `wanted` that entries have. Raises `OSError`, `StorageError`.

    `ask`: who knows them without a look through a long journal.
    """
    if not wanted:
        return frozenset()
    with journal.opened(path) as file:
        fd, words = file.fileno(), {_as_written(one): one for one in wanted}
        with _mutex:
            if ask and _is_asked(fd) and (found := ask(wanted)) is not None:
                _last.begin(fd)
                return found
            return frozenset(_last.known(fd, words))


def prepare(path: Path | str, wanted: Callable[[], frozenset[str]], ask: Ask) -> None:
    """Let an index read a long journal before others have to wait for who is about to write."""
    with contextlib.suppress(OSError, StorageError), journal.opened(path) as file:
        if _is_asked(file.fileno()) and (ids := wanted()):
            ask(ids)


def _is_asked(fd: int) -> bool:
    return os.fstat(fd).st_size >= _LONG_BYTES and not _last.is_of(fd)


class _Seen:
    """What is remembered of the journal that was looked through last. `words` are the ids that are
    looked for, by how they are written.
    """

    def __init__(self) -> None:
        self._journal = (0, 0)
        self._bits = bytearray()
        """Empty until there was a second look."""
        self._end = 0
        """Where what was seen ends, after a whole line; and the mark of that line."""
        self._mark = ""
        self._near = 0
        """Beginning of the lines that a repeat was last found in: the next one is near."""

    def is_of(self, fd: int) -> bool:
        """Whether it was that journal, and there was a look at it."""
        is_it = self._journal == _identity(fd)
        return is_it and journal.mark_at(fd, self._end) == self._mark

    def begin(self, fd: int) -> None:
        """Forget what was seen of another one."""
        self._journal, self._bits = _identity(fd), bytearray()
        self._end, self._mark, self._near = 0, "", 0

    def known(self, fd: int, words: Mapping[bytes, str]) -> set[str]:
        there = os.fstat(fd)
        if not self.is_of(fd):
            self.begin(fd)
            return self._looked(fd, 0, there.st_size, words)
        self._bits = self._bits or bytearray(_BITS >> 3)
        seen = self._end
        old = {word: one for word, one in words.items() if self._may_have(word)}
        found = self._remembered(fd, there.st_size, words)
        for start, end in ((self._near, seen), (0, self._near)):
            old = {word: one for word, one in old.items() if one not in found}
            found |= self._looked(fd, start, end, old)
        return found

    def _looked(self, fd: int, start: int, end: int, words: Mapping[bytes, str]) -> set[str]:
        """Ids between two places, until all are found."""
        found: set[str] = set()
        for place, block in _blocks(fd, start, end) if words else ():
            if here := _among(block, _ID.findall(block), words):
                found |= here
                self._near = place
                if len(found) == len(words):
                    break
        return found

    def _remembered(self, fd: int, size: int, words: Mapping[bytes, str]) -> set[str]:
        """Ids in what was not seen before, all of which are remembered."""
        found: set[str] = set()
        for place, block in _blocks(fd, self._end, size):
            written = _ID.findall(block)
            for word in written:
                for bit in _places(word):
                    self._bits[bit >> 3] |= 1 << (bit & 7)
            found |= _among(block, written, words)
            if block.endswith(b"\n"):
                self._end = place + len(block)
        self._mark = journal.mark_at(fd, self._end)
        return found

    def _may_have(self, word: bytes) -> bool:
        return all(self._bits[bit >> 3] & 1 << (bit & 7) for bit in _places(word))


_last = _Seen()
_mutex = threading.Lock()


def _identity(fd: int) -> tuple[int, int]:
    there = os.fstat(fd)
    return there.st_dev, there.st_ino


def _places(word: bytes) -> Iterator[int]:
    number = hash(word)
    step = number >> 32 | 1
    return ((number + turn * step) % _BITS for turn in range(_EACH))


def _as_written(id_: str) -> bytes:
    return json.dumps(id_, ensure_ascii=False).encode("utf-8", "replace")


def _among(block: bytes, written: list[bytes], words: Mapping[bytes, str]) -> set[str]:
    """Those of the ids that entries in these lines have."""
    if words.keys().isdisjoint(written):
        return set()
    entries = filter(None, map(journal.read_line, block.split(b"\n")))
    ids = {entry["id"] for entry in entries if isinstance(entry.get("id"), str)}
    return ids.intersection(words.values())


def _blocks(fd: int, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The file in pieces of whole lines, with their places; the last may lack its newline."""
    rest = b""
    while start < end:
        read = os.pread(fd, min(_BLOCK_BYTES, end - start), start)
        if not read:  # it was made shorter meanwhile
            break
        data = rest + read
        cut = data.rfind(b"\n") + 1
        if cut:
            yield start - len(rest), data[:cut]
        start += len(read)
        rest = data[cut:]
    if rest:
        yield start - len(rest), rest
