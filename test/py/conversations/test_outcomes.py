"""What the log keeps of a call: its words, its account, and the error that it ends with."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.conversations import outcomes
from ai_sessions.conversations.outcomes import account_of
from ai_sessions.errors import LimitReached, NotFound, ProviderError, TimedOut
from ai_sessions.jobs import Job
from ai_sessions.providers.contract import Failure, Quirks, Reply
from ai_sessions.providers.echo import Echo
from ai_sessions.providers.openai import OpenAI
from ai_sessions.records import About

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
JOB = Job("talk", About(), "write it", Path("/tmp"), "chat")


class Agent(Echo):
    quirks = Quirks(keeps_context=True, edits_files=True)


def test_a_provider_without_accounts_has_one():
    assert account_of(Echo()) == ""
    assert account_of(OpenAI("http://a/v1", "k"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("timeout", TimedOut),
        ("limit", LimitReached),
        ("budget", LimitReached),
        ("rate_limit", LimitReached),
        ("model", NotFound),
        ("network", ProviderError),
        ("context_too_long", ProviderError),
    ],
)
def test_a_failure_is_the_error_that_says_what_to_do(status, kind):
    error = outcomes.error(JOB, Agent(), Failure(status, "no luck", "try this"), NOW)

    assert type(error) is kind
    assert (error.message, error.hint) == ("echo: no luck", "try this")


def test_who_is_told_too_much_can_see_what_that_is():
    failure = Failure("context_too_long", "too long", "ask for less")

    assert outcomes.error(JOB, Echo(), failure, NOW).hint == (
        "ask for less; what it is told: ai-session.sh context talk"
    )


@pytest.mark.parametrize(("kept", "words"), [("", "write it"), ("(1)", "(1)")])
def test_the_log_has_the_prompt_or_what_stands_for_it(kept, words):
    said = outcomes.messages(replace(JOB, kept=kept), "done", NOW, NOW)

    assert [(one.role, one.text) for one in said] == [("user", words), ("assistant", "done")]


def test_a_call_without_an_answer_has_the_question_alone():
    assert [one.role for one in outcomes.messages(JOB, "", NOW, NOW)] == ["user"]


def test_the_end_of_a_limit_is_read_once_where_it_is_told():
    told = Failure("rate_limit", "resets 2026-11-29T15:00:00Z", until=NOW)

    assert outcomes.dated(Reply("", "m", failure=told), NOW).failure.until == NOW
    other = Failure("auth", "until 2026-11-29T15:00:00Z")
    assert outcomes.dated(Reply("", "m", failure=other), NOW).failure.until is None


def test_who_brings_a_history_of_its_own_knows_what_the_model_is_told():
    failure = Failure("context_too_long", "too long", "ask for less")

    assert outcomes.error(replace(JOB, history=()), Echo(), failure, NOW).hint == "ask for less"


def test_of_an_image_the_log_has_what_it_was_without_its_bytes():
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    job = replace(JOB, parts=(image,))

    (asked,) = outcomes.messages(job, "", NOW, NOW)
    assert asked.parts == ({"type": "image_url", "image_url": {"url": ""}},)
