"""Rows of today, totals of all time."""

from datetime import UTC, datetime, timedelta

from ai_sessions.assistant import statistics
from ai_sessions.assistant.models import Models
from ai_sessions.assistant.profile import Profile
from ai_sessions.catalog.rotation import Catalog, ModelEntry, Pool, PoolLimit
from ai_sessions.rotation.records import Tally, WindowState

NOW = datetime(2025, 1, 15, 14, tzinfo=UTC)
KEY = "openrouter:deepseek/deepseek-r1:free"


def told(tallies, models, windows=(), now=NOW):
    places = {key: models.place(key, ()) for key in tallies}
    return statistics.statistics(None, tallies, places, windows, now)


def tally(requests=1, at=NOW, **more):
    return Tally(requests * 10, requests * 100, requests, requests * 7, last_used=at, **more)


def test_the_most_used_of_today_stand_first(models):
    names = [f"openrouter:a/{one}" for one in "xyz"]
    tallies = dict(zip(names, [tally(1), tally(3), tally(2)], strict=True))

    assert [one.name for one in told(tallies, models).rows] == [names[1], names[2], names[0]]


def test_what_was_used_on_another_day_counts_for_all_time_alone(models):
    found = told({KEY: tally(5, NOW - timedelta(days=1))}, models)

    assert (found.rows[0].requests_today, found.rows[0].tokens_today) == (0, 0)
    assert (found.total_requests, found.total_tokens) == (50, 500)


def test_a_day_is_that_of_the_provider():
    limit = PoolLimit("requests", "day", 100, zone="America/Los_Angeles")
    pool = Pool("google", "Google", "http://x", limits=(limit,))
    models = Models(Catalog({"google": pool}, (ModelEntry("g", "G", "google"),)))
    yesterday_in_utc = datetime(2025, 1, 14, 23, tzinfo=UTC)
    tallies = {"google:g": tally(5, yesterday_in_utc)}

    noon = told(tallies, models, now=datetime(2025, 1, 15, 7, tzinfo=UTC))
    next_day = told(tallies, models, now=datetime(2025, 1, 15, 9, tzinfo=UTC))

    assert noon.rows[0].requests_today == 5
    assert next_day.rows[0].requests_today == 0


def test_a_limit_that_was_told_of_a_model_goes_before_what_is_written(models):
    window = WindowState(
        "quota:openrouter#/deepseek/deepseek-r1:free", "requests", "day", 50, used=5
    )

    found = told({KEY: tally(5)}, models, [window])

    assert (found.rows[0].limit, found.rows[0].share) == (50, 0.1)
    assert found.windows == ()


def test_an_unknown_limit_is_none(models):
    found = told({"other:gpt-5": tally(5)}, models)

    assert (found.rows[0].limit, found.rows[0].share) == (None, None)


def test_a_limit_of_the_account_counts_where_a_model_has_none(models):
    account = WindowState("quota:openrouter#", "requests", "day", 50, used=5)
    own = WindowState("quota:openrouter#/x/y", "requests", "day", None, used=5)

    found = told({"openrouter:x/y": tally(5)}, models, [account, own])

    assert found.rows[0].limit == 50
    assert found.windows == (account,)


def test_machines_are_told_unknown_as_none(models):
    window = WindowState("quota:openrouter#", "requests", "day", None, used=5)

    found = statistics.facts(told({"other:gpt-5": tally(5)}, models, [window]))

    assert found["session"] is None
    assert found["limits"][0]["unit"] == "requests"
    assert found["models"][0]["daily_limit"] is None
    assert found["models"][0]["last_used"] == "2025-01-15T14:00:00.000Z"
    assert (found["limits"][0]["provider"], found["limits"][0]["limit"]) == ("openrouter", None)


def test_machines_are_told_who_uses_the_assistant(models):
    user = Profile("Declan", "Brakel", "a/b", "2025-01-15T10:30:00", "", 42, ("a/b",))

    found = statistics.facts(statistics.statistics(user, {}, {}, (), NOW))

    assert found["session"] == {
        "user_name": "Declan",
        "assistant_name": "Brakel",
        "preferred_model": "a/b",
        "favorite_models": ["a/b"],
        "created_at": "2025-01-15T10:30:00",
        "last_active": "",
        "total_conversations": 42,
    }


def test_the_first_moment_of_the_next_day_is_no_moment_of_this_one(models):
    midnight = datetime(2025, 1, 16, tzinfo=UTC)

    assert told({KEY: tally(5, midnight)}, models).rows[0].requests_today == 0


def test_rows_for_tables_have_a_head_and_leave_unknown_empty(models):
    head, row = statistics.csv(told({"other:gpt-5": tally(5)}, models))

    assert dict(zip(head, row, strict=True)) == {
        "model": "other:gpt-5",
        "title": "gpt-5",
        "requests_today": 5,
        "tokens_today": 35,
        "daily_limit": "",
        "usage": "",
        "success_rate": 1.0,
        "avg_latency_ms": 0.0,
        "total_requests": 50,
        "total_tokens": 500,
        "last_used": "2025-01-15T14:00:00.000Z",
    }
