"""Batches: all entries, in order, and never more at a time than was said."""

import pytest

from ai_sessions.records import Interaction, Message, Note, Said
from ai_sessions.sessions.batches import batches

TEXT = Message("user", "x" * 10)
CALL = Interaction("i1", "", "claude", "m", (TEXT, TEXT))


@pytest.mark.parametrize(
    ("entries", "sizes"),
    [
        ([], []),
        ([Note("x", {})] * 3, [3]),
        ([Note("x", {})] * 8, [3, 3, 2]),
        ([Said(TEXT)] * 5, [3, 2]),
        ([CALL] * 3, [2, 1]),
        ([Said(Message("user", "x" * 100)), Said(TEXT)], [1, 1]),
    ],
)
def test_a_batch_ends_when_it_has_enough_entries_or_text(entries, sizes):
    found = list(batches(entries, most=3, characters=30))

    assert [len(one) for one in found] == sizes
    assert [entry for one in found for entry in one] == entries
