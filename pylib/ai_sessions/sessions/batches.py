"""Many entries as writes of a bounded size, so that no session is ever in memory whole."""

from collections.abc import Iterable, Iterator

from ai_sessions.records import Entry, Interaction, Said

_ENTRIES = 2000
_CHARACTERS = 4 << 20


def batches(
    entries: Iterable[Entry], most: int = _ENTRIES, characters: int = _CHARACTERS
) -> Iterator[list[Entry]]:
    """The entries in order. A batch ends with the entry that makes it as long as it may be."""
    batch: list[Entry] = []
    length = 0
    for entry in entries:
        batch.append(entry)
        length += _length(entry)
        if len(batch) >= most or length >= characters:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _length(entry: Entry) -> int:
    if isinstance(entry, Said):
        return len(entry.message.text)
    messages = entry.messages if isinstance(entry, Interaction) else ()
    return sum(len(message.text) for message in messages)
