"""What a call costs by the price table: exact, per request, as of its own date and hour.

Each call is priced alone, because a tier depends on its own size and a rate on its own time. The
long-context tiers are cliffs: one token above the limit and the whole request has the higher rate.
A price that nobody knows is `Cost(None, "unknown")`, never zero; zero is the price of free models.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from ai_sessions import catalog, times, token_kinds
from ai_sessions.catalog.table import plain_name
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import rounded
from ai_sessions.records import Cost, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ai_sessions.records import PriceOf

    Overrides = Mapping[str, "Rates"]
    #: What a call costs, by its counts of tokens, the model's name and the time as records have it.
    PriceOfCounts = Callable[[tuple[int, ...], str, str], Cost]
    #: The rates of a model for a request of so many input tokens at a moment.
    RatesOf = Callable[[str, int, datetime], "Rates | None"]

#: Names of rates, in dollars for a million tokens (`request`: for a thousand calls).
RATES = (*token_kinds.FIELDS, "request")
#: `cost_source` of a price that the user set.
USER = "prices:user"
#: Of Anthropic's list: $10 for a thousand web searches.
SEARCH_NUSD = 10_000_000
#: A dollar per million tokens is a thousand nano-dollars a token.
_NANO_DIGITS = 3


@dataclass(frozen=True, slots=True, eq=False)
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
        own = _own_rates(overrides, model)
        return _cost(usage, own, USER) if own else price(usage, model, at)

    return priced


class PricesOfCounts:
    """The same as `with_overrides` for many calls, given as counts of tokens in the order of
    `token_kinds.FIELDS`: what is the same for all calls of a model is looked up once.
    """

    def __init__(self, overrides: Overrides) -> None:
        self._overrides, self._table = overrides, catalog.load()
        self._price = with_overrides(overrides)
        self._models: dict[str, Units | None] = {}

    def __call__(self, counts: tuple[int, ...], model: str, at: str) -> Cost:
        units = self.units(model)
        nusd = _nusd_by(units, *counts) if units else None
        if units is None or nusd is None:  # with prices by the hour or the day, or not known
            made: Callable[..., Usage] = Usage
            return self._price(made(*counts), model, times.parsed(at))
        return Cost(nusd, units[2])

    def units(self, model: str) -> Units | None:
        """The prices of a model in whole numbers; None: not known, or not the same at any time."""
        if model not in self._models:
            self._models[model] = _units(self._overrides, self._table, model)
        return self._models[model]


#: The sizes of a request above which other rates hold, the rates as `_whole` gives them, and who
#: says so.
Units = tuple[tuple[int, ...], "list[tuple[tuple[int, ...], int, int]]", str]


def _units(overrides: Overrides, table: catalog.Table, model: str) -> Units | None:
    """The prices of a model, all of them known and the same at any time; None: they are not."""
    own = _own_rates(overrides, model)
    found = table.model(model)
    tariffs = _tariffs(found) if found else ()
    one = _Tariff(None, (), (own,)) if own else tariffs[0] if len(tariffs) == 1 else None
    sizes = []
    for rates in one.sizes if one else ():
        units, request, unit = _whole(rates)
        known = tuple(each for each in units if each is not None)
        if len(known) == len(units):
            sizes.append((known, request, unit))
    if not one or not sizes or len(sizes) < len(one.sizes):
        return None
    return one.steps, sizes, USER if own else f"prices:{table.date}"


def _nusd_by(
    units: Units, given: int, said: int, read: int, write: int, hour: int, thought: int
) -> int | None:
    """The same as `nusd_of`; None: that has to say."""
    steps, sizes, _source = units
    (a, b, c, d, e, f), request, unit = sizes[bisect_left(steps, given) if steps else 0]
    fresh, brief, plain = given - read - write, write - hour, said - thought
    if (fresh | read | brief | hour | plain | thought) < 0:
        return None
    total = fresh * a + read * b + brief * c + hour * d + plain * e + thought * f + request
    return rounded(total, unit)


def rates_with(overrides: Overrides) -> RatesOf:
    """`rates_of`, except for the models whose rates the user set."""

    def rates(model: str, input_tokens: int, at: datetime) -> Rates | None:
        return _own_rates(overrides, model) or rates_of(model, input_tokens, at)

    return rates


def _own_rates(overrides: Overrides, model: str) -> Rates | None:
    return overrides.get(model.strip().lower()) or overrides.get(plain_name(model))


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
    if not found:
        return None
    tariffs = _tariffs(found)
    for one in reversed(tariffs):
        if one.when is None or _is_time(one.when, at):
            return one.rates(input_tokens)
    return tariffs[0].rates(input_tokens)


@dataclass(frozen=True, slots=True)
class _Tariff:
    """The prices of one model at one time, read once for many calls.

    `steps`: the sizes of a request above which others hold, rising; one more `sizes` than those.
    """

    when: str | None
    steps: tuple[int, ...]
    sizes: tuple[Rates, ...]

    def rates(self, input_tokens: int) -> Rates | None:
        return self.sizes[bisect_left(self.steps, input_tokens)] if self.sizes else None


@lru_cache(maxsize=4096)
def _tariffs(model: catalog.Model) -> tuple[_Tariff, ...]:
    """In the order of the table: the last whose time it is holds; the first when it is none's."""
    prices = model.prices if isinstance(model.prices, list) else [[None, model.prices]]
    return tuple(_tariff(when, raw) for when, raw in prices)


def _tariff(when: str | None, raw: Mapping[str, Any]) -> _Tariff:
    tiers = (tier for rate in raw.values() if not isinstance(rate, str) for tier in rate[1:])
    steps = tuple(sorted({start for start, _rate in tiers}))
    sizes = (0, *(start + 1 for start in steps)) if raw else ()
    return _Tariff(when, steps, tuple(_rates(raw, size) for size in sizes))


def _rates(raw: Mapping[str, Any], input_tokens: int) -> Rates:
    return Rates(**{name: Decimal(_reached(rate, input_tokens)) for name, rate in raw.items()})


def nusd_of(usage: Usage, rates: Rates) -> int | None:
    """Nano-dollars, half to even; None when a needed rate is missing or the usage contradicts
    itself. `usage.input_tokens` includes what was read from and written to a cache.
    """
    units, request, units_a_nusd = _whole(rates)
    total = request
    for count, unit in zip(_counts(usage), units, strict=True):
        if count:
            if count < 0 or unit is None:
                return None
            total += count * unit
    return rounded(total, units_a_nusd)


def _cost(usage: Usage, rates: Rates | None, source: str) -> Cost:
    nusd = nusd_of(usage, rates) if rates else None
    return Cost() if nusd is None else Cost(nusd, source)


def _counts(usage: Usage) -> tuple[int, ...]:
    """Every token once, in the order of `_rates_each`."""
    read, write, hour = (
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
    )
    thought = usage.reasoning_tokens
    fresh, said = usage.input_tokens - read - write, usage.output_tokens - thought
    return fresh, read, write - hour, hour, said, thought


def _rates_each(rates: Rates) -> tuple[Decimal | None, ...]:
    write = _or(rates.cache_write, rates.input)
    return (
        rates.input,
        _or(rates.cache_read, rates.input),
        write,
        _or(rates.cache_write_1h, write),
        rates.output,
        _or(rates.reasoning, rates.output),
    )


@lru_cache(maxsize=4096)
def _whole(rates: Rates) -> tuple[tuple[int | None, ...], int, int]:
    """The rates of each token and of the request in whole units, and how many are a nano-dollar.

    Whole numbers are exact at any size, and take a third of the time of decimals.
    """
    each = _rates_each(rates)
    request = rates.request or Decimal()
    written = (rate for rate in (*each, request) if rate is not None)
    digits = max(_NANO_DIGITS, *(-int(rate.normalize().as_tuple().exponent) for rate in written))
    units = tuple(None if rate is None else int(rate.scaleb(digits)) for rate in each)
    return units, int(request.scaleb(digits + _NANO_DIGITS)), 10 ** (digits - _NANO_DIGITS)


def _or(rate: Decimal | None, other: Decimal | None) -> Decimal | None:
    """`rate` unless there is none. Not `or`: a rate of 0 is a rate."""
    return other if rate is None else rate


def _is_time(when: str, at: datetime) -> bool:
    """`2026-08-17`: from that day on; `22:00-06:00`: daily from the first minute to the second."""
    moment = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if ":" not in when:
        return moment.date().isoformat() >= when
    start, end = when.split("-")
    now = moment.strftime("%H:%M")
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
