"""The words of a verdict."""

import pytest

from ai_sessions.gate.verdict import quoted, refused


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", ""),
        (" \n\t", ""),
        ("all\n tests  pass", '. Agent said: "all tests pass".'),
        ("x" * 80, f'. Agent said: "{"x" * 80}".'),
        ("x" * 81, f'. Agent said: "{"x" * 77}...".'),
    ],
)
def test_what_an_agent_said_is_one_short_line(said, wanted):
    assert quoted(said) == wanted


def test_a_refusal_is_one_line_that_begins_with_its_task(scope):
    verdict = refused(scope, "red", "still\n fails", "line 1\nline 2", ("a.py",))

    assert (verdict.ok, verdict.code, verdict.paths) == (False, "red", ("a.py",))
    assert verdict.reason == "T1.2: still fails"
    assert verdict.feedback == "line 1\nline 2"
    assert verdict.warnings == ()
