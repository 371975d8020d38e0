"""Markdown of models as Telegram's server reads our HTML of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import telegram_html
from ai_sessions.bots.splitting import utf_16
from ai_sessions.bots.telegram import formatting

MOST = 4096
PIECES = st.sampled_from(
    [
        *("*", "**", "***", "_", "__", "~~", "`", "``", "```", "```py\n", "\n```\n", "~~~"),
        *("[", "](", ")", '](https://a.example/x?a=1&b="2")', "![", "<", ">", "</b>", "<b>", "&"),
        *("&lt;", "\\", "\n", "\n\n", "- ", "1. ", "# ", "> ", "| ", "|---|\n", " ", "word", "I"),
        *("😀", "שלום", "مرحبا", "汉字。", "\x00", "a_b_c", "2 * 3", "---\n", "- [x] ", "\t"),
    ]
)
MARKDOWN = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


def read(markdown):
    """The text that people see, and its entities as kind, words, value."""
    text, entities = telegram_html.parse(formatting.html(markdown, MOST))
    data = text.encode("utf-16-le")
    return text, [
        (
            one.type,
            data[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le"),
            one.value,
        )
        for one in entities
    ]


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a **bold** word", "a bold word", [("bold", "bold", "")]),
        ("__so bold__ and *it* and _it_", "so bold and it and it", None),
        ("***both***", "both", [("bold", "both", ""), ("italic", "both", "")]),
        ("**bold with *it* in it**", "bold with it in it", None),
        ("~~gone~~", "gone", [("strikethrough", "gone", "")]),
        ("`a < b`", "a < b", [("code", "a < b", "")]),
        ("``a ` b``", "a ` b", [("code", "a ` b", "")]),
        ("**重点。**内容", "重点。内容", [("bold", "重点。", "")]),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4", []),
        ("a < b && c > d", "a < b && c > d", []),
        ("<script>alert(1)</script>", "<script>alert(1)</script>", []),
        ("\\*not bold\\*", "*not bold*", []),
        ("**open", "**open", []),
        ("# Head *line* #", "Head line", None),
        ("- one\n- two", "• one\n• two", []),
        ("- [x] done\n- [ ] to do", "• ☑ done\n• ☐ to do", []),
        ("  - within\n3. third", "  • within\n3. third", []),
        ("> said\n> twice\nanswer", "said\ntwice\nanswer", [("blockquote", "said\ntwice", "")]),
        ("a\n\n---\n\nb", "a\n\n———\n\nb", []),
        ("[site](https://a.example/?a=1&b=2)", "site", None),
        ("see [file](src/a.py)", "see file (src/a.py)", []),
        ("[x](javascript:alert)", "x (javascript:alert)", []),
        ("![cat](https://a.example/c.png)", "cat", None),
        ("<https://a.example>", "https://a.example", None),
        ("```python\nif a < b:\n    *x\n```\nafter", "if a < b:\n    *x\nafter", None),
        ("```alpha", "```alpha", []),
        ("```\n```\nafter", "```\n```\nafter", []),
        ("```\nnever closed", "never closed", [("pre", "never closed", "")]),
        ("😀 **fat** 😀", "😀 fat 😀", [("bold", "fat", "")]),
        ("**שלום** עולם", "שלום עולם", [("bold", "שלום", "")]),
    ],
)
def test_markdown_is_shown_as(markdown, text, entities):
    seen, found = read(markdown)

    assert seen == text
    assert entities is None or found == entities


@pytest.mark.parametrize(
    ("markdown", "entity"),
    [
        ("```python\nx = 1\n```", ("pre", "x = 1", "python")),
        ("  ```c++\n  int x;\n  ```", ("pre", "int x;", "c++")),
        ('```a"b<c>\nx\n```', ("pre", "x", "abc")),
        ("[a](https://a.example/?a=1&b=2)", ("text_link", "a", "https://a.example/?a=1&b=2")),
        ('[a](https://a.example/"x)', ("text_link", "a", 'https://a.example/"x')),
        ("[**a** b](https://a.example)", ("text_link", "a b", "https://a.example")),
        ("## Why **so**", ("bold", "Why so", "")),
        ("**bold with *it* in it**", ("bold", "bold with it in it", "")),
        ("**bold with *it* in it**", ("italic", "it", "")),
        ("a _b `c_` d_", ("code", "c_", "")),
    ],
)
def test_its_parts_are(markdown, entity):
    assert entity in read(markdown)[1]


def test_a_table_is_aligned_also_with_wide_characters():
    table = "| Name | `Price` |\n|:--|--:|\n| 漢字 | 1 \\| 2 |\n| b |"
    text, entities = read(f"Here:\n{table}\nafter")

    assert text == "Here:\nName | Price\n-----+------\n漢字 | 1 | 2\nb    |\nafter"
    assert entities[0][0] == "pre"


@pytest.mark.parametrize("row", ["| a | b \\|", "| a | b \\| |", "a|b \\|"])
def test_a_bar_that_is_escaped_is_part_of_its_cell(row):
    assert read(f"|x|y|\n|-|-|\n{row}")[0] == "x | y\n--+----\na | b |"


def test_what_is_plain_stays_as_it_is():
    assert formatting.plain("a **b** <c>") == "a **b** <c>"


def test_a_table_that_would_be_too_long_when_aligned_stays_as_it_is():
    table = "\n".join(["|a|b|", "|-|-|", "|" + "x" * 200 + "|b|", *["|a|b|"] * 500])
    text, entities = read(table)

    assert text == table
    assert entities == [("pre", table, "")]


@pytest.mark.parametrize("markdown", ["", " \n ", "```\n```", "**", "[]()"])
def test_there_is_always_something_to_see(markdown):
    assert read(markdown)[0].strip()


@given(MARKDOWN)
@example("**a [b** c](https://a.example) d**")
@example("|" * 50 + "\n" + "|-" * 50)
def test_telegram_reads_whatever_comes_and_it_is_not_longer(markdown):
    text, _entities = read(markdown)

    assert utf_16(text) <= max(utf_16(markdown), MOST if "|" in markdown else 1)


@given(st.lists(st.sampled_from(["alpha", "*", "**", "_", "`x`", "\n", " ", "- ", "> ", "beta"])))
def test_no_word_is_lost(pieces):
    markdown = "".join(pieces)
    text, _entities = read(markdown)

    assert (text.count("alpha"), text.count("beta")) == (
        markdown.count("alpha"),
        markdown.count("beta"),
    )


@pytest.mark.parametrize("piece", ["*", "**a ", "_a ", "[", "[a](", "`", "> ", "|", "~~a", "![[a]"])
def test_four_thousand_marks_are_read(piece):
    markdown = (piece * 4096)[:4096]

    assert utf_16(read(markdown)[0]) <= 4096
