"""Statements of a text: sentences and list entries, no code, no logs, each on one line."""

import pytest

from ai_sessions.memory.statements import LONGEST, one_line, paragraphs, shortened


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One is here. Two is there.", [["One is here.", "Two is there."]]),
        ("Use it, e.g. Redis. Then stop.", [["Use it, e.g. Redis.", "Then stop."]]),
        ("- first entry\n2. second entry", [["first entry"], ["second entry"]]),
        ("端口是8080。不要推送。", [["端口是8080。", "不要推送。"]]),
        ("no full stop\nnext line", [["no full stop"], ["next line"]]),
        ("This line was wrapped by an editor at that column and\ngoes on.",
         [["This line was wrapped by an editor at that column and goes on."]]),
        ("Before.\n```\nx = 1\n```\nAfter.", [["Before."], ["After."]]),
        ("Before.\n```\nnever closed", [["Before."]]),
        ("2026-11-01 10:00:00 INFO up\nReal words.", [["Real words."]]),
        ("| a | b |\n{\n0 1 2 3 4 5\nReal words.", [["Real words."]]),
        ("", []),
    ],
)  # fmt: skip
def test_a_text_is_its_sentences_by_paragraph(text, found):
    assert paragraphs(text) == found


def test_of_a_huge_text_its_beginning_and_end_are_looked_at():
    text = "First words.\n" + "Middle words here.\n" * 100_000 + "Last words."
    found = paragraphs(text)

    assert found[0] == ["First words."]
    assert found[-1] == ["Last words."]
    assert len(found) < 1_000


def test_one_line_has_no_line_break_and_no_half_of_a_character():
    assert one_line("a\r\n\u2028b\x1b[2J\udc80") == "a b\ufffd"


def test_a_long_text_is_cut_between_words():
    cut = shortened("word " * 200)

    assert len(cut) <= LONGEST
    assert cut.endswith("word…")
