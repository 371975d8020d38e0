"""What reading from a cache saved: the tokens at the price of fresh input, less what they cost.

Reusing a conversation is cheaper only through the provider's cache, so this is the measure of
what sessions save. It is computed from the usage that was reported, never from an assumption;
writes into a cache cost extra, so the figure may be negative.
"""

from __future__ import annotations

from ai_sessions import token_kinds
from ai_sessions.accounting import pricing, reports
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any

    Plain = Mapping[str, Any]


#: The part that reusing sessions is said to save.
CLAIMED = 0.4


@dataclass(frozen=True, slots=True)
class Savings:
    """Over `calls` calls; for `unknown` of them nobody knows the price, so they are left out."""

    calls: int = 0
    unknown: int = 0
    paid_nusd: int = 0
    """At the table's prices, so that both figures are of one kind."""
    fresh_nusd: int = 0
    """The same without any cache."""
    input_tokens: int = 0
    """Everything that went in, calls without a price included."""
    cache_read_tokens: int = 0

    @property
    def nusd(self) -> int:
        return self.fresh_nusd - self.paid_nusd

    @property
    def cost_share(self) -> float | None:
        """Part of the money saved, -∞ to 1; None when nothing would have been paid."""
        return self.nusd / self.fresh_nusd if self.fresh_nusd else None

    @property
    def holds(self) -> bool | None:
        """Whether these calls prove the claim; None when they cannot tell."""
        return None if self.cost_share is None else self.cost_share >= CLAIMED

    @property
    def token_share(self) -> float | None:
        """Part of the input that was read from a cache; None without any input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None


def of(calls: Iterable[Plain], rates_of: pricing.RatesOf = pricing.rates_of) -> Savings:
    """Savings over the calls of journals (`index.calls.plain`). Demo calls are not counted."""
    count = unknown = paid = fresh = tokens_in = read = 0
    for one in calls:
        if one.get("cost_source") == "demo":
            continue
        count += 1
        tokens_in += one["tokens"].get("input", 0)
        read += one["tokens"].get("cache_read", 0)
        pair = _pair(one, rates_of)
        if pair is None:
            unknown += 1
        else:
            paid += pair[0]
            fresh += pair[1]
    return Savings(count, unknown, paid, fresh, tokens_in, read)


def _pair(one: Plain, rates_of: pricing.RatesOf) -> tuple[int, int] | None:
    """Nano-dollars with and without the cache, over all models of a call."""
    at = reports.moment_of(one)
    shares = one.get("by_model") or {one["model"]: one["tokens"]}
    found = [_of_model(model, tokens, at, rates_of) for model, tokens in shares.items() if at]
    known = [pair for pair in found if pair]
    if not known or len(known) < len(shares):
        return None
    return sum(pair[0] for pair in known), sum(pair[1] for pair in known)


def _of_model(
    model: str, tokens: Plain, at: datetime, rates_of: pricing.RatesOf
) -> tuple[int, int] | None:
    usage = Usage(**{name: tokens.get(kind, 0) for kind, name in token_kinds.FIELDS.items()})
    rates = rates_of(model, usage.input_tokens, at)
    if rates is None:
        return None
    uncached = Usage(usage.input_tokens, usage.output_tokens, 0, 0, 0, usage.reasoning_tokens)
    paid, fresh = pricing.nusd_of(usage, rates), pricing.nusd_of(uncached, rates)
    return None if paid is None or fresh is None else (paid, fresh)
