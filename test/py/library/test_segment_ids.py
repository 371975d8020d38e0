"""Ids of segments."""

import pytest

from ai_sessions.library import segment_ids
from ai_sessions.records import Summary


@pytest.mark.parametrize("text", ["a", "a#", "a#0", "a#02", "#2", "a#x", "a#²", "a#-1"])
def test_what_is_no_segment_is_an_id_alone(text):
    assert segment_ids.parted(text) == (text, 0)


def test_an_id_of_a_segment_is_parted():
    assert segment_ids.parted("a#b#12") == ("a#b", 12)
    assert segment_ids.chain("a", 3) == ["a", "a#2", "a#3"]


@pytest.mark.parametrize(("detail", "count"), [({}, 1), ({"segment": 2}, 3), ({"segment": "x"}, 1)])
def test_the_newest_summary_says_how_many_there_are(detail, count):
    assert segment_ids.count(Summary("s", 1, detail=detail)) == count
    assert segment_ids.count(None) == 1
