"""How models and their limits stand now, as strategies are given them."""

from __future__ import annotations

from dataclasses import replace

from ai_sessions import times
from ai_sessions.ledger import corrections, pools, quota_rows, quota_windows
from ai_sessions.rotation import breaker, learning
from ai_sessions.rotation.records import Candidate, Mark, ModelState

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ai_sessions.ledger.quota_windows import Limit
    from ai_sessions.rotation.records import Place, WindowState

_US = 1_000_000
#: A call that tries whether a model answers again keeps others waiting no longer than this.
_LONGEST_PROBE_US = 15 * pools.MINUTE_US


def of_places(
    places: Sequence[Place], now: int, connection: sqlite3.Connection
) -> tuple[Candidate, ...]:
    seen: dict[Limit, WindowState] = {}
    return tuple(_candidate(place, now, seen, connection) for place in places)


def limits_of(
    places: Sequence[Place], now: int, connection: sqlite3.Connection
) -> tuple[WindowState, ...]:
    seen: dict[Limit, WindowState] = {}
    for place in places:
        _windows(place, now, seen, connection)
    accounts = {place.quota for place in places}
    return tuple(sorted(seen.values(), key=lambda one: one.pool not in accounts))


def own_state(place: Place, now: int, connection: sqlite3.Connection) -> ModelState:
    """What is known of a model, whatever is known of its account."""
    requests, tokens = _today(place, now, connection)
    if not quota_rows.are_there(connection):
        return ModelState(requests_today=requests, tokens_today=tokens)
    state = quota_rows.state(connection, place)
    tally = quota_rows.tally(connection, place.model.key)
    if tally:
        state = replace(state, success_rate=tally.success_rate, avg_latency_ms=tally.avg_latency_ms)
    return replace(state, requests_today=requests, tokens_today=tokens)


def _candidate(
    place: Place, now: int, seen: dict[Limit, WindowState], connection: sqlite3.Connection
) -> Candidate:
    state = own_state(place, now, connection)
    if quota_rows.are_there(connection):
        state = _while_closed(place, _while_probed(place, state, now, connection), now, connection)
    found = _windows(place, now, seen, connection)
    return Candidate(place.model, state, found, has_key=place.has_key)


def _windows(
    place: Place, now: int, seen: dict[Limit, WindowState], connection: sqlite3.Connection
) -> tuple[WindowState, ...]:
    """The limits of a place; those that its account shares are looked up once."""
    there = quota_rows.are_there(connection)
    quotas = (place.quota, place.own_quota)
    learned = quota_rows.learned(connection, quotas) if there else {}
    found = quota_windows.limits(place, learned, now)
    for limit in found:
        if limit not in seen:
            used, oldest = corrections.used(connection, limit, now)
            held = corrections.held(connection, limit, now)
            seen[limit] = quota_windows.state(limit, used, held, oldest, now)
    return tuple(seen[limit] for limit in found)


def _today(place: Place, now: int, connection: sqlite3.Connection) -> tuple[int, int]:
    """Requests and tokens of a model in the day of its provider, those under way included."""
    span = quota_windows.day_of_place(place, now)
    query = (
        "select unit, sum(used) from usage where pool = ? and unit in ('requests', 'tokens')"
        " and bucket >= ? and bucket < ? group by unit"
    )
    found = dict(connection.execute(query, (place.own_quota, *span)).fetchall())
    return found.get("requests", 0), found.get("tokens", 0)


def _while_closed(
    place: Place, state: ModelState, now: int, connection: sqlite3.Connection
) -> ModelState:
    closed = quota_rows.closed(connection, place.quota)
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
