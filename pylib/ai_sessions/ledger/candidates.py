"""How models and their limits stand now, as strategies are given them."""

from __future__ import annotations

from dataclasses import replace

from ai_sessions import times
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import counting, pools, quota_rows, quota_windows
from ai_sessions.ledger.quota_windows import Limit
from ai_sessions.rotation import breaker, learning
from ai_sessions.rotation.records import Candidate, Mark, ModelState, Place, WindowState

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ai_sessions.ledger.counting import QuotaSum, Span
    from ai_sessions.ledger.quota_rows import Closed
    from ai_sessions.ledger.quota_windows import Key, Learned
    from ai_sessions.rotation.records import Tally

_US = 1_000_000
#: A call that tries whether a model answers again keeps others waiting no longer than this.
_LONGEST_PROBE_US = 15 * pools.MINUTE_US


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How one place stands."""

    place: Place
    state: ModelState
    """Of the model itself, whatever is closed beside it."""
    windows: tuple[WindowState, ...]
    closed: Closed | None
    """What is known of its account."""


def of_places(
    places: Sequence[Place], now: int, connection: sqlite3.Connection
) -> tuple[Candidate, ...]:
    found = states(places, now, connection)
    return tuple(_candidate(one, now, connection) for one in found)


def limits_of(
    places: Sequence[Place], now: int, connection: sqlite3.Connection
) -> tuple[WindowState, ...]:
    """All their limits, each once: those of accounts, then those of models."""
    found = [window for one in states(places, now, connection) for window in one.windows]
    accounts = {place.quota for place in places}
    each = dict.fromkeys(found)
    return tuple(sorted(each, key=lambda one: one.pool not in accounts))


def states(places: Sequence[Place], now: int, connection: sqlite3.Connection) -> list[PlaceState]:
    """By a few statements, however many places there are."""
    known = _known(places, connection)
    limits = [quota_windows.limits(place, known.learned, now) for place in places]
    spans: dict[Span, None] = {}
    for place, found in zip(places, limits, strict=True):
        spans |= dict.fromkeys(_today(place, now))
        spans |= dict.fromkeys(_span(one, now) for one in found)
    sums = dict(zip(spans, counting.quota_sums(connection, list(spans)), strict=True))
    return [
        PlaceState(
            place,
            known.state(place, [sums[span][0] for span in _today(place, now)]),
            tuple(_window(one, sums[_span(one, now)], now) for one in found),
            known.closed_of(place),
        )
        for place, found in zip(places, limits, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables of quotas have of some places."""

    learned: dict[Key, Learned]
    states: dict[str, ModelState]
    tallies: dict[str, Tally]
    closed: dict[str, Closed]

    def state(self, place: Place, today: list[int]) -> ModelState:
        requests, tokens = today
        found = self.states.get(place.own_quota, ModelState())
        tally = self.tallies.get(place.model.key)
        if tally:
            rate, latency_ms = tally.success_rate, tally.avg_latency_ms
            found = replace(found, success_rate=rate, avg_latency_ms=latency_ms)
        return replace(found, requests_today=requests, tokens_today=tokens)

    def closed_of(self, place: Place) -> Closed | None:
        """The later one to end: of its account, and where it costs money of that."""
        names = [place.quota] if place.model.free else [place.quota, place.billed_quota]
        found = [self.closed[name] for name in names if name in self.closed]
        return max(found, key=lambda one: one.until, default=None)


def _known(places: Sequence[Place], connection: sqlite3.Connection) -> _Known:
    if not quota_rows.are_there(connection):
        return _Known({}, {}, {}, {})
    accounts = {place.quota for place in places}
    own = {place.own_quota for place in places}
    return _Known(
        quota_rows.learned(connection, accounts | own),
        quota_rows.states(connection, own),
        quota_rows.tallies(connection, {place.model.key for place in places}),
        quota_rows.closed(connection, accounts | {place.billed_quota for place in places}),
    )


def _span(limit: Limit, now: int) -> Span:
    return limit.key[0], limit.unit, *limit.span(now)


def _today(place: Place, now: int) -> list[Span]:
    """Requests and tokens of a model in the day of its provider."""
    span = quota_windows.day_of_place(place, now)
    return [(place.own_quota, unit, *span) for unit in ("requests", "tokens")]


def _window(limit: Limit, found: QuotaSum, now: int) -> WindowState:
    used, held, oldest = found
    return quota_windows.state(limit, used, held, oldest, now)


def _candidate(found: PlaceState, now: int, connection: sqlite3.Connection) -> Candidate:
    place = found.place
    state = _while_probed(place, found.state, now, connection)
    state = _while_closed(found.closed, state, now)
    return Candidate(place.model, state, found.windows, has_key=place.has_key)


def _while_closed(closed: Closed | None, state: ModelState, now: int) -> ModelState:
    if closed is None or closed.until <= now or quota_windows.is_ahead(closed.at, now):
        return state
    at, until = times.at_microseconds(now), times.at_microseconds(closed.until)
    return learning.closed(state, Mark("pool", until, closed.why), at)


def _while_probed(
    place: Place, state: ModelState, now: int, connection: sqlite3.Connection
) -> ModelState:
    at = times.at_microseconds(now)
    if not breaker.is_half_open(state, at):
        return state
    _need, window = quota_windows.probe(place, now)
    query = (
        "select max(until) from need join lease using (call)"
        " where pool = ? and unit = ? and bucket >= ? and bucket < ?"
    )
    values = (place.own_quota, pools.PROBE, window.since, window.until)
    (until,) = connection.execute(query, values).fetchone()
    if until is None:
        return state
    until = min(max(until, now + _US), now + _LONGEST_PROBE_US)
    return learning.probed(state, times.at_microseconds(until))
