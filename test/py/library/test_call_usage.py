"""What a call used and cost."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library import call_usage
from ai_sessions.records import Cost, Usage


@pytest.mark.parametrize("given", [-0.1, float("nan"), float("inf"), True, "1", 2_000_000])
def test_a_cost_that_no_call_has_is_refused(given):
    with pytest.raises(UsageError, match="a cost is a number of dollars"):
        call_usage.cost(given)


def test_dollars_become_nano_dollars_and_ours_stay():
    assert call_usage.cost(0.1) == Cost(100_000_000, "client")
    assert call_usage.cost(Cost()) == Cost()


@pytest.mark.parametrize("given", ["12", 5, {}, object()])
def test_what_counts_nothing_is_no_usage(given):
    with pytest.raises(UsageError, match="not the usage of a call"):
        call_usage.reported(given)


@pytest.mark.parametrize(
    ("used", "status", "cost"),
    [
        (Usage(), "rate_limit", Cost(0, "refused")),
        (Usage(), "timeout", Cost()),
        (Usage(), "ok", None),
        (Usage(3, 0), "timeout", None),
    ],
)
def test_a_call_without_an_answer_cost_nothing_only_when_it_was_refused(used, status, cost):
    assert call_usage.unreported(used, status) == cost
