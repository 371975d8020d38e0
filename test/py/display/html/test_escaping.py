"""The one way in which a value gets into a page."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.controls import plain
from ai_sessions.display.html.escaping import optional, text


@given(st.text() | st.sampled_from(["<b>", "\"'&", "&lt;"]))
def test_a_browser_reads_what_was_there(value):
    assert html.unescape(text(value)) == plain(value)


@given(st.text())
def test_nothing_ends_an_element_or_an_attribute(value):
    assert set('<>"') & set(text(value)) == set()


def test_halves_of_pairs_have_a_mark_in_their_place():
    assert text("a\ud83d") == "a�"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), ("", ""), (0, "<b>0</b>"), ("<", "<b>&lt;</b>")]
)
def test_what_is_not_there_leaves_no_element(value, shown):
    assert optional("<b>{}</b>", value) == shown
