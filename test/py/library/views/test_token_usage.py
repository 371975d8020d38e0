"""Tokens as programs have them."""

import pytest

from ai_sessions.library.views import token_usage
from ai_sessions.library.views.token_usage import TokenSummary, TokenUsage
from ai_sessions.records import Usage


def test_what_no_record_has_a_price_for_is_not_priced_anew():
    found = token_usage.usage(TokenUsage, Usage(1_000_000, 1), "gpt-4o", None)

    assert found.estimated_cost_usd is None


def test_tokens_of_a_text_are_counted_and_those_of_nothing_are_none():
    assert TokenUsage.count_tokens("one two three") == 3
    assert TokenUsage.count_tokens(None) == 0
    assert TokenUsage.count_tokens({"a": 1}) > 0


def test_tokens_of_words_are_estimated_and_priced_by_their_model():
    used = TokenUsage.from_text("one two three", "four", "gpt-4o")

    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (3, 1, 4)
    assert used.estimated
    assert used.estimated_cost_usd == pytest.approx((3 * 2.5 + 10) / 1e6)


def test_a_model_that_nobody_has_a_price_for_is_unpriced():
    assert TokenUsage(1000, 1000, "my-own-model").estimated_cost_usd is None
    assert TokenUsage(1000, 1000).calculate_cost() is None


def test_a_price_that_is_given_stays_and_the_total_is_the_sum():
    used = TokenUsage(2, 3, "gpt-4o", estimated_cost_usd=0.5, total_tokens=99)

    assert (used.estimated_cost_usd, used.total_tokens) == (0.5, 5)


def test_tokens_that_are_added_to_are_priced_anew():
    used = TokenUsage(1_000_000, 0, "gpt-4o")
    used.update(completion_tokens=1_000_000)

    assert (used.prompt_tokens, used.completion_tokens) == (1_000_000, 1_000_000)
    assert used.estimated_cost_usd == 12.5


def test_two_usages_make_one():
    both = TokenUsage(1, 2, "gpt-4o", 0.25, cached_tokens=1) + TokenUsage(
        3, 4, "other", 0.5, reasoning_tokens=2, estimated=True
    )

    assert (both.prompt_tokens, both.completion_tokens, both.model) == (4, 6, "gpt-4o")
    assert (both.cached_tokens, both.reasoning_tokens, both.estimated) == (1, 2, True)
    assert both.estimated_cost_usd == 0.75


def test_nobody_knows_the_price_of_both_when_that_of_one_is_unknown():
    assert (TokenUsage(1, 1, "gpt-4o") + TokenUsage(1, 1, "mine")).estimated_cost_usd is None


def test_a_summary_adds_up_by_model_and_counts_what_has_no_price():
    sums = TokenSummary()
    for used in (TokenUsage(1, 2, "gpt-4o", 0.5), TokenUsage(3, 4, "gpt-4o", 0.25)):
        sums.add_usage(used)
    sums.add_usage(TokenUsage(5, 6, "mine"))

    assert (sums.total_prompt_tokens, sums.total_completion_tokens, sums.total_tokens) == (
        9,
        12,
        21,
    )
    assert (sums.total_estimated_cost_usd, sums.unpriced) == (0.75, 1)
    assert sums.usage_by_model["gpt-4o"].total_tokens == 10
    assert list(sums.usage_by_model) == ["gpt-4o", "mine"]


def test_a_usage_in_records_has_the_same_tokens():
    used = TokenUsage(10, 5, cached_tokens=4, reasoning_tokens=3, estimated=True)

    assert token_usage.plain(used) == Usage(
        10, 5, cache_read_tokens=4, reasoning_tokens=3, estimated=True
    )
