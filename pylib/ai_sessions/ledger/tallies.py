"""What was used of models, as people are shown it: of all time and in the day of the last call.

Tallies are no limits. They may begin again, and take in what another record has.
"""

from __future__ import annotations

from dataclasses import replace

from ai_sessions.ledger import holds, quota_rows, quota_windows
from ai_sessions.ledger.quota_windows import us
from ai_sessions.rotation.records import Need, Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Outcome, Place


def add(place: Place, outcome: Outcome, now: int, connection: sqlite3.Connection) -> None:
    """Count a call. Latencies are those of answers, success is of all calls."""
    key = place.model.key
    known = quota_rows.tallies(connection, [key]).get(key, Tally())
    begin, end = quota_windows.day_of_place(place, now)
    is_today = known.last_used is not None and begin <= us(known.last_used) < end
    answered = known.success_rate * known.requests if known.requests else 0.0
    latency_ms, rate = known.avg_latency_ms, known.success_rate if known.requests else 0.0
    if outcome.ok:
        latency_ms += (outcome.latency_ms - latency_ms) / (answered + 1)
    rate += (outcome.ok - rate) / (known.requests + 1)
    added = Tally(
        requests=known.requests + 1,
        tokens=known.tokens + outcome.tokens,
        day_requests=(known.day_requests if is_today else 0) + 1,
        day_tokens=(known.day_tokens if is_today else 0) + outcome.tokens,
        avg_latency_ms=latency_ms,
        success_rate=rate,
        last_used=outcome.at,
    )
    quota_rows.put_tally(connection, key, added)


def every(connection: sqlite3.Connection) -> dict[str, Tally]:
    return quota_rows.tallies(connection) if quota_rows.are_there(connection) else {}


def knows(source: str, connection: sqlite3.Connection) -> bool:
    return quota_rows.are_there(connection) and quota_rows.is_taken(connection, source)


def take_in(
    others: Mapping[str, Tally],
    source: str,
    places: Sequence[Place],
    at: datetime,
    connection: sqlite3.Connection,
) -> bool:
    quota_rows.ensure(connection)
    if not quota_rows.take_source(connection, source, at):
        return False
    known_ones = quota_rows.tallies(connection, others)
    for model, one in others.items():
        known = known_ones.get(model)
        quota_rows.put_tally(connection, model, _sum(known, one) if known else one)
    for place in places:
        if place.model.key in others:
            _count_day(place, others[place.model.key], us(at), connection)
    return True


def _count_day(place: Place, tally: Tally, now: int, connection: sqlite3.Connection) -> None:
    """Count what was used in a day at its beginning: in which minutes it was nobody knows."""
    if not (tally.last_used and tally.day_requests):
        return
    at, _end = quota_windows.day_of_place(place, min(us(tally.last_used), now))
    need = Need(prompt_tokens=tally.day_tokens)
    holds.use(place, need, at, connection, requests=tally.day_requests)


def _sum(known: Tally, other: Tally) -> Tally:
    """Both together. The day is that of the later one: whose it is, only the pool's clock tells."""
    total = known.requests + other.requests
    answered = known.success_rate * known.requests
    others = other.success_rate * other.requests
    latency = known.avg_latency_ms * answered + other.avg_latency_ms * others
    later = max(known, other, key=lambda one: us(one.last_used) if one.last_used else 0)
    return replace(
        later,
        requests=total,
        tokens=known.tokens + other.tokens,
        success_rate=(answered + others) / total if total else 1.0,
        avg_latency_ms=latency / (answered + others) if answered + others else 0.0,
    )


def begin_again(connection: sqlite3.Connection) -> None:
    quota_rows.ensure(connection)
    quota_rows.forget_tallies(connection)
