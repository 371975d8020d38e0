"""What a call holds of quotas, and what it uses of them when nobody has reserved it."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.ledger import counting, pools, quota_rows, quota_windows
from ai_sessions.ledger.contract import Hold
from ai_sessions.rotation import breaker

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from ai_sessions.ledger.quota_windows import Key, Learned
    from ai_sessions.rotation.records import Need, Place


def of_call(place: Place, need: Need, now: int, nusd: int, connection: sqlite3.Connection) -> Hold:
    learned: dict[Key, Learned] = {}
    state = None
    if quota_rows.are_there(connection):
        learned = quota_rows.learned(connection, (place.quota, place.own_quota))
        state = quota_rows.states(connection, [place.own_quota]).get(place.own_quota)
    limits = quota_windows.limits(place, learned, now)
    needs = quota_windows.needs(place, need, limits, now, nusd)
    windows = tuple(quota_windows.windows(limits, now))
    if state and breaker.is_half_open(state, times.at_microseconds(now)):
        need_of_probe, window = quota_windows.probe(place, now)
        needs, windows = (*needs, need_of_probe), (*windows, window)
    return Hold(needs, windows)


def use(
    place: Place,
    need: Need,
    now: int,
    connection: sqlite3.Connection,
    *,
    requests: int = 1,
    nusd: int = 0,
) -> None:
    """Count calls that were made already, also beyond limits. `need`: of all together."""
    for one in of_call(place, need, now, nusd, connection).needs:
        if one.unit != pools.PROBE:
            amount = one.amount * (requests if one.unit.partition("/")[0] == "requests" else 1)
            counting.add_to_quota((one.pool, one.unit, one.bucket, amount), connection)
