"""Many entries as writes of a bounded size, so that no session is ever in memory whole."""

from collections.abc import Iterable, Iterator

from ai_sessions.records import Entry

_ENTRIES = 2000
_CHARACTERS = 1 << 19


def batches(
    entries: Iterable[tuple[Entry, int]], most: int = _ENTRIES, characters: int = _CHARACTERS
) -> Iterator[list[Entry]]:
    """The entries, each given with the length of its text, in order. A batch ends with the entry
    that makes it as long as it may be.
    """
    batch: list[Entry] = []
    length = 0
    for entry, its_length in entries:
        batch.append(entry)
        length += its_length
        if len(batch) >= most or length >= characters:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
