"""Places of five models at one account, and of one at another, for tests of quotas."""

from datetime import UTC, datetime, timedelta

from ai_sessions.catalog.rotation import ModelEntry, Pool, PoolLimit
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.rotation.records import Need, Place

NOW = datetime(2026, 11, 29, 12, 34, 56, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEED = Need(prompt_tokens=100)


def limit(amount, unit="requests", period="day", **changes) -> PoolLimit:
    return PoolLimit(unit, period, amount, **changes)


def place(*limits, model="m", own=(), account="acc", **changes) -> Place:
    entry = ModelEntry(model, model.upper(), "open", free=True, limits=tuple(own))
    return Place(Pool("open", "Open", "http://x", limits=limits), entry, account, **changes)


def quotas_of(ledger) -> Quotas:
    return Quotas(ledger, lambda: NOW)


def held(quotas, where, calls, now=NOW, need=NEED) -> list[bool]:
    """Whether each of so many calls got its quota."""
    return [
        quotas.reserve(f"{where.model.id}{now}{one}", where, need, 60, now) for one in range(calls)
    ]


def stands(quotas, where, now=NOW) -> dict[tuple[str, str], tuple[int | None, int, int]]:
    """(limit, used, held) of each limit of a place, by unit and period."""
    return {
        (one.unit, one.period): (one.limit, one.used, one.held)
        for one in quotas.windows([where], now)
    }
