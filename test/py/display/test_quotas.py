"""A limit of a provider, as people read it."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.display import quotas
from ai_sessions.rotation.records import WindowState

NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
LATER = NOW + timedelta(hours=2, minutes=10)
HOURS = {"unit": "percent", "period": "rolling", "rolling_s": 18_000}


def window(limit=None, used=0, pool="quota:openrouter#1a2b3c4d", **more):
    return WindowState(
        pool, **{"unit": "requests", "period": "day", **more}, limit=limit, used=used
    )


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (window(1000, 45), "45 of 1,000 requests used"),
        (window(1000, 45, held=2), "47 of 1,000 requests used"),
        (window(1, 0), "0 of 1 request used"),
        (window(None, 45), "45 requests used, limit unknown"),
        (window(None, 1), "1 request used, limit unknown"),
        (window(None), "unknown"),
        (window(100_000, 97_050, unit="tokens"), "97,050 of 100,000 tokens used"),
        (window(10**9, 4 * 10**8, unit="nusd"), "$0.4000 of $1.00 used"),
        (window(100, 37, **HOURS), "37 % used"),
        (window(None, 0, **HOURS), "unknown"),
    ],
)
def test_what_is_used_is_told_and_what_nobody_knows_is_unknown(shown, words):
    assert quotas.amount(shown) == words


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (LATER, ", resets 15:00 (in 2 h 10 min)"),
        (NOW + timedelta(days=3), ", resets Tue Dec 1, 12:50 (in 3 d)"),
        (NOW, ""),
        (None, ""),
    ],
)
def test_the_reset_is_told_while_it_lies_ahead(at, end):
    assert quotas.told(window(100, 37, **HOURS, resets_at=at), NOW, UTC) == f"37 % used{end}"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (window(), "day"),
        (window(period="minute"), "minute"),
        (window(**HOURS), "5 h"),
        (window(**{**HOURS, "rolling_s": 604_800}), "7 d"),
    ],
)
def test_a_window_is_named_by_its_length(shown, words):
    assert quotas.span(shown) == words


@pytest.mark.parametrize(
    ("pool", "accounts", "whose"),
    [
        ("quota:claude#", ("",), "claude 5 h"),
        ("quota:claude#", ("", "1a2b3c4d"), "claude (the default account) 5 h"),
        ("quota:claude#1a2b3c4d", ("1a2b3c4d",), "claude 5 h"),
        ("quota:claude#1a2b3c4d", ("", "1a2b3c4d"), "claude (account 1a2b3c4d) 5 h"),
        ("quota:claude#/opus", ("",), "claude opus 5 h"),
        ("quota:groq#1a2b3c4d/openai/gpt-oss-120b", (), "groq openai/gpt-oss-120b 5 h"),
    ],
)
def test_a_line_says_whose_limit_it_is(pool, accounts, whose):
    assert quotas.line(window(pool=pool, **HOURS), NOW, accounts) == f"{whose}: unknown"
