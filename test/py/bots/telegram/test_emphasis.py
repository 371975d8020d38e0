"""Marks within a line."""

import pytest

from ai_sessions.bots.telegram.emphasis import escaped, inline


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a** b", "<b>a</b> b"),
        ("**a *b* c**", "<b>a <i>b</i> c</b>"),
        ("***a***", "<i><b>a</b></i>"),
        ("***a** b*", "<i><b>a</b> b</i>"),
        ("*a **b***", "<i>a <b>b</b></i>"),
        ("**a*", "*<i>a</i>"),
        ("*a** b", "<i>a</i>* b"),
        ("*a _b* c_", "<i>a _b</i> c_"),
        ("a*b*c", "a<i>b</i>c"),
        ("a_b_c", "a_b_c"),
        ("_a_b_", "<i>a_b</i>"),
        ("tests/__init__.py and __main__", "tests/__init__.py and __main__"),
        ("__two words__ __a_b__", "<b>two words</b> __a_b__"),
        ("src/**/*.py, test/**/*.py", "src/**/*.py, test/**/*.py"),
        ("**/start** it", "<b>/start</b> it"),
        ("~~a~~ ~b~", "<s>a</s> ~b~"),
        ("* a *", "* a *"),
        ("`*a*`", "<code>*a*</code>"),
        ("` a `", "<code>a</code>"),
        ("`` ` ``", "<code>`</code>"),
        ("`a", "`a"),
        ("\\`a\\`", "`a`"),
        ("[a*b](https://x.example) c*", '<a href="https://x.example">a*b</a> c*'),
        ("[a](https://x.example/(b))", '<a href="https://x.example/(b)">a</a>'),
        ('[a](https://x.example "t")', '<a href="https://x.example">a</a>'),
        ("[](https://x.example)", '<a href="https://x.example">https://x.example</a>'),
        ("[[1]](https://x.example)", '<a href="https://x.example">[1]</a>'),
        ("[a] (b)", "[a] (b)"),
        ("<mailto:a@b.example>", '<a href="mailto:a@b.example">mailto:a@b.example</a>'),
    ],
)
def test_marks_become_tags(text, html):
    assert inline(text) == html


def test_text_is_no_html():
    assert escaped('<a href="x">&amp;</a>') == '&lt;a href="x"&gt;&amp;amp;&lt;/a&gt;'
