"""The nouns: sums of tokens, which sessions are wanted, how a time is written."""

import dataclasses
from datetime import UTC, datetime

import pytest

from ai_sessions.records import EVERY, About, Session, Usage, Wanted, stamp

SESSION = Session(
    "plan-a",
    "u",
    About("plan", "a", "/shop"),
    "2026-01-01T00:00:00.000Z",
    "2026-02-01T00:00:00.000Z",
)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(command="review"),
        Wanted(command=""),
        Wanted(feature="b"),
        Wanted(project="/shop/"),
        Wanted(used_since="2026-02-01T00:00:00.001Z"),
        Wanted("plan", "a", "/wiki"),
    ],
)
def test_one_thing_that_does_not_fit_is_enough(wanted):
    assert not wanted.fits(SESSION)


@pytest.mark.parametrize(
    "wanted",
    [EVERY, Wanted("plan", "a", "/shop"), Wanted(used_since="2026-02-01T00:00:00.000Z")],
)
def test_what_was_not_asked_for_keeps_none_out(wanted):
    assert wanted.fits(SESSION)


def test_usage_adds_up_kind_by_kind():
    numbers = [field.name for field in dataclasses.fields(Usage) if field.name != "estimated"]
    first = Usage(**{name: 10**place for place, name in enumerate(numbers)})
    second = Usage(**{name: 5 * 10**place for place, name in enumerate(numbers)})

    assert first + second == Usage(**{name: 6 * 10**place for place, name in enumerate(numbers)})
    assert (first + Usage()).estimated is False


@pytest.mark.parametrize("sides", [(True, False), (False, True), (True, True)])
def test_a_sum_with_an_estimate_in_it_is_one(sides):
    first, second = (Usage(estimated=one) for one in sides)

    assert (first + second).estimated


def test_parts_of_the_input_and_of_the_output_are_counted_once():
    assert Usage(100, 10, 60, 30, 20, 9).total_tokens == 110


def test_a_project_is_its_path_and_nothing_more():
    assert About(project="/a", feature="x").has_path_of(About(project="/a"))
    assert not About(project="/a").has_path_of(About(project="/A"))


@pytest.mark.parametrize(
    ("microsecond", "written"), [(0, ".000Z"), (999, ".000Z"), (1000, ".001Z"), (999_999, ".999Z")]
)
def test_a_moment_has_milliseconds_and_is_never_in_the_future(microsecond, written):
    moment = datetime(2026, 1, 2, 3, 4, 5, microsecond, UTC)

    assert stamp(moment) == f"2026-01-02T03:04:05{written}"
    assert datetime.fromisoformat(stamp(moment)) <= moment


def test_nothing_of_a_record_can_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SESSION.name = "plan-b"
