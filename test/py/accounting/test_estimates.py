"""What a task will cost, from what earlier ones did."""

import pytest

from ai_sessions.accounting.estimates import Estimate, estimated


@pytest.mark.parametrize(
    ("costs", "found"),
    [
        ([], None),
        ([7], Estimate(7, 1)),
        ([0], Estimate(0, 1)),
        ([9, 1, 5], Estimate(5, 3)),
        ([1, 100, 3, 5], Estimate(4, 4)),
        ([1, 2], Estimate(2, 2)),
    ],
)
def test_the_estimate_is_the_median(costs, found):
    assert estimated(costs) == found


def test_it_says_of_how_many_tasks_it_is_made():
    assert Estimate(6_800_000, 3).told() == (
        "$0.0068, the median of 3 tasks done in this repository"
    )
    assert "the only task" in Estimate(6_800_000, 1).told()
