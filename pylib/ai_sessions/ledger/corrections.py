"""What providers say of their own limits, taken over into the ledger.

A provider sees calls of other machines, and knows what it allows. What it has counted raises our
count at once; it lowers it only while nothing is held, since nobody can tell whether a call under
way is in its count.
"""

from __future__ import annotations

from dataclasses import replace

from ai_sessions.catalog.rotation import PoolLimit
from ai_sessions.ledger import counting, pools, quota_rows, quota_windows
from ai_sessions.ledger.quota_rows import Closed
from ai_sessions.ledger.quota_windows import Learned, Limit, us

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from ai_sessions.ledger.quota_windows import Key
    from ai_sessions.records import Told
    from ai_sessions.rotation.records import Mark, Outcome, Place

_US = 1_000_000
#: More is no amount of anything: two of them are still a number of 64 bits.
_MOST = 2**53
#: An account that is closed without an end is asked again after a day.
_CLOSED_US = 86_400 * _US
#: Ends that are this close are of one window.
_SAME_US = 120 * _US


def correct(
    connection: sqlite3.Connection, place: Place, told: Told, now: int, asked_at: int | None = None
) -> None:
    """Take over what is said of one limit, in answer to a call that began at `asked_at`."""
    told = replace(told, limit=_counted(told.limit), used=_counted(told.used))
    quota = f"{place.quota}/{told.model}" if told.model else place.quota
    key = (quota, told.unit, told.period, told.rolling_s)
    known = quota_rows.learned(connection, [quota]).get(key, Learned())
    is_latest = asked_at is None or known.at <= asked_at
    known = replace(known, at=now)
    if told.limit:
        known = replace(known, limit=told.limit, origin=told.origin)
    if told.resets_at is not None:
        known = _until(known, us(told.resets_at))
    limit = Limit(key, _written(place, key), known)
    if told.used is not None and told.unit == "percent":
        known = replace(known, used=told.used, origin=told.origin)
    elif told.used is not None:
        _count_as(connection, limit, told.used, now, may_lower=is_latest)
        known = replace(known, shut_until=_shut_until(limit, told, now))
    quota_rows.put_learned(connection, key, known)


def _until(known: Learned, resets_at: int) -> Learned:
    """With the end of its window; what was used of another one is forgotten."""
    is_same = abs(known.resets_at - resets_at) <= _SAME_US
    return replace(known, resets_at=resets_at, used=known.used if is_same else None)


def close(connection: sqlite3.Connection, place: Place, mark: Mark, now: int) -> None:
    """Close what a refused call tells to be closed, but for the model: that is its own state."""
    until = us(mark.until) if mark.until else None
    if mark.scope in ("pool", "key"):
        known = Closed(now + _CLOSED_US if until is None else until, mark.why, now)
        is_of_money = mark.scope == "pool" and not place.model.free
        quota_rows.close(connection, place.billed_quota if is_of_money else place.quota, known)
    elif mark.scope in ("minute", "day") and (limit := _meant(connection, place, mark, now)):
        shut = replace(limit.learned, shut_until=until or limit.span(now)[1], at=now)
        quota_rows.put_learned(connection, limit.key, shut)


def open_again(connection: sqlite3.Connection, place: Place, outcome: Outcome) -> None:
    """An answered call shows that what was closed before it began is open."""
    began = us(outcome.at) - outcome.latency_ms * 1000
    closed = [place.quota] if place.model.free else [place.quota, place.billed_quota]
    for quota, found in quota_rows.closed(connection, closed).items():
        if found.at <= began:
            quota_rows.reopen(connection, quota)
    quotas = (place.quota, place.own_quota)
    for key, known in quota_rows.learned(connection, quotas).items():
        if known.shut_until and known.at <= began:
            quota_rows.put_learned(connection, key, replace(known, shut_until=0))


def _counted(amount: int | None) -> int | None:
    """An amount that SQLite holds, whatever a server writes; None: it says nothing."""
    return None if amount is None else min(max(0, amount), _MOST)


def _count_as(
    connection: sqlite3.Connection, limit: Limit, told: int, now: int, *, may_lower: bool
) -> None:
    """Let what is used be what the provider has counted. `may_lower`: nobody was told of it while
    the call was under way, which may have been counted later than this was said.
    """
    known, under_way = _used_and_held(connection, limit, now)
    more = told - known - under_way
    if more > 0:
        bucket = now - now % pools.bucket_us(limit.unit)
        counting.add_to_quota((limit.key[0], limit.unit, bucket, more), connection)
    elif told < known and may_lower and not under_way:
        _lower(connection, limit, known - told, now)


def _used_and_held(connection: sqlite3.Connection, limit: Limit, now: int) -> tuple[int, int]:
    span = (limit.key[0], limit.unit, *limit.span(now))
    [(used, held, _oldest)] = counting.quota_sums(connection, [span])
    return used, held


def _lower(connection: sqlite3.Connection, limit: Limit, by: int, now: int) -> None:
    """Take it from the latest buckets, of none more than it has."""
    query = (
        "select bucket, used from usage where pool = ? and unit = ? and bucket >= ? and bucket < ?"
        " and used > 0 order by bucket desc"
    )
    pool, unit = limit.key[0], limit.unit
    for bucket, amount in connection.execute(query, (pool, unit, *limit.span(now))).fetchall():
        taken = min(by, amount)
        by -= taken
        counting.add_to_quota((pool, unit, bucket, -taken), connection)
        if not by:
            return


def _shut_until(limit: Limit, told: Told, now: int) -> int:
    """A window of which nothing is left is shut until its reset; 0: it is open. A limit of 0 is no
    more than that: it is asked again after each reset, since it may be raised.
    """
    amount = limit.learned.limit if told.limit is None else told.limit
    if amount is None or told.used is None or told.used < amount:
        return 0
    return us(told.resets_at) if told.resets_at else limit.span(now)[1]


def _meant(connection: sqlite3.Connection, place: Place, mark: Mark, now: int) -> Limit | None:
    """The limit that a refusal is of: the one of that quota and period of which most is used."""
    learned = quota_rows.learned(connection, (mark.quota,))
    found = [
        one
        for one in quota_windows.limits(place, learned, now)
        if one.key[0] == mark.quota and (one.key[2] == "minute") == (mark.scope == "minute")
    ]
    return max(found, key=lambda one: _share(connection, one, now), default=None)


def _share(connection: sqlite3.Connection, limit: Limit, now: int) -> float:
    if not limit.amount:
        return 0.0
    return sum(_used_and_held(connection, limit, now)) / limit.amount


def _written(place: Place, key: Key) -> PoolLimit:
    """How the limit is written, by which its clock goes."""
    for one in quota_windows.limits(place, {}, 0):
        if one.key == key:
            return one.written
    _quota, unit, period, rolling_s = key
    zone = quota_windows.zone_of(place)
    return PoolLimit(unit, period, zone=zone, rolling_s=rolling_s)  # type: ignore[arg-type]
