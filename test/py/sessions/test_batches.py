"""Batches: all entries, in order, and never more at a time than was said."""

import pytest

from ai_sessions.records import Note
from ai_sessions.sessions.batches import batches


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([], []),
        ([0] * 3, [3]),
        ([0] * 8, [3, 3, 2]),
        ([10] * 5, [3, 2]),
        ([20] * 3, [2, 1]),
        ([100, 10], [1, 1]),
    ],
)
def test_a_batch_ends_when_it_has_enough_entries_or_text(lengths, sizes):
    entries = [(Note(str(number), {}), length) for number, length in enumerate(lengths)]
    found = list(batches(entries, most=3, characters=30))

    assert [len(one) for one in found] == sizes
    assert [entry for one in found for entry in one] == [entry for entry, _length in entries]
