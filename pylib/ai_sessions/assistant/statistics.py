"""What the assistant has used of each model: rows are today's, totals of all time."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from ai_sessions.assistant.models import Models
    from ai_sessions.assistant.profile import Profile
    from ai_sessions.rotation.records import Tally, WindowState

#: The zone of a day whose end nobody told.
_USUAL_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Row:
    """A model. Today is the day of its provider, whose limit it counts against."""

    name: str
    title: str
    requests_today: int
    tokens_today: int
    limit: int | None
    """Requests a day; None: nobody knows."""
    success_rate: float
    avg_latency_ms: float
    total_requests: int
    total_tokens: int
    last_used: datetime | None

    @property
    def share(self) -> float | None:
        """How much of the limit was used, 1.0 is all of it; None: nobody knows."""
        return self.requests_today / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """`rows`: the most used first. `windows`: the limits of the user's accounts."""

    profile: Profile | None
    rows: tuple[Row, ...]
    windows: tuple[WindowState, ...] = ()

    @property
    def total_requests(self) -> int:
        return sum(one.total_requests for one in self.rows)

    @property
    def total_tokens(self) -> int:
        return sum(one.total_tokens for one in self.rows)


def statistics(
    profile: Profile | None,
    tallies: Mapping[str, Tally],
    windows: Sequence[WindowState],
    models: Models,
    now: datetime,
) -> Statistics:
    """`tallies`: by the keys of models. `windows`: of accounts, and of models that have their own.
    Where no model was used yet, the five that a new user is offered stand in the table.
    """
    from ai_sessions.rotation.records import Tally

    counted = tallies or {one.key: Tally() for one in models.top if not one.retired}
    rows = [_row(key, one, windows, models, now) for key, one in counted.items()]
    rows.sort(key=lambda one: (-one.requests_today, -one.total_requests, one.title))
    of_accounts = tuple(one for one in windows if "/" not in one.pool)
    return Statistics(profile, tuple(rows), of_accounts)


def _row(
    key: str, tally: Tally, windows: Sequence[WindowState], models: Models, now: datetime
) -> Row:
    limit, zone = _day(key, windows, models)
    is_today = tally.last_used is not None and _day_of(tally.last_used, zone) == _day_of(now, zone)
    return Row(
        name=models.name(key),
        title=models.title(key),
        requests_today=tally.day_requests if is_today else 0,
        tokens_today=tally.day_tokens if is_today else 0,
        limit=limit,
        success_rate=tally.success_rate,
        avg_latency_ms=tally.avg_latency_ms,
        total_requests=tally.requests,
        total_tokens=tally.tokens,
        last_used=tally.last_used,
    )


def _day(key: str, windows: Sequence[WindowState], models: Models) -> tuple[int | None, str]:
    """How many requests of a model a day has, and the zone that it is of.

    What is told of the model goes before what is written, and what is known of it alone before
    what its account has.
    """
    model, pool = models.entry(key), models.pool(key)
    written = [one for one in (*model.limits, *pool.limits) if _is_daily(one.unit, one.period)]
    own = [one for one in windows if one.pool.endswith(f"/{model.id}") and _is_of(one, pool.name)]
    known = [one.limit for one in own if _is_daily(one.unit, one.period)]
    amounts = [*known, *(one.amount for one in written)]
    zone = next((one.zone for one in written), _USUAL_ZONE)
    return next((one for one in amounts if one is not None), None), zone


def _is_daily(unit: str, period: str) -> bool:
    return unit == "requests" and period == "day"


def _is_of(window: WindowState, pool: str) -> bool:
    return window.pool.startswith(f"quota:{pool}#")


def _day_of(at: datetime, zone: str) -> str:
    return at.astimezone(_zone(zone)).date().isoformat()


def _zone(name: str) -> tzinfo:
    if name == _USUAL_ZONE:  # most of them, and it costs no import
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def facts(told: Statistics) -> dict[str, Any]:
    """For machines. What nobody knows is None."""
    return {
        "session": _session(told.profile),
        "total_requests": told.total_requests,
        "total_tokens": told.total_tokens,
        "models": [_model(one) for one in told.rows],
        "limits": [_limit(one) for one in told.windows],
    }


def csv(told: Statistics) -> Iterator[Sequence[object]]:
    """Rows with a head; what nobody knows is empty."""
    rows = [_model(one) for one in told.rows]
    yield list(_HEAD)
    for row in rows:
        yield ["" if row[name] is None else row[name] for name in _HEAD]


_HEAD = (
    *("model", "title", "requests_today", "tokens_today", "daily_limit", "usage"),
    *("success_rate", "avg_latency_ms", "total_requests", "total_tokens", "last_used"),
)


def _model(row: Row) -> dict[str, Any]:
    from ai_sessions.records import stamp

    return {
        "model": row.name,
        "title": row.title,
        "requests_today": row.requests_today,
        "tokens_today": row.tokens_today,
        "daily_limit": row.limit,
        "usage": row.share,
        "success_rate": row.success_rate,
        "avg_latency_ms": row.avg_latency_ms,
        "total_requests": row.total_requests,
        "total_tokens": row.total_tokens,
        "last_used": stamp(row.last_used) if row.last_used else None,
    }


def _session(profile: Profile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    return {
        "user_name": profile.user_name,
        "assistant_name": profile.assistant_name,
        "preferred_model": profile.preferred_model,
        "favorite_models": list(profile.favorite_models),
        "created_at": profile.created_at,
        "last_active": profile.last_active,
        "total_conversations": profile.total_conversations,
    }


def _limit(window: WindowState) -> dict[str, Any]:
    from ai_sessions.records import stamp

    return {
        "pool": window.pool.removeprefix("quota:").rstrip("#"),
        "unit": window.unit,
        "period": window.period,
        "limit": window.limit,
        "used": window.used,
        "held": window.held,
        "resets_at": stamp(window.resets_at) if window.resets_at else None,
        "origin": window.origin,
    }
