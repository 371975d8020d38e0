"""Parts of a text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.bots.splitting import split, utf_16

WORDS = st.sampled_from(
    ["a", "word ", "\n", "\n\n", "```", "```python\n", "\n```\n", "~~~\n", "😀", "שלום ", "é", ". "]
)


def inner(parts):
    return "".join(one.inner for one in parts)


@pytest.mark.parametrize("text", ["", "Hi", "a" * 20])
def test_what_fits_is_one_part(text):
    assert [one.text for one in split(text, 20)] == [text]


def test_it_is_cut_after_a_paragraph_a_line_or_a_word():
    assert [one.text for one in split("one two\n\nthree four", 12)] == ["one two\n\n", "three four"]
    assert [one.text for one in split("one two three", 9)] == ["one two ", "three"]


def test_a_block_of_code_is_ended_and_begun_again():
    parts = split("```python\n" + "x = 1\n" * 20 + "```\n", 60)

    assert all(one.text.startswith("```python\n") for one in parts)
    assert all(one.text.rstrip().endswith("```") for one in parts)
    assert inner(parts) == "```python\n" + "x = 1\n" * 20 + "```\n"


@given(st.lists(WORDS, max_size=200).map("".join), st.integers(40, 120))
def test_parts_are_the_text_within_the_limit(text, most):
    parts = split(text, most, utf_16)

    assert inner(parts) == text
    assert all(0 <= utf_16(one.text) <= most for one in parts)
    for one in parts:
        one.text.encode("utf-16-le")  # no half of a surrogate pair


@given(st.lists(WORDS, max_size=200).map("".join), st.integers(60, 120))
def test_no_part_but_the_last_ends_within_a_block_of_code(text, most):
    for one in split(text, most, utf_16)[:-1]:
        opened = ""
        for found in re.finditer(r"^ {0,3}(`{3,}|~{3,})([^\n]*)$", one.text, re.MULTILINE):
            if not opened:
                opened = found[1]
            elif found[1].startswith(opened) and not found[2].strip():
                opened = ""
        assert not opened
