"""What was said as a quotation in Markdown: nothing in it is live, and it can be had back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.controls import plain
from ai_sessions.display import quoting

#: Pieces of Markdown that decide what is code, and what is live.
PIECES = (
    *("`", "``", "```", "~~~", "\n", "\n\n", "    ", "- ", "> ", "|", "\\", "$$", "%%", "text "),
    *("<img src=x>", "</blockquote>", "![a](b)", "[a](javascript:x)", "[a]: b", "<!--"),
    *("&lt;", "&amp;", "amp;", "&#33;", "a", "mermaid", "python", " "),
)


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_what_was_said_comes_back_without_control_characters_alone(text):
    said = quoting.quoted(text)

    assert quoting.unquoted(said.split("\n") if said else []) == plain(text)


@given(st.text(min_size=1))
def test_every_line_is_quoted(text):
    assert all(line.startswith(">") for line in quoting.quoted(text).split("\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>", "&lt;b>"),
        ("</blockquote>", "&lt;/blockquote>"),
        ("<!-- x", "&lt;!-- x"),
        ("<?php", "&lt;?php"),
        ("[a](javascript:x)", "[a]&#40;javascript:x)"),
        ("[a]: http://x", "[a]&#58; http://x"),
        ("![a][b]", "&#33;[a][b]"),
        ("&lt; &amp;lt; &amp;", "&amp;lt; &amp;amp;lt; &amp;"),
        ("1 < 2 and (3) and a: b!", "1 < 2 and (3) and a: b!"),
    ],
)
def test_what_is_live_is_written_with_entities(text, shown):
    assert quoting.inert(text) == shown


@pytest.mark.parametrize(
    "code",
    ["`Vec<T>`", "``a ` <b>``", "```python\nif a <b>:\n```", "~~~\n<b>\n``` \n~~~~", "```\n<b>"],
)
def test_code_stays_as_it_is(code):
    assert quoting.inert(code) == code


@pytest.mark.parametrize(
    "around",
    [
        "`\n{} `",  # the line above begins a span that ends before the tag
        "\\`{}`",  # an escaped tick begins none
        "| ` | {} ` |",  # cells end them
        "$`$ {} `",  # so do formulas
        "- a\n  ```\n{}",  # a fence ends with its list
        "   ```\nx\n```\n{}",  # what looks like a beginning is an end
        "> ```\n{}",
        "```a`b\n{}",  # no fence has ticks in its info string
        "```a|b\n|-|-|\n{}",  # the head of a table
        "$$\n```\n$$\n{}",
        "%%\n```\n%%\n{}",
        "```\nx\n```\n{}",
        "~~~\nx\n~~~~ \n{}",
    ],
)
def test_what_may_be_outside_of_code_is_not_live(around):
    assert "<img" not in quoting.inert(around.format("<img>"))


def test_a_fence_ends_only_where_a_viewer_ends_it():
    code = "````\n```\n    ````\n````x\n<b>\n````"

    assert quoting.inert(f"{code}\n<b>") == f"{code}\n&lt;b>"


def test_after_a_blank_line_spans_are_certain_again():
    assert quoting.inert("` <b>\n\n`<b>`") == "` &lt;b>\n\n`<b>`"


def test_behind_a_block_of_code_spans_are_certain_again():
    assert quoting.inert("` <b>\n```\n```\n`<b>`") == "` &lt;b>\n```\n```\n`<b>`"


@pytest.mark.parametrize("info", ["mermaid", "dataviewjs x", "{python}", "text mermaid", "geojson"])
def test_no_fence_is_run_or_drawn(info):
    assert quoting.inert(f"```{info}\nx") == f"```text {info}\nx"


@pytest.mark.parametrize("info", ["", "python", "C++", "text", "json title=x", " sh"])
def test_languages_keep_their_colours(info):
    assert quoting.inert(f"```{info}\nx") == f"```{info}\nx"
