"""What a summary says of the model that was to write it is told, and counts for that model."""

import pytest

from ai_sessions.memory import failures
from ai_sessions.records import Summary


def failed(count, by="openai haiku"):
    return Summary("x", 1, detail=failures.detail("too late", count, by))


def test_failures_in_a_row_are_those_of_one_model():
    assert failures.in_a_row(failed(2), "openai haiku") == 2
    assert failures.in_a_row(failed(2), "openai other") == 0
    assert failures.in_a_row(None, "openai haiku") == 0
    assert failures.in_a_row(Summary("x", 1, detail={"failures": "2", "by": ""}), "") == 0


def test_the_user_is_told_why_rules_wrote_it():
    assert failures.warning(failed(1)) == "no summary by openai haiku, so rules wrote it: too late"


def test_the_user_is_told_when_it_is_asked_no_more():
    assert "asked no more in this session" in failures.warning(failed(3))
    assert "asked no more in this session" not in failures.warning(failed(2))


@pytest.mark.parametrize("detail", [{}, {"failed": 3}])
def test_of_a_summary_that_nobody_failed_to_write_there_is_nothing_to_tell(detail):
    assert failures.warning(Summary("x", 1, detail=detail)) == ""
