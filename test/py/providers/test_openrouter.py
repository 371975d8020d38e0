"""OpenRouter through the real HTTP client: what its answers, limits and errors become."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import openrouter_server
from ai_sessions.providers.openai import OpenAI
from ai_sessions.records import Cost, Told, Usage
from loopback import Turn

R1, LLAMA = "deepseek/deepseek-r1:free", "meta-llama/llama-3.2-3b-instruct:free"
PAID = "openai/gpt-4o"
NOON = datetime(2026, 11, 29, 12, 0, 20, tzinfo=UTC)
MIDNIGHT, NEXT_MINUTE = NOON.replace(day=30, hour=0, second=0), NOON.replace(minute=1, second=0)


@pytest.fixture
def ask(request_of):
    """Ask these models in turn; returns the replies and the server."""

    def call(*models, key=openrouter_server.KEY, served=None, **account):
        served = dict.fromkeys(models, ()) if served is None else served
        account.setdefault("now", lambda: NOON)
        with openrouter_server.server(served, **account) as server:
            provider = OpenAI(f"{server.url}/api/v1", key)
            requests = [request_of(model=model, now=lambda: NOON) for model in models]
            return [provider.run(one, lambda _event: None) for one in requests], server

    return call


def failures(replies):
    return [reply.failure and reply.failure.status for reply in replies]


def test_an_answer_comes_with_its_tokens_and_what_it_cost(ask):
    (free, paid), _server = ask(R1, PAID, credits=5.0)

    assert (free.text, free.model, free.usage) == ("OK", R1, Usage(194, 20))
    assert (free.cost, paid.cost) == (Cost(0, "client"), Cost(140_000, "client"))


def test_its_last_resort_tells_which_model_answered(ask):
    (reply,), _server = ask("openrouter/free", served={R1: (), "openrouter/free": ()})

    assert (reply.text, reply.model) == ("OK", R1)


def test_all_free_models_of_an_account_share_its_day(ask):
    replies, server = ask(R1, LLAMA, R1, LLAMA, a_day=3)

    assert failures(replies) == [None, None, None, "rate_limit"]
    assert replies[3].failure.until == MIDNIGHT
    assert "free-models-per-day" in replies[3].failure.message
    assert server.account.today == 3


def test_the_limit_of_an_account_is_told_with_its_refusal(ask):
    replies, _server = ask(R1, R1, a_day=1)

    assert replies[0].told == ()
    assert replies[1].told == (Told("requests", "day", 1, 1, MIDNIGHT, origin="body"),)


def test_a_failed_try_counts_in_the_day_of_the_account(ask):
    replies, _server = ask(R1, LLAMA, served={R1: [Turn(status=502)], LLAMA: ()}, a_day=1)

    assert failures(replies) == ["server", "rate_limit"]


def test_the_minute_of_an_account_ends_with_the_minute(ask):
    replies, _server = ask(R1, LLAMA, R1, a_minute=2)

    assert failures(replies) == [None, None, "rate_limit"]
    assert replies[2].failure.until == NEXT_MINUTE


def test_an_account_is_served_again_on_the_next_day(ask):
    days = iter([NOON, NOON, NOON, *[NOON + timedelta(days=1)] * 9])
    replies, _server = ask(R1, R1, R1, a_day=1, now=lambda: next(days))

    assert failures(replies)[0] is None
    assert failures(replies)[-1] is None


def test_a_model_that_is_not_free_takes_nothing_of_the_day(ask):
    replies, server = ask(PAID, PAID, a_day=1, credits=5.0)

    assert failures(replies) == [None, None]
    assert server.account.today == 0


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        (400, "other", "Invalid request"),
        (402, "billing", "Insufficient credits"),
        (403, "denied", "requires moderation"),
        (404, "model", f"No endpoints found for {R1}."),
        (408, "timeout", "timed out"),
        (429, "rate_limit", f"{R1} is temporarily rate-limited upstream"),
        (500, "server", "Internal Server Error"),
        (502, "server", "Provider returned error"),
        (503, "overloaded", "no available model provider"),
    ],
)
def test_each_of_its_errors_has_its_class_and_its_words(ask, status, expected, words):
    (reply,), _server = ask(R1, served={R1: [Turn(status=status)]})

    assert reply.failure.status == expected
    assert words in reply.failure.message
    assert reply.failure.refused


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("This model's maximum context length is 8192 tokens", "context_too_long"),
        ('{"error": {"message": "Rate limit reached"}}', "rate_limit"),
        ("insufficient_quota: check your billing", "other"),
    ],
    ids=["too long", "a limit, as JSON", "the gateway's own account"],
)
def test_words_of_the_provider_behind_tell_the_class_but_not_of_its_accounts(ask, raw, expected):
    error = {"message": "Provider returned error", "code": 400, "metadata": {"raw": raw}}
    (reply,), _server = ask(R1, served={R1: [Turn(status=400, raw=json.dumps({"error": error}))]})

    assert reply.failure.status == expected
    assert reply.failure.message in (raw, "Rate limit reached")


def test_a_model_it_does_not_serve_has_no_endpoints(ask):
    (reply,), _server = ask(R1, served={LLAMA: ()})

    assert reply.failure.status == "model"
    assert reply.failure.message == f"No endpoints found for {R1}."


@pytest.mark.parametrize(
    ("key", "account", "expected"),
    [
        ("", {}, "auth"),
        ("sk-or-v1-other", {"keys": ["sk-or-v1-one"]}, "auth"),
        (openrouter_server.KEY, {"credits": -0.01}, "billing"),
    ],
    ids=["no key", "another's key", "a negative balance"],
)
def test_an_account_that_may_not_ask_is_refused(ask, key, account, expected):
    (reply,), server = ask(R1, key=key, **account)

    assert reply.failure.status == expected
    assert server.account.today == 0


def test_a_model_that_costs_is_refused_without_credits(ask):
    (reply,), _server = ask(PAID)

    assert reply.failure.status == "billing"


@pytest.mark.parametrize(
    ("kind", "expected"), [("", "server"), ("429", "rate_limit"), ("server_error", "server")]
)
def test_an_error_in_the_middle_of_an_answer_keeps_what_was_said(ask, kind, expected):
    broken = Turn("one two three", stop="error", kind=kind, error="Provider disconnected")
    (reply,), _server = ask(R1, served={R1: [broken]})

    assert reply.failure.status == expected
    assert "Provider disconnected" in reply.failure.message
    assert reply.text == "one two three"
    assert not reply.failure.refused


def test_an_error_inside_an_answer_that_is_not_streamed_has_its_class(ask, request_of):
    said = {"role": "assistant", "content": "one"}
    error = {"code": 429, "message": "Rate limit exceeded"}
    choice = {"index": 0, "message": said, "finish_reason": "error", "error": error}
    whole = Turn(raw=json.dumps({"id": "gen-1", "choices": [choice]}), headers=JSON)
    (reply,), _server = ask(R1, served={R1: [whole]})

    assert (reply.failure.status, reply.failure.message) == ("rate_limit", "Rate limit exceeded")


JSON = {"content-type": "application/json"}


def test_its_list_tells_window_price_and_capabilities():
    with openrouter_server.server({R1: (), PAID: ()}) as server:
        free, paid = httpx.get(f"{server.url}/api/v1/models").json()["data"]

    assert (free["id"], free["context_length"], free["pricing"]["prompt"]) == (R1, 131072, "0")
    assert float(paid["pricing"]["prompt"]) > 0
    assert "tools" in free["supported_parameters"]
    assert free["architecture"]["input_modalities"] == ["text"]
    assert server.seen == []


def test_its_key_tells_what_is_left_of_the_day():
    with openrouter_server.server({R1: ()}, a_day=50) as server:
        headers = {"authorization": f"Bearer {openrouter_server.KEY}"}
        httpx.post(f"{server.url}/api/v1/chat/completions", json={"model": R1}, headers=headers)
        told = httpx.get(f"{server.url}/api/v1/key").json()["data"]

    assert told["free_model_daily_requests"] == {"limit": 50, "remaining": 49, "used": 1}
