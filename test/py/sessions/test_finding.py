"""Finding sessions by the beginning of their names."""

import pytest

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.sessions import finding


@pytest.mark.parametrize("given", ["plan-a", "plan-a1"])
def test_a_whole_name_wins_over_longer_ones(given):
    assert finding.find(["plan-a", "plan-a1"], given) == given


def test_many_matches_are_listed_shortly():
    known = [f"plan-{number}" for number in range(12)]
    with pytest.raises(NotFound) as caught:
        finding.find(known, "plan")

    assert caught.value.message == "'plan' fits 12 sessions"
    assert caught.value.hint.endswith("plan-7 and 4 more")


@pytest.mark.parametrize("given", ["", "../etc", "x" * 200])
def test_what_cannot_be_a_name_is_refused(given):
    with pytest.raises(UsageError):
        finding.find(["plan-a"], given)
