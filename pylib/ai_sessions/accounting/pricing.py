"""What a call costs by the price table: exact, per request, as of its own date and hour.

Each call is priced alone, because a tier depends on its own size and a rate on its own time. The
long-context tiers are cliffs: one token above the limit and the whole request has the higher rate.
A price that nobody knows is `Cost(None, "unknown")`, never zero; zero is the price of free models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from ai_sessions import catalog
from ai_sessions.catalog.table import plain_name
from ai_sessions.errors import ConfigError
from ai_sessions.money import nano
from ai_sessions.records import Cost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ai_sessions.records import Usage

    PriceOf = Callable[[Usage, str, datetime], Cost]
    Overrides = Mapping[str, "Rates"]

#: Names of rates, in dollars for a million tokens (`request`: for a thousand calls).
RATES = ("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "request")
#: `cost_source` of a price that the user set.
USER = "prices:user"
_MILLION = Decimal(1_000_000)
_THOUSAND = Decimal(1_000)


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one request; None: the table has no such rate, not that it is free.

    A cached token without a rate of its own costs what an input token does, an hour-long write
    without one what a shorter write does, and reasoning what any output does.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None
    request: Decimal | None = None


def price_of(usage: Usage, model: str, at: datetime, *, table: catalog.Table | None = None) -> Cost:
    """The cost of one call. `table` None: the one that this release ships."""
    table = table or catalog.load()
    rates = rates_of(model, usage.input_tokens, at, table=table)
    return _cost(usage, rates, f"prices:{table.date}")


def with_overrides(overrides: Overrides, price: PriceOf = price_of) -> PriceOf:
    """`price`, except for the models whose rates the user set (see `overrides_of`)."""

    def priced(usage: Usage, model: str, at: datetime) -> Cost:
        own = overrides.get(model.strip().lower()) or overrides.get(plain_name(model))
        return _cost(usage, own, USER) if own else price(usage, model, at)

    return priced


def overrides_of(settings: Mapping[str, Any]) -> Overrides:
    """Prices that a user wrote: model -> `{"input": 1.5, "output": 6, …}`, dollars per million.

    Raises `ConfigError` naming the model and the rate that is not a number from 0 up.
    """
    return {str(model).strip().lower(): _own(str(model), raw) for model, raw in settings.items()}


def rates_of(
    model: str, input_tokens: int, at: datetime, *, table: catalog.Table | None = None
) -> Rates | None:
    """The rates of a request of that size at that time; None: the model's prices are not known."""
    found = (table or catalog.load()).model(model)
    raw = _in_force(found.prices, at) if found else {}
    reached = tuple(_reached(rate, input_tokens) for rate in raw.values())
    return _rates(tuple(raw), reached) if raw else None


@lru_cache(maxsize=4096)
def _rates(names: tuple[str, ...], amounts: tuple[str, ...]) -> Rates:
    return Rates(**dict(zip(names, map(Decimal, amounts), strict=True)))


def dollars_of(usage: Usage, rates: Rates) -> Decimal | None:
    """Exact dollars; None when a needed rate is missing or the usage contradicts itself.

    `usage.input_tokens` includes what was read from and written to a cache.
    """
    shares = _shares(usage, rates)
    if any(count < 0 or (count and rate is None) for count, rate in shares):
        return None
    tokens = sum((count * rate for count, rate in shares if rate is not None), Decimal())
    return tokens / _MILLION + (rates.request or Decimal()) / _THOUSAND


def _cost(usage: Usage, rates: Rates | None, source: str) -> Cost:
    amount = dollars_of(usage, rates) if rates else None
    return Cost() if amount is None else Cost(nano(amount), source)


def _shares(usage: Usage, rates: Rates) -> tuple[tuple[int, Decimal | None], ...]:
    """Every token once, with its rate."""
    read = _or(rates.cache_read, rates.input)
    write = _or(rates.cache_write, rates.input)
    fresh = usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
    return (
        (fresh, rates.input),
        (usage.cache_read_tokens, read),
        (usage.cache_write_tokens - usage.cache_write_1h_tokens, write),
        (usage.cache_write_1h_tokens, _or(rates.cache_write_1h, write)),
        (usage.output_tokens - usage.reasoning_tokens, rates.output),
        (usage.reasoning_tokens, _or(rates.reasoning, rates.output)),
    )


def _or(rate: Decimal | None, other: Decimal | None) -> Decimal | None:
    """`rate` unless there is none. Not `or`: a rate of 0 is a rate."""
    return other if rate is None else rate


def _in_force(prices: Any, at: datetime) -> Mapping[str, Any]:
    """Of `[when, rates]` pairs the last whose time it is; the first when it is none's time."""
    if not isinstance(prices, list):
        return dict(prices)
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    in_force = (rates for when, rates in reversed(prices) if when is None or _is_time(when, moment))
    return dict(next(in_force, prices[0][1]))


def _is_time(when: str, at: datetime) -> bool:
    """`2026-08-17`: from that day on; `22:00-06:00`: daily from the first minute to the second."""
    if ":" not in when:
        return at.date().isoformat() >= when
    start, end = when.split("-")
    now = at.strftime("%H:%M")
    return start <= now < end if start <= end else now >= start or now < end


def _reached(raw: Any, input_tokens: int) -> str:
    """A number as text, or `[base, [above this many input tokens, number], …]` in rising order."""
    if isinstance(raw, str):
        return raw
    reached = [rate for start, rate in raw[1:] if input_tokens > start]
    return str(reached[-1] if reached else raw[0])


def _own(model: str, raw: Any) -> Rates:
    if not isinstance(raw, dict) or not raw:
        raise ConfigError(
            f"prices of {model!r}: {raw!r} is not a map of rates",
            "for example: {input: 1.5, output: 6}, in dollars per million tokens",
        )
    return Rates(**{str(name): _amount(model, str(name), value) for name, value in raw.items()})


def _amount(model: str, name: str, value: Any) -> Decimal:
    if name not in RATES:
        raise ConfigError(f"prices of {model!r}: no rate {name!r}", f"use: {', '.join(RATES)}")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal(-1)
    if isinstance(value, bool) or not amount.is_finite() or amount < 0:
        raise ConfigError(
            f"prices of {model!r}: {name}={value!r} is not a number from 0 up",
            "rates are dollars per million tokens",
        )
    return amount
