"""Reports are numbered and never written over."""

import os

from ai_sessions.workspace.reports import last_report, save_report


def test_reports_are_numbered_and_never_written_over(space):
    first = save_report(space, "reviews", {"n": 1}, "one")
    second = save_report(space, "reviews", {"n": 2}, "two")

    assert (first, second) == (".ai-session/pay/reviews/001.md", ".ai-session/pay/reviews/002.md")
    assert space.record("reviews", "001.json") == {"n": 1}


def test_reports_go_on_after_a_thousand(space):
    save_report(space, "verify", {"n": 999}, "")
    os.rename(space.path("verify", "001.json"), space.path("verify", "999.json"))
    paths = [save_report(space, "verify", {"n": n}, "") for n in (1000, 1001)]

    assert [os.path.basename(path) for path in paths] == ["1000.md", "1001.md"]
    assert last_report(space, "verify") == {"n": 1001}


def test_a_page_steers_no_terminal(space):
    save_report(space, "reviews", {}, "fine\x1b[31m red\x9b0m\u202e\n\ttabs\n")

    assert space.text("reviews", "001.md") == "fine red\n\ttabs\n"
