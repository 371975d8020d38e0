"""Failures as problem documents."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions import errors
from ai_sessions.api import problems
from ai_sessions.api.problems import Refused
from ai_sessions.records import stamp


def test_a_budget_that_never_ends_by_itself_says_nothing_of_trying_again():
    told = problems.of_error(errors.LimitReached("used up", budget="session", until=""))

    assert (told.status, "retry-after" in told.headers) == (429, False)


def test_a_plan_with_faults_is_no_setting_of_the_server():
    told = problems.of_error(errors.InvalidPlan("a (and 1 more)", "plan.sh x --check", ("a", "b")))

    assert (told.status, told.body["code"], told.body["errors"]) == (409, "plan", ["a", "b"])


def every_error(above=errors.AiSessionsError):
    for one in above.__subclasses__():
        if one.__module__ == errors.__name__:
            yield one
            yield from every_error(one)


@pytest.mark.parametrize("error", sorted(every_error(), key=lambda one: one.__name__))
def test_every_kind_of_error_has_a_status_with_a_title(error):
    assert problems.STATUSES[error.kind] in problems.TITLES


def test_a_failure_tells_what_was_wrong_and_what_to_do():
    found = problems.of_error(errors.NotFound("no session 'x'", "list shows them"))

    assert (found.status, found.media) == (404, "application/problem+json")
    assert found.body == {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "code": "not_found",
        "detail": "no session 'x'",
        "hint": "list shows them",
    }


def test_what_to_do_is_a_request_and_no_command():
    found = problems.of_error(errors.NotFound("no session x", "see: ai-session.sh list"))

    assert found.body["hint"] == "see: GET /v1/sessions"


def test_who_comes_too_early_is_told_when_to_try_again():
    assert problems.of_error(errors.LockBusy("in use")).headers == {"retry-after": "1"}


@pytest.mark.parametrize(("in_s", "least"), [(7200, 7190), (-5, 1)])
def test_who_comes_when_a_limit_is_reached_is_told_when_it_ends(in_s, least):
    until = stamp(datetime.now(UTC) + timedelta(seconds=in_s))
    told = int(problems.of_error(errors.LimitReached("x", until=until)).headers["retry-after"])

    assert least <= told <= max(1, in_s)


def test_a_refusal_has_a_status_and_headers_of_its_own():
    refused = Refused(413, "too_large", "too much", headers={"connection": "close"}, errors=("a",))

    found = problems.of_error(refused)

    assert (found.status, found.body["errors"]) == (413, ["a"])
    assert found.headers == {"connection": "close"}
