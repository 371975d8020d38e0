"""Words that judge get their colour, and nothing else does."""

import pytest

from ai_sessions.cli.terminal import coloured, plain
from ai_sessions.display import colours


@pytest.mark.parametrize(
    ("text", "code"),
    [("done", 32), ("GO", 32), ("red    ", 31), ("NO-GO", 31), ("error:", 31), ("warning:", 33)],
)
def test_a_word_that_judges_has_a_colour(text, code):
    assert coloured(f"T1 {colours.word(text)} x") == f"T1 \x1b[{code}m{text}\x1b[0m x\x1b[0m"


@pytest.mark.parametrize("text", ["ready", "redo", "GOing", "", " "])
def test_other_words_have_none(text):
    assert colours.word(text) == text


def test_where_there_are_no_colours_nothing_is_left_of_the_marks():
    assert plain(colours.word("NO-GO") + "\n") == "NO-GO\n"
