"""What every page tells browsers, and the links that it has."""

import re


def test_no_script_runs_and_nothing_foreign_is_loaded(browser):
    headers = browser.get("/").headers

    policy = headers["content-security-policy"]
    assert {"default-src 'self'", "script-src 'none'", "frame-ancestors 'none'"} <= {
        one.strip() for one in policy.split(";")
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_needs_nothing_that_its_policy_forbids(browser, talk):
    talk("trip", "Where to?", "```\ncode\n```")
    for path in ("/", "/sessions/trip", "/login"):
        page = browser.get(path).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://", page), path


def test_the_place_where_one_is_is_marked(browser):
    assert '<a href="/" aria-current="page">Overview</a>' in browser.get("/").text


def test_who_comes_with_a_token_has_nothing_to_log_out_of(client, browser):
    assert "Log out" in browser.get("/").text
    assert "Log out" not in client.get("/").text
