"""How a call ended, as rotation learns from it."""

from dataclasses import replace

import pytest

from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.records import Cost, Interaction, Usage
from ai_sessions.rotating.outcomes import outcome_of, was_unreachable

CALL = Interaction(
    id="1",
    at="2026-01-02T03:04:05.000Z",
    provider="open",
    model="lab/model:free",
    messages=(),
    usage=Usage(100, 20),
    cost=Cost(7, "client"),
    duration_ms=850,
)


def failed(status, **more):
    return Reply("", "", failure=Failure(status, **{"message": "no luck", **more}))


def test_an_answer_has_its_figures():
    found = outcome_of(CALL, Reply("well", "m"), is_sole=True)

    assert (found.ok, found.tokens, found.latency_ms, found.cost_nusd) == (True, 120, 850, 7)
    assert (found.http, found.message, found.until, found.sole) == (0, "", None, True)
    assert found.was_sent


def test_a_failure_has_its_status_and_all_of_its_words():
    found = outcome_of(CALL, failed("rate_limit", http=429, told="wait until noon"))

    assert (found.http, found.message) == (429, "wait until noon")


@pytest.mark.parametrize(
    ("cost", "billed"), [(Cost(7, "client"), True), (Cost(0, "client"), False), (Cost(7), False)]
)
def test_a_bill_is_what_the_server_itself_says(cost, billed):
    assert outcome_of(replace(CALL, cost=cost), Reply("well", "m")).billed is billed


@pytest.mark.parametrize(
    "told",
    ["No endpoints found for lab/model:free.", "`lab/model:free` No endpoints found"],
)
def test_the_models_own_name_is_no_part_of_the_reason(told):
    assert "lab/model" not in outcome_of(CALL, failed("model", message=told)).message


@pytest.mark.parametrize(
    ("reply", "unreachable"),
    [
        (failed("network", refused=True), True),
        (failed("network"), False),
        (failed("server", refused=True), False),
    ],
)
def test_only_a_connection_that_did_not_come_about_is_unreachable(reply, unreachable):
    status = reply.failure.status
    call = Interaction(
        **{name: getattr(CALL, name) for name in ("id", "at", "provider", "model", "messages")},
        status=status,
    )

    assert was_unreachable(outcome_of(call, reply)) is unreachable
