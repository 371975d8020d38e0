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


TEXTS = st.lists(WORDS, max_size=200).map("".join)
#: A fence that takes a large part of the limit cannot be said again.
SHORT = 60


@given(TEXTS, st.integers(1, 120))
def test_parts_are_the_text_within_the_limit(text, most):
    parts = split(text, most, utf_16)

    assert inner(parts) == text
    for one in parts:
        assert utf_16(one.text) <= most or len(one.text) == 1
        assert one.inner or not text
        one.text.encode("utf-16-le", "surrogatepass")


@given(st.text(max_size=300), st.integers(2, 50))
def test_any_text_can_be_split(text, most):
    parts = split(text, most, utf_16)

    assert inner(parts) == text
    assert all(utf_16(one.text) <= most for one in parts)


def open_at_the_end(text):
    opened = ""
    for found in re.finditer(r"^[ \t]*(`{3,}(?!.*`)|~{3,})([^\n]*)$", text, re.MULTILINE):
        if not opened:
            opened = found[1]
        elif found[1].startswith(opened) and not found[2].strip():
            opened = ""
    return opened


@given(TEXTS, st.integers(SHORT, 120))
def test_no_part_but_the_last_ends_within_a_block_of_code(text, most):
    for one in split(text, most, utf_16)[:-1]:
        assert not open_at_the_end(one.text)


def code(text):
    """The lines that are in blocks of code, without their fences."""
    found, opened = [], ""
    for line in text.splitlines(keepends=True):
        fence = open_at_the_end(line)
        if not opened and fence:
            opened = fence
        elif opened and fence.startswith(opened) and not line.strip().strip(opened[0]):
            opened = ""
        elif opened:
            found.append(line)
    return "".join(found).split()


LINES = st.sampled_from(
    [
        *("text\n", "x = 1\n", "```\n", "```python\n", "~~~\n", "~~~~ sh\n", "  ```\n", "````\n"),
        *("\r\n", "    ```js\r\n", "1. item\n", "a ``` b\n", "word " * 30 + "\n", "\n"),
    ]
)


@given(st.lists(LINES, max_size=60).map("".join), st.integers(100, 200))
def test_what_is_code_in_the_text_is_code_in_its_parts(text, most):
    parts = split(text, most)

    assert [one for part in parts for one in code(part.text)] == code(text)


@pytest.mark.parametrize(
    "sign",
    [
        *("e\u0301\u0323", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f"),
        *("\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "\r\n", "\u0e01\u0e33\u0e49"),
        *("\u1112\u1161\u11ab", "\u05e9\u05c1\u05b8"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("most", range(12, 20))
def test_what_people_see_as_one_character_stays_whole(sign, most):
    parts = split(sign * 40, most, utf_16)

    assert all(one.text == sign * (len(one.text) // len(sign)) for one in parts)


def test_a_character_beyond_the_limit_is_cut_between_its_signs():
    parts = split("e" + "\u0301" * 500, 100)

    assert inner(parts) == "e" + "\u0301" * 500
    assert all(len(one.text) <= 100 for one in parts)


@pytest.mark.parametrize("fence", ["```" + "x" * 500, "`" * 500, "~" * 500], ids=len)
def test_a_fence_beyond_the_limit_is_only_text(fence):
    text = f"{fence}\n{'code ' * 100}\n"
    parts = split(text, 100)

    assert inner(parts) == text
    assert all(len(one.text) <= 100 for one in parts)
    assert len(parts) < 30


def test_a_long_fence_is_begun_again_without_its_words():
    parts = split("```python title=" + "x" * 40 + "\n" + "x = 1\n" * 40 + "```\n", 100)

    assert all(one.before == "```\n" for one in parts[1:])


def test_signs_in_the_midst_of_a_line_begin_no_block_in_the_next_part():
    parts = split("a" * 20 + " ```" + "b" * 20, 21)

    assert not any(open_at_the_end(one.text) for one in parts)


@pytest.mark.parametrize("most", range(18, 40))
def test_a_fence_is_not_cut(most):
    text = "ab\n```python t=x\nx = 1\n```\nand more words of that kind\n"
    lines = [line for one in split(text, most) for line in one.text.splitlines() if "`" in line]

    assert set(lines) <= {"```", "```python t=x"}
