"""What a past call cost."""

from ai_sessions import times
from ai_sessions.imports.contract import Past
from ai_sessions.records import Cost, PriceOf


def cost_of(past: Past, price_of: PriceOf) -> Cost:
    """What its log says it cost, or else the price of its own day."""
    if past.cost.nusd is not None:
        return past.cost
    return price_of(past.usage, past.model, times.parsed(past.at))
