"""Reports are numbered and never written over."""

from ai_sessions.workspace.reports import save_report


def test_reports_are_numbered_and_never_written_over(space):
    first = save_report(space, "reviews", {"n": 1}, "one")
    second = save_report(space, "reviews", {"n": 2}, "two")

    assert (first, second) == (".ai-session/pay/reviews/001.md", ".ai-session/pay/reviews/002.md")
    assert space.record("reviews", "001.json") == {"n": 1}
