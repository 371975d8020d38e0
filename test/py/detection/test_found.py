"""What is known of tests that were found."""

import pytest

from ai_sessions.detection.found import Found


@pytest.mark.parametrize(
    ("test", "runner", "opaque", "runs_all"),
    [
        (("go", "test", "{tests}"), "go", False, False),
        (("jest", "{tests}"), "", True, False),
        (("mvn", "test"), "", True, True),
        ((), "", False, False),
    ],
)
def test_what_a_command_does_not_do_is_known(test, runner, opaque, runs_all):
    found = Found("x", "sign", test, runner=runner)

    assert (found.is_opaque, found.runs_all) == (opaque, runs_all)


def test_the_suite_may_be_counted_by_another_runner():
    assert Found("x", "sign", runner="node").counts_suite == "node"
    assert Found("x", "sign", runner="node", suite_runner="").counts_suite == ""
