"""What a past call cost."""

from ai_sessions import times
from ai_sessions.accounting.pricing import SEARCH_NUSD
from ai_sessions.imports.contract import Past
from ai_sessions.records import Cost, PriceOf


def cost_of(past: Past, price_of: PriceOf) -> Cost:
    """What its log says it cost, or else the price of its own day."""
    if past.cost.nusd is not None:
        return past.cost
    at = times.parsed(past.at)
    if past.before is None:
        return _with(price_of(past.usage, past.model, at), past.searches * SEARCH_NUSD)
    # the size of the whole call decides its rates
    before = price_of(past.before, past.model, at).nusd
    whole = price_of(past.before + past.usage, past.model, at)
    return Cost() if before is None else _with(whole, past.searches * SEARCH_NUSD - before)


def _with(cost: Cost, more_nusd: int) -> Cost:
    return cost if cost.nusd is None else Cost(max(0, cost.nusd + more_nusd), cost.source)
