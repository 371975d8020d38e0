"""Many calls: what they come to is exact, in every sum there is, and in a few seconds."""

import random
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ai_sessions import money
from ai_sessions.accounting import pricing
from ai_sessions.records import Interaction, Usage, stamp
from ai_sessions.store import totals
from ai_sessions.store.entries import numbered, plain_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANY = 100_000
#: One of each kind of price: by size, with both kinds of cache, with fractions of a nano-dollar.
MODELS = (
    *("claude-sonnet-4-5", "claude-haiku-5-5", "claude-opus-5-5", "gpt-5", "gpt-6.1-sol"),
    *("gemini-2.5-pro", "gemini-3.8-flash", "deepseek/deepseek-chat", "model-of-mine"),
)
MICRO = Decimal("0.000001")


@pytest.fixture(scope="module")
def calls():
    """Each call's exact dollars (None: no known price) and its line in the journal."""
    chance = random.Random(11)  # noqa: S311 (the same calls each time)
    made = []
    for number in range(MANY):
        model, usage = chance.choice(MODELS), some_usage(chance)
        rates = pricing.rates_of(model, usage.input_tokens, NOW)
        exact = dollars(usage, rates) if rates else None
        call = Interaction(
            id=str(number),
            at=stamp(NOW),
            provider="claude",
            model=model,
            messages=(),
            usage=usage,
            cost=pricing.price_of(usage, model, NOW),
            task=f"T{number % 7}",
        )
        made.append((exact, numbered(plain_of(call, stamp(NOW)), number)))
    return made


def dollars(usage, rates):
    """By the published rule, in decimals: every token once, a missing rate from its neighbour."""
    read, written, hour = (
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
    )
    write_rate = rates.input if rates.cache_write is None else rates.cache_write
    hour_rate = write_rate if rates.cache_write_1h is None else rates.cache_write_1h
    read_rate = rates.input if rates.cache_read is None else rates.cache_read
    return (
        (usage.input_tokens - read - written) * rates.input
        + read * read_rate
        + (written - hour) * write_rate
        + hour * hour_rate
        + usage.output_tokens * rates.output
    ) / 1_000_000


def some_usage(chance):
    read, written, fresh = (chance.randint(0, 90_000) for _ in range(3))
    return Usage(
        input_tokens=read + written + fresh,
        output_tokens=chance.randint(0, 4_000),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=chance.randint(0, written),
    )


def exactly(calls, key=lambda _entry: ""):
    """The exact dollars by `key`, and how many are not known."""
    sums, unknown = defaultdict(Decimal), defaultdict(int)
    for exact, entry in calls:
        sums[key(entry)] += exact or 0
        unknown[key(entry)] += exact is None
    return sums, unknown


def test_a_session_of_so_many_calls_sums_up_to_the_micro_dollar(calls):
    checkpoint = totals.empty("plan-pay")
    for _exact, entry in calls:
        totals.add(checkpoint, entry)
    sums, unknown = exactly(calls)
    models, _unknown = exactly(calls, lambda entry: entry["model"])

    found = checkpoint["totals"]
    assert abs(money.dollars(found["cost_nusd"]) - sums[""]) < MICRO
    assert found["unknown_costs"] == unknown[""] > 0
    assert found["interactions"] == MANY
    for model, share in found["by_model"].items():
        assert abs(money.dollars(share["cost_nusd"]) - models[model]) < MICRO


@pytest.mark.parametrize("key", ["model", "task"])
def test_so_do_reports_over_them(report, calls, key):
    groups = report(key, ({**entry, "session": "plan-pay"} for _exact, entry in calls))
    sums, unknown = exactly(calls, lambda entry: entry[key])

    assert set(groups) == set(sums)
    for name, group in groups.items():
        assert abs(money.dollars(group["cost_nusd"]) - sums[name]) < MICRO
        assert group["unknown_costs"] == unknown[name]
        assert (group["cost"] is None) is (unknown[name] == group["interactions"])
