"""The form of `model_usage.json`, in and out."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ai_sessions.assistant import usage
from ai_sessions.errors import ConfigError
from ai_sessions.rotation.records import Tally

GEMINI = "google/gemini-2.0-flash-exp:free"
#: As the first program wrote it.
SEED = """{
  "google/gemini-2.0-flash-exp:free": {
    "model_name": "google/gemini-2.0-flash-exp:free",
    "tokens_used_today": 12500,
    "requests_today": 45,
    "total_tokens": 345230,
    "total_requests": 1245,
    "last_used": "2025-01-15T14:22:15",
    "avg_latency_ms": 850,
    "success_rate": 0.982
  }
}"""
PATH = "/home/me/model_usage.json"
TALLY = Tally(1245, 345230, 45, 12500, 850.0, 0.982, datetime(2025, 1, 15, 14, 22, 15, tzinfo=UTC))


def dumped(counted, before, zone=UTC):
    return json.dumps(usage.plain(counted, before, zone), indent=2)


def seed_with(name, value):
    return {GEMINI: {**json.loads(SEED)[GEMINI], name: value}}


def test_a_usage_file_is_read():
    assert usage.tallies(json.loads(SEED), PATH, UTC) == {GEMINI: TALLY}


@pytest.mark.parametrize("before", [{}, json.loads(SEED)])
def test_what_was_read_is_written_byte_for_byte(before):
    counted = usage.tallies(json.loads(SEED), PATH, UTC)

    assert dumped(counted, before) == SEED


def test_times_of_a_file_are_of_its_own_zone():
    zone = ZoneInfo("America/New_York")

    counted = usage.tallies(json.loads(SEED), PATH, zone)

    assert counted[GEMINI].last_used == datetime(2025, 1, 15, 19, 22, 15, tzinfo=UTC)
    assert dumped(counted, {}, zone) == SEED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("avg_latency_ms", 850.0),
        ("avg_latency_ms", 1 / 3),
        ("success_rate", 1),
        ("success_rate", 1.0),
        ("success_rate", 2 / 3),
        ("last_used", "2025-01-15T14:22:15.123456"),
        ("last_used", "2025-01-15T14:22:15+02:00"),
        ("model_name", "Gemini"),
        ("notes", ["of another program"]),
    ],
)
def test_what_has_not_changed_keeps_its_spelling(name, value):
    before = seed_with(name, value)
    counted = usage.tallies(before, PATH, UTC)

    assert dumped(counted, before) == json.dumps(before, indent=2)


def test_means_of_sums_are_the_same_but_for_their_rounding():
    counted = {GEMINI: replace(TALLY, success_rate=math.nextafter(0.982, 1))}

    assert dumped(counted, {}) == SEED


def test_what_has_changed_is_written():
    later = replace(TALLY, requests=1246, success_rate=0.98200982, last_used=TALLY.last_used)

    facts = usage.plain({GEMINI: later}, json.loads(SEED), UTC)[GEMINI]

    assert facts["total_requests"] == 1246
    assert facts["success_rate"] == 0.98201


def test_a_later_time_is_written_in_seconds():
    later = replace(TALLY, last_used=TALLY.last_used + timedelta(hours=1, microseconds=5))

    facts = usage.plain({GEMINI: later}, json.loads(SEED), UTC)[GEMINI]

    assert facts["last_used"] == "2025-01-15T15:22:15"


def test_other_models_and_the_order_of_a_file_stay():
    before = {"b": {"x": 1}, **json.loads(SEED), "a": 7}

    found = usage.plain({"new": Tally(), GEMINI: TALLY}, before, UTC)

    assert list(found) == ["b", GEMINI, "a", "new"]
    assert (found["a"], found["b"]) == (7, {"x": 1})


def test_what_a_file_does_not_say_is_as_before_the_first_call():
    assert usage.tallies({"a": {"last_used": None}}, PATH) == {"a": Tally()}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("total_requests", -1, "a whole number from 0"),
        ("total_requests", 1.5, "a whole number from 0"),
        ("total_tokens", 2**53, "a whole number from 0"),
        ("requests_today", True, "a whole number from 0"),
        ("tokens_used_today", "12", "a whole number from 0"),
        ("tokens_used_today", math.nan, "a whole number from 0"),
        ("avg_latency_ms", math.inf, "a number from 0"),
        ("avg_latency_ms", 10**400, "a number from 0"),
        ("success_rate", 98.2, "a number from 0 to 1"),
        ("success_rate", None, "a number from 0 to 1"),
        ("last_used", "yesterday", "a time such as"),
        ("last_used", 1736950935, "a time such as"),
    ],
)
def test_a_wrong_value_is_named_with_its_model(name, value, wanted):
    with pytest.raises(ConfigError, match=f"{GEMINI}: {name} is .*, not {wanted}"):
        usage.tallies(seed_with(name, value), PATH)


def test_a_model_that_is_no_object_is_an_error():
    with pytest.raises(ConfigError, match="a: the model is '7', not an object"):
        usage.tallies({"a": 7}, PATH)
