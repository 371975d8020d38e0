"""Who answers when a model is not there."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.errors import ConfigError, LimitReached, NotFound, ProviderError
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.contract import Failure, Quirks, Reply
from ai_sessions.records import About, Cost, Interaction, ToolCall, Usage
from ai_sessions.rotating.fallback import Answerer, Fallback
from ai_sessions.run import attempt
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB = Job(session="talk", about=About("chat"), prompt="what?", cwd=Path("/tmp"), purpose="chat")


@dataclass
class Model:
    """Says one thing, or fails."""

    reply: Reply | Exception
    name: str = "one"
    quirks: Quirks = Quirks(keeps_context=False, edits_files=False)
    asked: list = field(default_factory=list)

    def run(self, request, watch):
        self.asked.append(request)
        if isinstance(self.reply, Exception):
            raise self.reply
        return replace(self.reply, model=request.model)


def failed(status, text="", **more):
    return Reply(text, "", failure=Failure(status, "no luck", **more))


NO_KEY = ConfigError("ONE_API_KEY is not set", "make one")
GONE = failed("model", http=404)
AWAY = failed("network", refused=True)
FINE = Reply("4", "", Usage(10, 2))


@pytest.fixture
def kit():
    return Kit(MemoryStore(), lambda *_call: Cost(0, "free"), lambda: NOW)


def among(*replies):
    """A fallback over models a, b, … that say these; exceptions are raised by making them."""

    def one(name, reply):
        model = Model(reply, f"at-{name}")

        def made():
            if isinstance(reply, ConfigError | NotFound):
                raise reply
            return model, name

        return Answerer(name, made), model

    pairs = [one(name, reply) for name, reply in zip("abcd", replies, strict=False)]
    return Fallback([answerer for answerer, _model in pairs]), [model for _a, model in pairs]


def calls(kit):
    return [one for one in kit.store.entries("talk") if isinstance(one, Interaction)]


def test_a_model_that_is_there_is_the_only_one_asked(kit):
    fallback, (first, second) = among(FINE, FINE)
    result = attempt(JOB, fallback, kit)

    assert (result.text, result.interaction.provider, result.warnings) == ("4", "at-a", ())
    assert (len(first.asked), len(second.asked)) == (1, 0)
    assert "instead_of" not in result.interaction.detail


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (NO_KEY, "ONE_API_KEY is not set"),
        (NotFound("no model 'a'"), "no model 'a'"),
        (ProviderError("a is not installed"), "a is not installed"),
        (GONE, "at-a: no luck"),
        (AWAY, "at-a: no luck"),
        (failed("auth", http=401), "at-a: no luck"),
    ],
)
def test_one_that_is_not_there_is_followed_by_the_next_with_a_warning_and_on_record(
    kit, reply, why
):
    fallback, _models = among(reply, FINE)
    result = attempt(JOB, fallback, kit)

    assert (result.text, result.error) == ("4", None)
    assert result.warnings == (f"a: {why}; b answers instead",)
    assert result.interaction.detail["instead_of"] == [{"model": "a", "why": why}]


@pytest.mark.parametrize(
    "reply",
    [
        failed("rate_limit", http=429),
        failed("overloaded", http=529),
        failed("network"),
        failed("network", "We", refused=True),
        failed("model", "We"),
        failed("denied"),
        failed("interrupted"),
        failed("context_too_long"),
    ],
)
def test_one_that_is_there_and_fails_is_the_end_of_it(kit, reply):
    fallback, (_first, second) = among(reply, FINE)
    result = attempt(JOB, fallback, kit)

    assert result.error
    assert (second.asked, len(calls(kit))) == ([], 1)


def test_a_budget_is_no_reason_to_ask_somebody_else(kit):
    def used_up(_job, _provider, _id):
        raise LimitReached("the day budget is used up")

    with pytest.raises(LimitReached):
        attempt(JOB, among(FINE, FINE)[0], replace(kit, reserve=used_up))


def test_a_call_that_was_made_is_on_record_and_named_by_the_next(kit):
    fallback, _models = among(GONE, NO_KEY, FINE)
    result = attempt(replace(JOB, id="first"), fallback, kit)

    first, second = calls(kit)
    assert (first.id, first.status, second.detail["request"]) == ("first", "model", "first")
    assert result.before == (replace(first, seq=-1),)
    assert [one["model"] for one in second.detail["instead_of"]] == ["a", "b"]


def test_when_none_can_be_called_it_is_a_setting_with_each_and_why(kit):
    with pytest.raises(ConfigError) as caught:
        attempt(JOB, among(NO_KEY, ConfigError("TWO_API_KEY is not set"))[0], kit)

    assert caught.value.message == (
        "no model is there: a: ONE_API_KEY is not set; b: TWO_API_KEY is not set"
    )
    assert caught.value.hint == "set one of these keys, or name another model"


def test_when_none_answers_the_last_call_comes_back_with_each_and_why(kit):
    result = attempt(JOB, among(NO_KEY, GONE, AWAY)[0], kit)

    assert isinstance(result.error, ProviderError)
    assert result.error.message == (
        "no model is there: a: ONE_API_KEY is not set; b: at-b: no luck; c: at-c: no luck"
    )
    assert (len(result.before), result.interaction.provider) == (1, "at-c")


def test_what_the_only_one_says_is_said_as_it_is(kit):
    with pytest.raises(ConfigError) as caught:
        attempt(JOB, among(NO_KEY)[0], kit)
    assert caught.value is NO_KEY

    assert type(attempt(JOB, among(GONE)[0], kit).error) is NotFound


def test_an_error_of_a_provider_alone_does_not_name_it_twice(kit):
    away = Model(AWAY, "ollama")
    fallback = Fallback([Answerer("a", among(NO_KEY)[0].answerers[0].made)])
    answerers = [*fallback.answerers, Answerer("ollama", lambda: (away, ""))]

    assert "; ollama: no luck" in attempt(JOB, Fallback(answerers), kit).error.message


def test_who_is_asked_is_told_before(kit):
    seen = []
    fallback, models = among(GONE, FINE)
    attempt(JOB, replace(fallback, asking=seen.append), kit)

    assert seen == models


def test_one_that_stands_for_several_chooses_itself(kit):
    inner, _models = among(GONE, FINE)
    result = attempt(JOB, Fallback([Answerer("auto", lambda: (inner, ""))]), kit)

    assert (result.text, result.interaction.provider) == ("4", "at-b")
    assert len(result.before) == 1


def test_a_switch_is_seen(kit):
    events = []
    attempt(JOB, among(NO_KEY, FINE)[0], replace(kit, watch=events.append))

    assert [one.text for one in events if one.kind == "switch"] == [
        "a: ONE_API_KEY is not set; asking b"
    ]


def test_it_never_answers_itself():
    with pytest.raises(ConfigError):
        among(FINE)[0].run(None, print)


def test_a_model_that_has_begun_to_call_a_tool_is_there(kit):
    begun = replace(AWAY, tool_calls=(ToolCall("c1", "add", "{"),))
    fallback, _models = among(begun, FINE)

    result = attempt(JOB, fallback, kit)

    assert result.error
    assert result.before == ()
