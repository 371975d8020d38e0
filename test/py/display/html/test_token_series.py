"""Kinds of tokens of a chart do not overlap."""

from ai_sessions.display.html import token_series


def sums(input_, output, read=0, written=0):
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    return dict(zip(names, (input_, output, read, written), strict=True))


def test_what_came_from_or_went_to_a_cache_is_no_other_input():
    found = token_series.series([sums(1_000, 30, 600, 100), sums(5, 0)])

    assert {one.name: one.values for one in found} == {
        "input": [300, 5],
        "read from cache": [600, 0],
        "written to cache": [100, 0],
        "output": [30, 0],
    }
    assert token_series.totals(found) == ["1,030", "5"]


def test_where_no_token_was_counted_there_is_nothing():
    assert token_series.series([sums(0, 0)]) == []
