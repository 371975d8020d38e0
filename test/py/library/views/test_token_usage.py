"""Tokens as programs have them."""

import asyncio
from datetime import UTC, datetime

from ai_sessions.library.views import token_usage
from ai_sessions.records import (
    Usage,
)

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_an_unknown_price_is_none():
    assert token_usage.usage(Usage(1, 1), "some-model", None).estimated_cost_usd is None


def test_tokens_of_a_text_are_estimated():
    assert asyncio.run(token_usage.TokenUsage.count_tokens("one two three")) == 3
