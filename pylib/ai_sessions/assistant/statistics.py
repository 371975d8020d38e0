"""What the assistant has used of each model: rows are today's, totals of all time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.display import quotas
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import quota_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ai_sessions.assistant.profile import Profile
    from ai_sessions.rotation.records import Place, Tally, WindowState


@dataclass(frozen=True, slots=True)
class Row:
    """A model. Today is the day of its provider, whose limit it counts against."""

    name: str
    """Its key among all pools."""
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
    places: Mapping[str, Place],
    windows: Sequence[WindowState],
    now: datetime,
) -> Statistics:
    """`tallies`, `places`: by the keys of models. `windows`: the limits of all places, and of the
    user's other accounts.
    """
    rows = [_row(one, places[key], windows, now) for key, one in tallies.items()]
    rows.sort(key=lambda one: (-one.requests_today, -one.total_requests, one.title))
    of_accounts = tuple(one for one in windows if not _model_of(one))
    return Statistics(profile, tuple(rows), of_accounts)


def _model_of(window: WindowState) -> str:
    """Empty for a limit of a whole account."""
    _pool, _account, model = quotas.owner(window)
    return model


def _row(tally: Tally, place: Place, windows: Sequence[WindowState], now: datetime) -> Row:
    is_today = tally.last_used is not None and _is_in_day(tally.last_used, place, now)
    return Row(
        name=place.model.key,
        title=place.model.display_name,
        requests_today=tally.day_requests if is_today else 0,
        tokens_today=tally.day_tokens if is_today else 0,
        limit=_daily(place, windows),
        success_rate=tally.success_rate,
        avg_latency_ms=tally.avg_latency_ms,
        total_requests=tally.requests,
        total_tokens=tally.tokens,
        last_used=tally.last_used,
    )


def _daily(place: Place, windows: Sequence[WindowState]) -> int | None:
    """Requests that a model has a day: of its own limit where that is known, else its account's."""
    known = {
        one.pool: one.limit
        for one in windows
        if one.unit == "requests" and one.period == "day" and one.limit is not None
    }
    return known.get(place.own_quota, known.get(place.quota))


def _is_in_day(at: datetime, place: Place, now: datetime) -> bool:
    """Whether it is today, by the clock of the provider."""
    begin, end = quota_windows.day_of_place(place, quota_windows.us(now))
    return begin <= quota_windows.us(at) < end


def facts(told: Statistics) -> dict[str, Any]:
    """For machines. What nobody knows is None."""
    return {
        "session": _session(told.profile),
        "total_requests": told.total_requests,
        "total_tokens": told.total_tokens,
        "models": [_model(one) for one in told.rows],
        "limits": [quotas.facts(one) for one in told.windows],
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
