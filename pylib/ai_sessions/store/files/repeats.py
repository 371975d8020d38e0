"""Which ids a journal has, whatever its length: one pass over its bytes, without parsing them.

A byte search finds every place that may hold one of them; only then lines are parsed to be sure.
What it takes does not depend on how many ids are looked for.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.store.files import journal

_BLOCK_BYTES = 1 << 20
_ID = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.)*+")')


def known(path: Path | str, wanted: frozenset[str], start: int = 0) -> frozenset[str]:
    """Those of `wanted` that entries from byte `start` on have.

    Raises `OSError`, `StorageError`.
    """
    if not wanted:
        return frozenset()
    words = {_as_written(one) for one in wanted}
    found: set[str] = set()
    with journal.opened(path) as file:
        file.seek(start)
        for block in _blocks(file.fileno(), start, os.fstat(file.fileno()).st_size):
            if not words.isdisjoint(_ID.findall(block)):
                found |= _ids(block) & wanted
    return frozenset(found)


def _as_written(id_: str) -> bytes:
    return json.dumps(id_, ensure_ascii=False).encode("utf-8", "replace")


def _ids(block: bytes) -> set[str]:
    entries = filter(None, map(journal.read_line, block.split(b"\n")))
    return {entry["id"] for entry in entries if isinstance(entry.get("id"), str)}


def _blocks(fd: int, start: int, end: int) -> Iterator[bytes]:
    """The file in pieces of whole lines; the last may lack its newline."""
    rest = b""
    while start < end:
        read = os.pread(fd, min(_BLOCK_BYTES, end - start), start)
        start += len(read)
        whole, newline, rest = (rest + read).rpartition(b"\n")
        if newline:
            yield whole
    if rest:
        yield rest
