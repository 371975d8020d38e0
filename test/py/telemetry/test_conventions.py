"""What a span and the metrics of a call say."""

from datetime import UTC, datetime

import pytest

from ai_sessions.records import About, Cost, Session, Usage
from ai_sessions.telemetry import conventions
from ai_sessions.telemetry.conventions import DURATION, TOKENS


@pytest.fixture
def span(call, session):
    return lambda has_content=False, **named: conventions.span(
        call(**named), session, has_content=has_content
    )


def test_a_span_says_who_was_asked_and_what_it_took(span):
    assert span().attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-haiku-4-5",
        "gen_ai.response.model": "claude-haiku-4-5",
        "gen_ai.conversation.id": "uid-1",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "ai_sessions.usage.estimated": False,
        "ai_sessions.session": "chat-sums",
        "ai_sessions.call": "c1",
        "ai_sessions.provider": "anthropic",
        "ai_sessions.purpose": "chat",
        "ai_sessions.cost_usd": 0.0015,
    }


def test_its_name_is_the_operation_and_the_model(span):
    assert span().name == "chat claude-haiku-4-5"
    assert span(model="").name == "chat"


def test_it_begins_as_long_before_its_end_as_the_call_took(span):
    made = span()
    ended = datetime(2026, 11, 30, 10, 0, 1, 500_000, tzinfo=UTC)

    assert made.end_ns == ended.timestamp() * 1e9
    assert made.end_ns - made.start_ns == 1_500_000_000


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        *(("claude", "anthropic"), ("codex", "openai"), ("gemini", "gcp.gemini")),
        *(("google", "gcp.gemini"), ("mistral", "mistral_ai"), ("xai", "x_ai"), ("groq", "groq")),
    ],
)
def test_a_provider_has_the_name_that_the_conventions_know(span, provider, name):
    attributes = span(provider=provider).attributes

    assert attributes["gen_ai.provider.name"] == name
    assert attributes["ai_sessions.provider"] == provider


def test_the_conversation_is_the_one_that_its_interface_names(call):
    about = About(interface="python", conversation_id="a-chat")
    session = Session("python-a-chat", "uid-1", about, "", "")
    made = conventions.span(call(), session, has_content=False)

    assert made.attributes["gen_ai.conversation.id"] == "a-chat"


def test_a_failed_call_names_the_class_of_its_error_and_not_its_words(span):
    made = span(status="rate_limit", detail={"error": "key sk-1 is over its limit"})

    assert made.is_error
    assert made.attributes["error.type"] == "rate_limit"
    assert "over its limit" not in repr(made)


def test_the_words_of_an_error_are_content(span):
    made = span(has_content=True, status="auth", detail={"error": "no such key"})

    assert made.error == "no such key"


def test_a_call_that_answered_has_no_error(span):
    made = span()

    assert not made.is_error
    assert "error.type" not in made.attributes


def test_nothing_that_was_said_is_told_unless_it_is_asked_for(span):
    assert "5 + 3" not in repr(span())
    assert "5 + 3" in span(has_content=True).attributes["gen_ai.input.messages"]


def test_a_cost_that_nobody_knows_is_left_out(span):
    assert "ai_sessions.cost_usd" not in span(cost=Cost()).attributes
    assert span(cost=Cost(0, "client")).attributes["ai_sessions.cost_usd"] == 0


def test_cached_and_reasoning_tokens_are_told_where_there_are_any(span):
    used = Usage(100, 20, 60, 30, reasoning_tokens=5)
    attributes = span(usage=used).attributes

    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 60
    assert attributes["gen_ai.usage.cache_creation.input_tokens"] == 30
    assert attributes["gen_ai.usage.reasoning.output_tokens"] == 5
    assert "gen_ai.usage.cache_read.input_tokens" not in span().attributes


def test_a_call_of_which_nobody_knows_the_usage_tells_none(span):
    assert not [name for name in span(usage=Usage()).attributes if "usage" in name]


def test_a_call_of_a_task_names_it(span):
    assert span(task="T1.1").attributes["ai_sessions.task"] == "T1.1"


def test_the_reason_of_the_end_is_told_where_it_is_known(span):
    made = span(detail={"finish": "length"})

    assert made.attributes["gen_ai.response.finish_reasons"] == ["length"]
    assert "gen_ai.response.finish_reasons" not in span().attributes


@pytest.mark.parametrize(("provider", "is_client"), [("local", False), ("openai", True)])
def test_a_model_in_this_process_is_no_server(span, provider, is_client):
    assert span(provider=provider).is_client is is_client


def test_the_metrics_are_the_duration_and_the_tokens_by_kind(span):
    points = [
        (one.metric, one.value, one.attributes.get("gen_ai.token.type")) for one in span().points
    ]

    assert points == [(DURATION, 1.5, None), (TOKENS, 100, "input"), (TOKENS, 20, "output")]


@pytest.mark.parametrize("usage", [Usage(), Usage(7, 7, estimated=True)])
def test_tokens_that_nobody_counted_are_in_no_metric(span, usage):
    assert [one.metric for one in span(usage=usage).points] == [DURATION]


def test_a_metric_does_not_tell_one_call_from_another(span):
    found = {name for point in span(status="auth").points for name in point.attributes}

    assert found == {
        *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"),
        *("gen_ai.response.model", "gen_ai.token.type", "error.type"),
    }
