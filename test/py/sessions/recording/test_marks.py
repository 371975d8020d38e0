"""A mark is read as it was written; what is none is no mark."""

import json

import pytest

from ai_sessions.sessions.recording.marks import Mark, mark_of, text_of

MARK = Mark("a", 7, "id", 12, "2026-11-28T10:15:00.123Z", 1, 300, 4000, 1796004523, "1.2.3")


def test_a_mark_is_read_as_it_was_written():
    assert mark_of(text_of(MARK)) == MARK


def test_it_is_one_line_in_which_nothing_ends_a_comment():
    text = text_of(Mark("a", 1, "x\n-->\u202e", 0, "", 0, 0, 0, 0))

    assert "\n" not in text
    assert "\u202e" not in text
    assert "-->" not in text


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"seq": -1}, {"seq": "7"}, {"seq": True}, {"id": None}, {"by": 1}, {"body": 1.0}],
)
def test_what_is_no_mark_is_none(change):
    assert mark_of(json.dumps(MARK.told() | change)) is None


@pytest.mark.parametrize("text", [b"", b"\xff", "{", "[]", "null", "[" * 100_000])
def test_what_is_no_object_is_none(text):
    assert mark_of(text) is None
