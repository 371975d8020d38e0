"""What is said when no model has answered: one line, the right exit code, what to do."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.rotating.passed import Ended, Passed, error, told
from ai_sessions.rotation.records import Place

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POOL = Pool("open", "Open", "http://127.0.0.1:1", "OPEN_KEY")
PLACES = tuple(Place(POOL, ModelEntry(name, name, "open")) for name in "ab")
GONE = Passed("open:a", "404 gone", is_closed=True)
UNSET = Passed("open:a", "URL is not set", is_closed=True, is_setting=True)
BROKEN = Passed("open:b", "500 boom")


@pytest.mark.parametrize(
    ("ended", "code", "message"),
    [
        (Ended(PLACES, [GONE, BROKEN], NOW), 9, "none of 2 models has answered: open:a: 404 gone"),
        (Ended(PLACES, [GONE], NOW), 7, "none of 2 models can answer now: open:a: 404 gone"),
        (Ended(PLACES[:1], [GONE], NOW), 7, "no model can answer now: open:a: 404 gone"),
        (Ended(PLACES[:1], [UNSET], NOW), 3, "no model can be asked: open:a: URL is not set"),
        (Ended(PLACES, [UNSET, GONE], NOW), 7, "can answer now"),
        (Ended(PLACES, [], NOW), 3, "there is no model to choose among"),
        (Ended(PLACES, [], NOW, is_late=True), 124, "none of 2 models has answered in time"),
        (Ended(PLACES, [BROKEN], NOW, is_late=True), 124, "in time: open:b: 500 boom"),
        (Ended(PLACES, [], NOW, is_beaten=True), 7, "again and again"),
        (Ended(PLACES, [BROKEN], NOW, is_unreachable=True), 9, "no model could be reached"),
        (
            Ended(PLACES, [Passed("open:a", "401 no such key", is_closed=True)], NOW),
            9,
            "none of 2 models can answer now",
        ),
    ],
)
def test_the_line_says_how_it_ended_and_the_code_fits(ended, code, message):
    found = error(ended)

    assert message in found.message
    assert found.exit_code == code


def test_a_key_that_is_refused_is_named():
    found = error(Ended(PLACES, [Passed("open:a", "401 no such key", is_closed=True)], NOW))

    assert "check OPEN_KEY" in found.hint


def test_where_it_is_known_the_hint_says_when_the_next_may_answer():
    found = error(Ended(PLACES, [GONE], NOW, first_at=NOW + timedelta(hours=2)))

    assert "(in 2 h)" in found.hint


def test_where_only_a_budget_is_in_the_way_the_hint_is_to_raise_it():
    spent = [Passed(f"open:{name}", "used up", True, hint="raise BUDGET_DAY") for name in "ab"]

    assert error(Ended(PLACES, spent, NOW)).hint == "raise BUDGET_DAY"
    assert error(Ended(PLACES, [*spent, GONE], NOW)).hint.startswith("run it again later")


def test_models_with_the_same_reason_stand_together():
    found = told([GONE, Passed("open:b", "404 gone"), Passed("open:c", "500 boom")], NOW)

    assert found == "open:a, open:b: 404 gone; open:c: 500 boom"


def test_a_reason_has_its_end_for_people_and_for_the_record():
    one = Passed("open:a", "429 slow down", until=NOW + timedelta(hours=2))

    assert one.reason(NOW).endswith("(in 2 h)")
    assert one.facts() == {
        "model": "open:a",
        "why": "429 slow down",
        "until": "2026-01-02T05:04:05.000Z",
    }
    assert GONE.facts() == {"model": "open:a", "why": "404 gone"}
