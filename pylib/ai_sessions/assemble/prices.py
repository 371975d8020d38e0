"""What prices calls: the user's own rates, then the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_sessions.accounting.pricing import PricesOfCounts, RatesOf
    from ai_sessions.config import Settings
    from ai_sessions.records import PriceOf


def prices(settings: Settings) -> PriceOf:
    """What prices a call: the user's own rates, then the table.

    Raises `ConfigError` naming a rate that is none.
    """
    from ai_sessions.accounting import pricing

    own = settings["PRICES"]
    return pricing.with_overrides(pricing.overrides_of(own)) if own else pricing.price_of


def prices_of_counts(settings: Settings) -> PricesOfCounts:
    """The same as `prices`, for many calls at once."""
    from ai_sessions.accounting import pricing

    return pricing.PricesOfCounts(pricing.overrides_of(settings["PRICES"]))


def rates(settings: Settings) -> RatesOf:
    """The rates that `prices` goes by."""
    from ai_sessions.accounting import pricing

    return pricing.rates_with(pricing.overrides_of(settings["PRICES"]))
