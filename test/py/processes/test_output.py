"""Output within bounds: lines that come in any pieces, and the two ends of a flood."""

import pytest

from ai_sessions.processes.output import Ends, Lines


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_are_the_same_in_whatever_pieces_they_come(size):
    data, lines = b"one\n\ntwo\nrest", Lines(100)
    found = [
        line
        for start in range(0, len(data), size)
        for line in lines.add(data[start : start + size])
    ]

    assert [line for line in found if line] == [b"one", b"two"]
    assert lines.rest() == b"rest"


def test_a_line_that_is_too_long_comes_in_pieces():
    lines = Lines(4)

    assert list(lines.add(b"123456789\nab")) == [b"1234", b"5678", b"9"]
    assert lines.rest() == b"ab"


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_the_ends_of_a_flood_are_kept(size):
    data, ends = bytes(range(100)), Ends(10)
    for start in range(0, len(data), size):
        ends.add(data[start : start + size])

    assert ends.whole() == data[:5] + b"\n[... 90 bytes left out ...]\n" + data[-5:]


def test_what_fits_is_kept_whole():
    ends = Ends(10)
    ends.add(b"0123456789")

    assert ends.whole() == b"0123456789"
