"""How many there are of something."""

import pytest

from ai_sessions.plurals import counted, listed


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


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b", "c"], 3, "a, b, c"),
        (["a", "b", "c", "d"], 3, "a, b, c and 1 more"),
        (iter("abcde"), 2, "a, b and 3 more"),
    ],
)
def test_of_many_names_the_first_are_named_and_the_rest_is_counted(names, most, text):
    assert listed(names, most) == text
