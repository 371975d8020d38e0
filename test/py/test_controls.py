"""What steers a terminal, and what does not."""

import pytest

from ai_sessions import controls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b]0;title\x07text\x9b1m\x00\ttab", "text\ttab"),
        ("\x1b[31mred\x1b[0m\x07\r\n", "red\n"),
        ("\x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1b[?25lhidden cursor\x1b[2J", "hidden cursor"),
        ("an unfinished \x1b[", "an unfinished ["),
        ("\u202eback\u202c and \u2066apart\u2069", "back and apart"),
        ("ก่อน, 家 and 👩\u200d💻 stay", "ก่อน, 家 and 👩\u200d💻 stay"),
        ("a [31m that was typed", "a [31m that was typed"),
    ],
)
def test_only_what_people_can_read_stays(text, expected):
    assert controls.plain(text) == expected


def test_one_line_is_one_line():
    assert controls.one_line(" a\r\n\tb\x1b[K\n\n c ") == "a b c"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", True),
        ("def a():\r\n\treturn 1\r\n\f", True),
        ("x = 1\0 # a zero byte in what is a text for all that\n", True),
        ("ก่อน, 家 and \ufffd\ufffd\ufffd", True),
        ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1", False),
    ],
)
def test_a_text_is_told_from_what_is_none(content, expected):
    assert controls.is_text(content) is expected


@pytest.mark.parametrize(
    ("text", "whole", "begun"),
    [
        ("", "", ""),
        ("abc", "abc", ""),
        ("a\x1b", "a", "\x1b"),
        ("a\x1b[3", "a", "\x1b[3"),
        ("a\x1b[31m", "a\x1b[31m", ""),
        ("a\x1b[31mb\x9b2", "a\x1b[31mb", "\x9b2"),
        ("a\x1b]0;title", "a", "\x1b]0;title"),
        ("a\x1b]0;title\x1b", "a", "\x1b]0;title\x1b"),
        ("a\x1b]0;title\x07b", "a\x1b]0;title\x07b", ""),
        ("\x1b]" + "x" * 300, "\x1b]" + "x" * 300, ""),
    ],
)
def test_a_sequence_without_its_end_waits_for_the_next_piece(text, whole, begun):
    assert controls.split_begun(text) == (whole, begun)
