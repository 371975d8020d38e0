"""What a call costs: against published prices, against the library, and at the edges."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import catalog, times
from ai_sessions.accounting import pricing
from ai_sessions.catalog.table import Table
from ai_sessions.errors import ConfigError
from ai_sessions.money import nano
from ai_sessions.records import Cost, Usage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
MILLION = 1_000_000

#: Published prices, dollars per million tokens: input, output, cache read, write 5m, write 1h; the
#: labs' own price lists of November 2026. None: the list has no such price.
PUBLISHED = {
    "claude-3-haiku-20240307": ("0.25", "1.25", "0.03", "0.30", "0.50"),
    "claude-3-5-haiku-20241022": ("0.80", "4", "0.08", "1", "1.60"),
    "claude-3-7-sonnet-20250219": ("3", "15", "0.30", "3.75", "6"),
    "claude-haiku-4-5-20251001": ("1", "5", "0.10", "1.25", "2"),
    "claude-haiku-5-5": ("0.10", "0.50", "0.01", "0.125", "0.20"),
    "claude-sonnet-4-20250514": ("3", "15", "0.30", "3.75", "6"),
    "claude-sonnet-4-5-20250929": ("3", "15", "0.30", "3.75", "6"),
    "claude-sonnet-4-6": ("3", "15", "0.30", "3.75", "6"),
    "claude-sonnet-5": ("2", "10", "0.20", "2.50", "4"),
    "claude-sonnet-5-5": ("2", "10", "0.10", "2.50", "4"),
    "claude-opus-4-20250514": ("15", "75", "1.50", "18.75", "30"),
    "claude-opus-4-1-20250805": ("15", "75", "1.50", "18.75", "30"),
    "claude-opus-4-5-20251101": ("5", "25", "0.50", "6.25", "10"),
    "claude-opus-4-6": ("5", "25", "0.50", "6.25", "10"),
    "claude-opus-4-7": ("5", "25", "0.50", "6.25", "10"),
    "claude-opus-4-8": ("5", "25", "0.50", "6.25", "10"),
    "claude-opus-5": ("5", "25", "0.50", "6.25", "10"),
    "claude-opus-5-5": ("4", "20", "0.20", "5", "8"),
    "claude-fable-5": ("10", "50", "1", "12.50", "20"),
    "claude-fable-5-1": ("10", "50", "0.25", "12.50", "20"),
    "claude-fable-5-2": ("8", "40", "0.20", "10", "16"),
    "claude-mythos-5": ("10", "50", "1", "12.50", "20"),
    "claude-mythos-5-1": ("10", "50", "0.25", "12.50", "20"),
    "claude-opus-4-6-fast": ("30", "150", "3", "37.50", "60"),
    "claude-opus-4-8-fast": ("10", "50", "1", "12.50", "20"),
    "claude-opus-5-fast": ("10", "50", "1", "12.50", "20"),
    "claude-opus-5-5-fast": ("8", "40", "0.40", "10", "16"),
    "claude-fable-5-2-fast": ("16", "80", "0.40", "20", "32"),
    "gpt-4.1": ("2", "8", "0.50", None, None),
    "gpt-4o": ("2.50", "10", "1.25", None, None),
    "o3": ("2", "8", "0.50", None, None),
    "o4-mini": ("1.10", "4.40", "0.275", None, None),
    "gpt-5": ("1.25", "10", "0.125", None, None),
    "gpt-5-codex": ("1.25", "10", "0.125", None, None),
    "gpt-5-mini": ("0.25", "2", "0.025", None, None),
    "gpt-5.1-codex-max": ("1.25", "10", "0.125", None, None),
    "gpt-5.2-codex": ("1.75", "14", "0.175", None, None),
    "gpt-5.3-codex": ("1.75", "14", "0.175", None, None),
    "gpt-5.4": ("2.50", "15", "0.25", None, None),
    "gpt-5.4-mini": ("0.75", "4.50", "0.075", None, None),
    "gpt-5.5": ("5", "30", "0.50", None, None),
    "gpt-5.6-sol": ("4", "20", "0.40", None, None),
    "gpt-5.6-terra": ("2", "12", "0.20", None, None),
    "gpt-5.6-luna": ("0.20", "1.20", "0.02", None, None),
    "gpt-6-sol": ("2", "10", "0.20", "2.50", None),
    "gpt-6-luna": ("0.10", "0.50", "0.01", "0.125", None),
    "gpt-6-astra": ("10", "50", "1", "12.50", None),
    "gpt-6.1-sol": ("2", "10", "0.10", "2.50", None),
    "gpt-6.1-terra": ("1", "5", "0.05", "1.25", None),
    "gemini-2.0-flash": ("0.10", "0.40", "0.025", None, None),
    "gemini-2.5-pro": ("1.25", "10", "0.125", None, None),
    "gemini-2.5-flash": ("0.30", "2.50", "0.03", None, None),
    "gemini-2.5-flash-lite": ("0.10", "0.40", "0.01", None, None),
    "gemini-3-flash-preview": ("0.50", "3", "0.05", None, None),
    "gemini-3.1-pro-preview": ("2", "12", "0.20", None, None),
    "gemini-3.8-flash": ("0.75", "3.75", "0.075", None, None),
    "google/gemini-2.0-flash-exp:free": ("0", "0", None, None, None),
    "meta-llama/llama-3.3-70b-instruct": ("0.59", "0.79", "0.295", None, None),
}
#: Above so many input tokens, cached ones included, the whole request has these rates.
LONG = {
    "claude-haiku-5-5": (100_000, "0.50", "2.50", "0.05", "0.625", "1"),
    "claude-sonnet-4-20250514": (200_000, "6", "22.50", "0.60", "7.50", "12"),
    "claude-sonnet-4-5-20250929": (200_000, "6", "22.50", "0.60", "7.50", "12"),
    "gpt-5.4": (272_000, "5", "22.50", "0.50", None, None),
    "gpt-5.5": (272_000, "10", "45", "1", None, None),
    "gpt-5.6-terra": (272_000, "4", "18", "0.40", None, None),
    "gpt-6.1-sol": (272_000, "4", "15", "0.20", None, None),
    "gpt-6-astra": (272_000, "20", "75", "2", None, None),
    "gemini-2.5-pro": (200_000, "2.50", "15", "0.25", None, None),
    "gemini-3.1-pro-preview": (200_000, "4", "18", "0.40", None, None),
}
#: What a model cost on a day before: input, output, cache read.
BEFORE = [
    ("gpt-5.6-luna", "2026-07-29", ("1", "6", "0.10")),
    ("gpt-5.6-terra", "2026-07-29", ("2.50", "15", "0.25")),
    ("gpt-5.6-terra", "2026-07-30", ("2", "12", "0.20")),
    ("gpt-5.6-sol", "2026-08-20", ("5", "30", "0.50")),
    ("o3", "2025-06-09", ("10", "40", "0.50")),
]


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_rate_is_the_published_one(model):
    rates = pricing.rates_of(model, 1, NOW)

    assert rates is not None
    assert _published(rates, PUBLISHED[model])


@pytest.mark.parametrize(("model", "day", "rates"), BEFORE)
def test_a_rate_is_the_one_that_was_published_on_its_day(model, day, rates):
    found = pricing.rates_of(model, 1, datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    assert found is not None
    assert _published(found, (*rates, None, None))


@pytest.mark.parametrize("model", LONG)
def test_a_long_request_has_the_published_rates_too(model):
    limit, *rates = LONG[model]
    found = pricing.rates_of(model, limit + 1, NOW)

    assert found is not None
    assert _published(found, rates)


#: What another list says of the same day: that of opencode 1.18.33 (`opencode models --verbose`).
#: Per model input, output, cache read and write (0: none), then per tier its limit and the same.
LISTED = json.loads((Path(__file__).parents[2] / "fixtures/prices-published.json").read_text())
#: Models whose prices differ there, and why.
DIFFERENT = {
    "deepseek/deepseek-v4-pro": "it has a price by the hour, of which that list knows one",
    "mistral/ministral-8b-latest": "the newer one costs more",
    "mistral/mistral-large-latest": "it means another release there",
}
#: Models that we know no price of: faster services, and names that are nowhere else.
NOT_OURS = ("-fast", "daybreak", "magistral-small", "ministral-3b", "zai-glm", "-spark", "5.6-pro")


@pytest.mark.parametrize("model", sorted(set(LISTED) - set(DIFFERENT)))
def test_a_rate_is_what_another_list_says(model):
    plain, *tiers = ([0, *LISTED[model][:4]], *LISTED[model][4:])
    for limit, *listed in (plain, *tiers):
        rates = pricing.rates_of(model, limit + 1, NOW)
        if rates is None:
            assert any(part in model for part in NOT_OURS)
            return
        found = (rates.input, rates.output, rates.cache_read, rates.cache_write)
        wanted = [Decimal(str(rate)) for rate in listed]
        assert found[:2] == tuple(wanted[:2])
        assert all(got == want for got, want in zip(found[2:], wanted[2:], strict=True) if want)


def test_that_list_is_long_and_has_tiers():
    assert len(LISTED) > 70
    assert sum(len(rates) > 4 for rates in LISTED.values()) > 15


@pytest.mark.parametrize("model", ["claude-sonnet-4-5-fast", "openai/gpt-5.4-fast"])
def test_a_faster_service_does_not_have_the_price_of_the_plain_one(model):
    assert pricing.rates_of(model, 1, NOW) is None
    assert pricing.rates_of(model.removesuffix("-fast"), 1, NOW)


@pytest.mark.parametrize("model", LONG)
def test_one_token_above_the_limit_makes_the_whole_request_dearer(model):
    """Whatever the tokens are: one fresh, one that was read from the cache, all of one kind."""
    limit, dear_input, dear_output, dear_read, *_ = LONG[model]
    base_input, base_output, base_read, *_ = PUBLISHED[model]

    at_limit = pricing.price_of(Usage(limit, 1000, limit - 500), model, NOW)
    above = pricing.price_of(Usage(limit + 1, 1000, limit - 500), model, NOW)

    below = ((500, base_input), (1000, base_output), (limit - 500, base_read))
    dear = ((501, dear_input), (1000, dear_output), (limit - 500, dear_read))
    assert at_limit.nusd == nano(sum(Decimal(rate) * count for count, rate in below) / MILLION)
    assert above.nusd == nano(sum(Decimal(rate) * count for count, rate in dear) / MILLION)


@pytest.mark.parametrize(
    ("at", "rate"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "0.75"),
        (datetime(2027, 1, 1, tzinfo=UTC), "1.5"),
        (datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "0.75"),
        (datetime(2027, 1, 1), "1.5"),
    ],
)
def test_a_price_is_that_of_the_day_in_utc(at, rate):
    cost = pricing.price_of(Usage(MILLION), "gemini-3.8-flash", at)

    assert cost.nusd == nano(rate)


@pytest.mark.parametrize(
    ("hour", "minute", "rate"),
    [
        (0, 59, "0.66"),
        (1, 0, "1.32"),
        (3, 59, "1.32"),
        (4, 0, "0.66"),
        (9, 59, "1.32"),
        (10, 0, "0.66"),
    ],
)
def test_a_price_is_that_of_the_hour(hour, minute, rate):
    cost = pricing.price_of(
        Usage(MILLION), "deepseek-v4-pro", NOW.replace(hour=hour, minute=minute)
    )

    assert cost.nusd == nano(rate)


def test_hours_may_pass_midnight():
    night = {"input": "1"}
    table = _table([[None, {"input": "2"}], ["22:00-06:00", night]])

    found = [_at(hour, table) for hour in (21, 22, 23, 0, 5, 6)]

    assert found == [2, 1, 1, 1, 1, 2]


def test_before_the_first_date_the_first_price_counts():
    table = _table([["2026-12-01", {"input": "2"}], ["2027-01-01", {"input": "3"}]])

    assert _at(12, table) == 2


def test_the_source_is_the_date_of_the_table():
    assert pricing.price_of(Usage(1), "gpt-5", NOW).source == f"prices:{catalog.load().date}"


def test_an_unknown_model_has_no_cost_rather_than_none_to_pay():
    assert pricing.price_of(Usage(1000, 10), "model-of-tomorrow", NOW) == Cost(None, "unknown")


@pytest.mark.parametrize(
    "usage",
    [
        Usage(input_tokens=10, cache_read_tokens=11),
        Usage(input_tokens=10, cache_read_tokens=5, cache_write_tokens=6),
        Usage(input_tokens=10, cache_write_tokens=1, cache_write_1h_tokens=2),
        Usage(output_tokens=1, reasoning_tokens=2),
        Usage(input_tokens=-1),
    ],
)
def test_a_usage_that_contradicts_itself_has_no_known_cost(usage):
    assert pricing.price_of(usage, "claude-sonnet-4-5", NOW) == Cost()


def test_a_model_without_a_rate_for_answers_has_no_known_cost_for_one():
    table = _table({"input": "2"})

    assert pricing.price_of(Usage(1, 1), "m/x", NOW, table=table) == Cost()
    assert pricing.price_of(Usage(1, 0), "m/x", NOW, table=table).nusd == 2000


def test_a_time_without_rates_has_no_known_cost():
    table = _table([[None, {}], ["2027-01-01", {"input": "1"}]])

    assert pricing.price_of(Usage(1), "m/x", NOW, table=table) == Cost()


def test_a_free_model_costs_nothing_and_says_who_says_so():
    cost = pricing.price_of(Usage(MILLION, MILLION), "qwen/qwen3-coder:free", NOW)

    assert cost == Cost(0, f"prices:{catalog.load().date}")


def test_every_kind_of_token_has_its_own_rate():
    usage = Usage(
        input_tokens=10_000,
        output_tokens=500,
        cache_read_tokens=6_000,
        cache_write_tokens=3_000,
        cache_write_1h_tokens=1_000,
        reasoning_tokens=200,
    )

    cost = pricing.price_of(usage, "claude-sonnet-4-5", NOW)

    fresh, read, five_minutes, hour, out = 1_000, 6_000, 2_000, 1_000, 500
    assert cost.nusd == (
        fresh * 3_000 + read * 300 + five_minutes * 3_750 + hour * 6_000 + out * 15_000
    )


def test_cached_tokens_without_a_rate_cost_what_others_do():
    usage = Usage(input_tokens=1000, cache_read_tokens=600, cache_write_tokens=300)
    table = _table({"input": "2", "output": "8"})

    assert pricing.price_of(usage, "m/x", NOW, table=table).nusd == 2_000_000


def test_a_hidden_thought_may_have_its_own_rate():
    table = _table({"input": "1", "output": "8", "reasoning": "3"})

    cost = pricing.price_of(Usage(0, 1000, reasoning_tokens=400), "m/x", NOW, table=table)

    assert cost.nusd == 600 * 8_000 + 400 * 3_000


def test_a_call_itself_may_have_a_price():
    table = _table({"input": "1", "output": "1", "request": "12"})

    assert pricing.price_of(Usage(1, 1), "m/x", NOW, table=table).nusd == 12_000_000 + 2_000


def test_the_rates_a_user_set_come_first_under_any_spelling():
    own = pricing.overrides_of({"My-Model": {"input": 1.5, "output": "6"}, "gpt-5": {"input": 0}})
    price = pricing.with_overrides(own)

    assert price(Usage(1000, 100), "my-model[1m]", NOW) == Cost(2_100_000, "prices:user")
    assert price(Usage(1000), "gpt-5", NOW) == Cost(0, "prices:user")
    assert price(Usage(1000), "gpt-5-mini", NOW).source.startswith("prices:2")


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        ({"m": {"inptu": 1}}, "inptu"),
        ({"m": {"input": "much"}}, "much"),
        ({"m": {"input": -1}}, "-1"),
        ({"m": {"input": "NaN"}}, "NaN"),
        ({"m": {"input": True}}, "True"),
        ({"m": {"input": None}}, "None"),
        ({"m": {}}, "'m'"),
        ({"m": 3}, "3"),
    ],
)
def test_a_wrong_price_of_the_user_is_named(prices, told):
    with pytest.raises(ConfigError, match=told):
        pricing.overrides_of(prices)


@given(
    read=st.integers(0, 10**7),
    write=st.integers(0, 10**7),
    fresh=st.integers(0, 10**7),
    out=st.integers(0, 10**7),
)
def test_a_cost_is_exact(read, write, fresh, out):
    usage = Usage(read + write + fresh, out, read, write)

    cost = pricing.price_of(usage, "claude-opus-4-1", NOW)

    assert cost.nusd == 15_000 * fresh + 1_500 * read + 18_750 * write + 75_000 * out


def test_the_evaluator_agrees_with_the_library_on_every_model_usage_and_date():
    providers = pytest.importorskip("genai_prices.data").providers
    from genai_prices import Usage as TheirUsage

    priced = {(model.provider, model.id): model.prices for model in catalog.load().models()}
    compared = 0
    for provider in providers:
        for number, model in enumerate(provider.models):
            prices = priced.get((provider.id, model.id))
            thorough = isinstance(prices, list) or "[" in str(prices)
            for usage, at in _cases(thorough, number) if prices else ():
                theirs = model.calc_price(
                    TheirUsage(**_their_words(usage)), provider, genai_request_timestamp=at
                )
                table = _table(prices)
                rates = pricing.rates_of("m/x", usage.input_tokens, at, table=table)
                assert rates is not None
                ours = pricing.nusd_of(usage, rates)
                if ours is not None:
                    assert ours == nano(theirs.total_price), (provider.id, model.id, usage, at)
                    compared += 1
    assert compared > 3_000


USAGES = (
    Usage(1_000, 100),
    Usage(150_000, 2_000, 90_000, 30_000, 10_000, 500),
    Usage(260_000, 10, 259_000, 1_000),
    Usage(400_001, 1, 0, 400_000, 400_000),
)
DATES = (
    datetime(2023, 1, 1, 3, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 16, 29, tzinfo=UTC),
    datetime(2026, 8, 17, 0, 0, tzinfo=UTC),
    datetime(2026, 9, 10, 9, 59, tzinfo=timezone(timedelta(hours=-7))),
    NIGHT,
    datetime(2027, 6, 1, 10, 0, tzinfo=UTC),
)


def _cases(thorough, number):
    """Every usage at every date where a price has tiers or dates, one of each elsewhere."""
    if thorough:
        return [(usage, at) for usage in USAGES for at in DATES]
    return [(USAGES[number % len(USAGES)], DATES[number % len(DATES)])]


def _their_words(usage):
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "output_reasoning_tokens": usage.reasoning_tokens,
    }


def _table(prices):
    providers = {"m": {"models": [["x", None, None, prices]]}}
    return Table({"date": "2026-01-01", "source": "test", "providers": providers}, {})


def _at(hour, table):
    rates = pricing.rates_of("m/x", 1, NOW.replace(hour=hour), table=table)
    assert rates is not None
    return rates.input


def _published(rates, wanted):
    found = (rates.input, rates.output, rates.cache_read, rates.cache_write, rates.cache_write_1h)
    return all(
        want is None or got == Decimal(want) for got, want in zip(found, wanted, strict=True)
    )


@given(
    counts=st.tuples(*[st.integers(-1, 400_000)] * 6),
    model=st.sampled_from(
        ["claude-sonnet-4-5", "gpt-5.3-codex", "gemini-2.5-pro", "deepseek-chat", "nobody", "mine"]
    ),
    at=st.sampled_from(["2025-02-01T23:00:00.000Z", "2026-11-21T02:12:56.568Z"]),
)
def test_many_calls_are_priced_as_each_alone(counts, model, at):
    own = pricing.overrides_of({"mine": {"input": 1.5, "output": 6}})
    alone = pricing.with_overrides(own)(Usage(*counts), model, times.parsed(at))

    assert pricing.PricesOfCounts(own)(counts, model, at) == alone
