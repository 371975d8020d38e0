"""The frame of a page."""

import base64
import hashlib
import re

from ai_sessions.display.html import page
from ai_sessions.display.html.escaping import text


def test_the_policy_allows_the_style_of_the_page_and_nothing_else():
    style = re.search(r"<style>(.*)</style>", page.begin("x"), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    policy = page.policy(style)
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'" in policy
    assert text(policy) in page.begin("x")
    assert "script-src" not in policy


def test_a_page_with_a_style_of_its_own_allows_that_as_well():
    head = page.begin("x", ".more { color: red }")

    assert ".more { color: red }</style>" in head
    assert text(page.policy(page.STYLE + ".more { color: red }")) in head


def test_the_policy_stands_before_everything_that_it_holds_for():
    head = page.begin("x")

    assert head.index("Content-Security-Policy") < head.index("<title>") < head.index("<style>")


def test_nothing_is_loaded():
    assert not re.search(r"url\(|@import|src=|<link|https?:", page.begin("x") + page.END)


def test_a_title_is_text():
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in page.begin("</title><b>")
