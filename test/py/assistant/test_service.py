"""What the assistant does for its user."""

import json
import math
from datetime import timedelta
from pathlib import Path

import pytest

from ai_sessions.assistant import table
from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.errors import ConfigError, LimitReached, NotFound, UsageError
from ai_sessions.records import Told
from ai_sessions.rotation.records import Outcome, Place

GEMINI, DEEPSEEK = "google/gemini-2.0-flash-exp:free", "deepseek/deepseek-r1:free"
LLAMA = "meta-llama/llama-3.2-3b-instruct:free"
NEMOTRON = "nvidia/llama-3.1-nemotron-70b-instruct:free"


def put(folder, name, text):
    Path(folder.path).mkdir(mode=0o700, exist_ok=True)
    Path(folder.place(name)).write_text(text)


def test_a_new_user_is_remembered(assistant):
    assistant.create("Declan", "Brakel", "1")

    known = assistant.profile()
    assert (known.user_name, known.assistant_name) == ("Declan", "Brakel")
    assert (known.preferred_model, known.favorite_models) == (GEMINI, (GEMINI,))


def test_a_known_user_keeps_what_is_not_told_anew(assistant, clock):
    assistant.create("Declan", "Brakel", "1")
    assistant.begin_conversation()
    clock.now += timedelta(days=3)

    assistant.create("Dec", "Brakel", DEEPSEEK)

    known = assistant.profile()
    assert (known.user_name, known.total_conversations) == ("Dec", 1)
    assert known.created_at < known.last_active or known.created_at[:10] == "2025-01-15"
    assert (known.preferred_model, known.favorite_models) == (DEEPSEEK, (GEMINI, DEEPSEEK))


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (("", "Brakel", "1"), "'' is not your name"),
        (("x" * 101, "Brakel", "1"), "'x{40}…' is not your name"),
        (("Declan", "\x07", "1"), "is not the assistant's name"),
        (("Declan", "Brakel", "6"), "no model has the number '6'"),
        (("Declan", "Brakel", "gemini"), "no model 'gemini'"),
    ],
)
def test_what_cannot_be_taken_is_named(assistant, answers, told):
    with pytest.raises(UsageError, match=told) as raised:
        assistant.create(*answers)
    assert raised.value.hint
    assert assistant.profile() is None


def test_a_broken_profile_is_not_overwritten(assistant, folder):
    put(folder, "user_session.json", "{")

    with pytest.raises(ConfigError, match="user_session"):
        assistant.create("Declan", "Brakel", "1")
    assert Path(folder.place("user_session.json")).read_text() == "{"


def test_who_is_known_is_greeted(assistant):
    assistant.create("Declan", "Brakel", "1")

    assert assistant.greeting() == (
        "Welcome back, Declan! I'm Brakel, powered by Google Gemini 2.0 Flash"
    )


@pytest.mark.parametrize("ask", ["greeting", "favourite", "unfavourite"])
def test_while_nobody_is_known_one_learns_how_to_be(assistant, ask):
    with pytest.raises(NotFound, match="nobody has said who they are") as raised:
        getattr(assistant, ask)(*([DEEPSEEK] if ask != "greeting" else []))
    assert raised.value.hint == "assistant.sh --init"


def test_a_preferred_model_that_is_gone_is_noted(assistant):
    assistant.create("Declan", "Brakel", "1")
    (note,) = assistant.notes()
    assistant.favourite(LLAMA)

    assert "Google Gemini 2.0 Flash is served no more since 20" in note
    assert assistant.notes() == ()


def test_forgetting_the_user_keeps_what_was_used(assistant, models):
    assistant.create("Declan", "Brakel", "1")
    assistant.record(DEEPSEEK, 100, 500, True)

    assert assistant.reset()

    assert assistant.profile() is None
    assert assistant.statistics().total_requests == 1
    assert not assistant.reset()


def test_a_favourite_that_is_none_any_more_is_not_preferred_by_the_formula(assistant):
    assistant.create("Declan", "Brakel", "5")
    liked = assistant.suggest().model.id
    assistant.unfavourite(NEMOTRON)

    assert liked == NEMOTRON
    assert assistant.suggest().model.id == LLAMA


def test_models_that_are_gone_are_not_suggested(assistant):
    assistant.create("Declan", "Brakel", "1")

    found = assistant.suggest()

    assert found.model.id == LLAMA
    assert f"openrouter:{GEMINI}" not in [one.model for one in found.ranked]


def test_models_that_are_not_wanted_are_not_suggested(assistant):
    assert assistant.suggest(exclude=[LLAMA]).model.id == NEMOTRON


def test_the_last_resort_is_suggested_when_nothing_else_is_left(assistant):
    assert assistant.suggest(exclude=[LLAMA, NEMOTRON]).model.id == "openrouter/free"


def test_when_nothing_is_left_it_says_why(assistant):
    with pytest.raises(LimitReached, match="none to choose among"):
        assistant.suggest(exclude=[LLAMA, NEMOTRON, "openrouter/free"])


def test_a_used_model_is_suggested_after_one_that_is_fresh(assistant):
    for _call in range(3):
        assistant.record(LLAMA, 100, 500, True)

    assert assistant.suggest().model.id == NEMOTRON


def test_near_its_limit_a_model_should_be_left(assistant, folder, clock):
    at = clock.now.astimezone().isoformat()
    facts = {"requests_today": 900, "total_requests": 900, "last_used": at}
    put(folder, "model_usage.json", json.dumps({LLAMA: facts}))

    due, model, reason = assistant.should_rotate(LLAMA)

    assert (due, reason) == (True, "Current model at 90% of daily limit")
    assert model in (NEMOTRON, "openrouter/free")


def test_a_usage_file_that_cannot_be_read_stops_no_choice(assistant, folder, warnings):
    put(folder, "model_usage.json", "{")

    assert assistant.suggest().model.id == LLAMA
    assert "model_usage.json:1: not JSON" in warnings[0]


def test_a_model_that_is_gone_should_be_left(assistant):
    due, model, reason = assistant.should_rotate(GEMINI)

    assert (due, model) == (True, LLAMA)
    assert reason.startswith("Current model is served no more since 20")


def test_a_fresh_model_may_go_on(assistant):
    assert assistant.should_rotate(NEMOTRON)[:2] == (False, None)


def test_a_model_that_nobody_knows_may_go_on_as_well(assistant):
    assert assistant.should_rotate("my-own-model")[0] in (True, False)


def test_a_call_is_counted_and_the_user_was_active(assistant, clock):
    assistant.create("Declan", "Brakel", "1")
    clock.now += timedelta(hours=1)

    assistant.record(DEEPSEEK, 100, 500.4, False)

    (row,) = assistant.statistics().rows
    assert (row.requests_today, row.tokens_today, row.success_rate) == (1, 100, 0.0)
    assert assistant.profile().last_active > assistant.profile().created_at


@pytest.mark.parametrize(
    ("model", "tokens", "latency"),
    [
        ("", 1, 1),
        (None, 1, 1),
        (DEEPSEEK, -1, 1),
        (DEEPSEEK, "12", 1),
        (DEEPSEEK, True, 1),
        (DEEPSEEK, 1, math.nan),
        (DEEPSEEK, 1, math.inf),
        (DEEPSEEK, 10**13, 1),
    ],
)
def test_what_cannot_be_counted_is_refused_and_nothing_counts(assistant, model, tokens, latency):
    with pytest.raises(UsageError):
        assistant.record(model, tokens, latency, True)
    assert assistant.statistics().total_requests == 0


def test_files_that_broke_make_no_failure_of_a_call_that_is_counted(
    assistant, quotas, folder, warnings
):
    put(folder, "model_usage.json", "{")
    put(folder, "user_session.json", "{")

    assistant.record(DEEPSEEK, 100, 500, True, begins=True)

    assert quotas.tallies()[f"openrouter:{DEEPSEEK}"].requests == 1
    assert ["model_usage" in warnings[0], "user_session" in warnings[1]] == [True, True]


def test_a_conversation_is_counted(assistant):
    assistant.create("Declan", "Brakel", "1")
    assistant.begin_conversation()

    assert assistant.profile().total_conversations == 1


def test_a_conversation_of_nobody_is_no_failure_and_writes_what_was_used(
    assistant, models, quotas, clock, folder
):
    place = models.place(DEEPSEEK, models.offered())
    quotas.count(place, Outcome("ok", clock.now, tokens=7), clock.now)

    assistant.begin_conversation()

    assert assistant.profile() is None
    assert folder.read("model_usage.json")[DEEPSEEK]["total_tokens"] == 7


def test_limits_of_the_account_are_in_the_statistics(assistant, models, clock):
    assistant.record(DEEPSEEK, 100, 500, True)

    told = assistant.statistics()

    assert "OpenRouter" in table.bars(told, models, clock.now)


def test_before_the_first_call_the_models_that_are_served_stand_in_the_statistics(assistant):
    found = assistant.statistics()

    assert [(one.title, one.limit) for one in found.rows] == [
        ("Meta Llama 3.2 3B", 1000),
        ("Nemotron 70B", 1000),
    ]
    assert found.total_requests == 0


def test_limits_of_a_subscription_are_in_the_statistics(assistant, quotas, clock):
    claude = Place(Pool("claude", "Claude", ""), ModelEntry("", "", "claude"))
    told = Told("percent", "rolling", 100, 37, clock.now + timedelta(hours=2), rolling_s=18000)
    quotas.note(claude, [told], clock.now)

    (window,) = (one for one in assistant.statistics().windows if one.unit == "percent")

    assert (window.used, window.rolling_s) == (37, 18000)
