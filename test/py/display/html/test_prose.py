"""What was said, with its code set apart."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.controls import plain
from ai_sessions.display.html.prose import code, prose


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a <b>", '<div class="text" dir="auto">a &lt;b&gt;</div>\n'),
        ("`<b>`", '<div class="text" dir="auto"><code>&lt;b&gt;</code></div>\n'),
        ("`` a`b ``", '<div class="text" dir="auto"><code> a`b </code></div>\n'),
        ("a ` b\n`", '<div class="text" dir="auto">a ` b\n`</div>\n'),
        ("```\n<b>\n```\n", code("<b>")),
        ("``` <py> \nx", '<p class="soft">&lt;py&gt;</p>\n' + code("x")),
        ("~~~\n```\n~~~~", code("```")),
        ("```\nopen", code("open")),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_code_is_set_apart(said, shown):
    assert prose(said) == shown


def test_text_before_and_behind_a_block_is_there():
    assert re.sub(r"<[^>]*>", "|", prose("a\n```\nb\n```\nc")) == "|a|\n||b||\n|c|\n"


@given(st.text(st.sampled_from("`~a<\n ")))
def test_nothing_that_was_said_is_lost(said):
    shown = html.unescape(re.sub(r"<[^>]*>", "", prose(said)))

    def letters(text):
        return text.count("a"), text.count("<")

    assert letters(shown) == letters(plain(said))
