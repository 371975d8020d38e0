"""How many there are of something."""

import pytest

from ai_sessions.plurals import counted


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ["call"], "0 calls"),
        (1, ["call"], "1 call"),
        (1200, ["call"], "1,200 calls"),
        (1, ["new entry", "new entries"], "1 new entry"),
        (2, ["new entry", "new entries"], "2 new entries"),
    ],
)
def test_one_is_singular_and_all_else_is_plural(number, words, text):
    assert counted(number, *words) == text
