"""Tables of pages."""

import pytest

from ai_sessions.display.html.tables import Html, link, table


def test_a_cell_is_text_unless_it_says_that_it_is_html():
    shown = table(("<a>", "x"), [("<b>", Html("<i>x</i>"))], "<c>")

    assert '<th scope="col">&lt;a&gt;</th>' in shown
    assert '<th scope="row">&lt;b&gt;</th><td><i>x</i></td>' in shown
    assert "<caption>&lt;c&gt;</caption>" in shown


def test_a_link_is_escaped_in_all_its_parts():
    assert link('/a"b', "<c>", '"d') == '<a href="/a&quot;b" title="&quot;d">&lt;c&gt;</a>'


@pytest.mark.parametrize("name", ["", " ", "\x1b]0;owned\x07"])
def test_a_link_can_be_seen_whatever_it_is_called(name):
    assert link("/a", name) == '<a href="/a">?</a>'


def test_a_wide_table_can_be_scrolled_by_keyboard():
    assert 'tabindex="0" role="region" aria-label="Model"' in table(("Model", "Cost"), [])


def test_words_stand_to_the_left():
    shown = table(("Model", "Title"), [("m", "x")], words=("Title",))

    assert '<th scope="col" class="words">Title</th>' in shown
    assert '<td class="words">x</td>' in shown
