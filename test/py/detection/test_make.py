"""Rules of a Makefile."""

import pytest

from ai_sessions.detection.make import make


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("all:\n\ntest: all\n\ttrue\n", ("make", "test")),
        ("test :\n", ("make", "test")),
        ("check:\ntest:\n", ("make", "test")),
        ("check: all\n", ("make", "check")),
        ("test::\n\ttrue\n", ()),
        ("test := x\n", ()),
        ("tests:\n", ()),
        ("\ttest:\n", ()),
        ("", ()),
    ],
)
def test_a_rule_for_tests_is_known(made, text, words):
    assert make(made({"Makefile": text})) == words


def test_without_a_makefile_there_is_no_rule(made):
    assert make(made({"sub/Makefile": "test:\n"})) == ()
