"""When a limit ends: every wording that was seen, with the time that is meant by it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.providers import resets

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "limit-texts.json").read_text())
NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def seconds(at):
    return None if at is None else (at - NOW).total_seconds()


@pytest.mark.parametrize(("text", "until"), [one for texts in TEXTS.values() for one in texts])
def test_every_wording_that_was_seen_is_read(text, until):
    found = resets.of_text(text, NOW, BERLIN)

    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("resets at 6am tomorrow", "2026-11-29T05:00"),
        ("resets Mon 9am", "2026-11-30T08:00"),
        ("resets Sat 9am", "2026-12-05T08:00"),
        ("resets 15:00", "2026-11-28T14:00"),
        ("resets at 2026-11-30T20:00:00Z", "2026-11-30T20:00"),
        ("try again in 5 minutes and 3 seconds.", "2026-11-28T12:55:03"),
        ("resets 3pm (Nowhere/Land)", "2026-11-28T14:00"),
        ("resets 12am", "2026-11-28T23:00"),
    ],
)
def test_other_ways_to_say_it(text, until):
    expected = datetime.fromisoformat(until).replace(tzinfo=UTC)

    assert resets.of_text(text, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("resets 3", "try again at 99:99", "resets Feb 30, 9am", "try again in 1 attempt"),
        *("it took longer than 1800 s", "Claude AI usage limit reached|1000000000", ""),
        *("resets 13pm", "try again in 900 days", "resets_at: 99999999999999"),
    ],
)
def test_what_no_time_can_be_meant_by_is_not_known(text):
    assert resets.of_text(text, NOW, BERLIN) is None


def test_an_hour_of_the_night_when_the_clocks_change_is_one_of_that_night():
    before = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 00:00 in Berlin, summer time until 3:00

    assert resets.of_text("resets 9am", before, BERLIN) == datetime(2026, 10, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "Sat, 28 Nov 2026 12:53:00 GMT"}, 180),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "17", "x-ratelimit-reset-requests": "6m0s"}, 17),
        (
            {"anthropic-ratelimit-requests-remaining": "0"}
            | {"anthropic-ratelimit-requests-reset": "2026-11-28T12:51:00Z"}
            | {"anthropic-ratelimit-tokens-remaining": "5000"}
            | {"anthropic-ratelimit-tokens-reset": "2026-11-28T13:50:00Z"},
            60,
        ),
        (
            {"anthropic-ratelimit-unified-reset": "1795881600"}
            | {"anthropic-ratelimit-unified-7d-reset": "1796400000"},
            11400,
        ),
        (
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}
            | {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"},
            360,
        ),
        ({"x-ratelimit-remaining-tokens": "none", "x-ratelimit-reset-tokens": "6m"}, 360),
        ({"x-ratelimit-reset": "1795910400000"}, 40200),
        ({"x-ratelimit-reset": "1795910400"}, 40200),
        ({"x-ratelimit-reset-requests-day": "33011.5"}, 33011.5),
        ({"ratelimit-reset": "50", "ratelimit-remaining": "0"}, 50),
        (
            {"x-codex-primary-used-percent": "100", "x-codex-primary-reset-at": "1795881600"}
            | {"x-codex-secondary-used-percent": "80", "x-codex-secondary-reset-at": "1796400000"},
            11400,
        ),
        ({"x-ratelimit-limit-requests": "50", "date": "Sat, 28 Nov 2026 12:53:00 GMT"}, None),
        ({}, None),
    ],
)
def test_headers_of_a_refusal(headers, wait_s):
    assert seconds(resets.of_headers(headers, NOW)) == wait_s


def test_numbers_are_seconds_from_now_or_times():
    assert seconds(resets.of_number(30, NOW)) == 30
    assert seconds(resets.of_number(1795881600, NOW)) == 11400
    assert seconds(resets.of_number(1795881600000, NOW)) == 11400
    assert resets.of_number(-1, NOW) is None
    assert resets.of_number(timedelta(days=500).total_seconds(), NOW) is None


WORDS = st.sampled_from(
    [
        *("resets", "try again", "in", "at", "after", "retry-after:", "resets_at", "|", "(", ")"),
        *("8pm", "25:61", "Feb 30,", "Mon", "2026-13-45", "9999-12-31", "T99:99Z", "Europe/Berlin"),
        *("../etc/passwd", "tomorrow", "99999999999999999999", "1e400", "nan", "inf", "-5", "0"),
        *("999999999999 days", "5h3m", "limit reached", "UTC", "12am", "0001-01-01", "1.5.5s"),
    ]
)


@given(st.lists(WORDS, max_size=8).map(" ".join) | st.text())
def test_no_words_make_it_fall_over(text):
    for zone in (BERLIN, None):
        at = resets.of_text(text, NOW, zone)
        assert at is None or (at.tzinfo and abs(at - NOW) < timedelta(days=401))


NAMES = st.sampled_from(
    [
        *("retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-remaining"),
        *("anthropic-ratelimit-unified-reset", "anthropic-ratelimit-tokens-reset"),
        *("x-codex-primary-reset-at", "x-codex-primary-used-percent", "ratelimit-reset"),
    ]
)


@given(st.dictionaries(NAMES, WORDS | st.text(), max_size=5))
def test_no_headers_make_it_fall_over(headers):
    at = resets.of_headers(headers, NOW)

    assert at is None or (at.tzinfo and abs(at - NOW) < timedelta(days=401))


@given(st.floats())
def test_no_number_makes_it_fall_over(value):
    at = resets.of_number(value, NOW)

    assert at is None or abs(at - NOW) < timedelta(days=401)
