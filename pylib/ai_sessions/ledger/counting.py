"""What a transaction of the ledger does: count calls, take and end leases, look at sums."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.ledger import owners, pools, rows
from ai_sessions.ledger.contract import (
    END,
    NUSD,
    PRESUMED,
    UNPRICED,
    Earlier,
    Holder,
    Lease,
    Need,
    Recorded,
    Used,
    View,
    Window,
)
from ai_sessions.ledger.owners import Owner
from ai_sessions.names import IMPORTED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence, Set

    #: Pool, unit, the first bucket and the one after the last.
    Span = tuple[str, str, int, int]
    #: Used, held, and the first bucket of which anything is used.
    QuotaSum = tuple[int, int, int | None]

_ADD = (
    f"insert into usage values (?, ?, ?, ?)"
    f" on conflict do update set used = min(used + excluded.used, {END})"
)
_HELD = "select pool, unit, bucket, amount from need where call = ?"
#: So many sums are asked for at once, and how: what is used, what is held, the first that is used.
_AT_ONCE = 100
_OF_SPAN = "where pool = span.pool and unit = span.unit and bucket >= since and bucket < span.until"
_SUMS = (
    "with span(number, pool, unit, since, until) as (values {}) select"
    f" coalesce((select sum(used) from usage {_OF_SPAN}), 0),"
    f" coalesce((select sum(amount) from need {_OF_SPAN}), 0),"
    f" (select min(bucket) from usage {_OF_SPAN} and used > 0)"
    " from span order by number"
)
#: Outcomes of calls that a provider refused before it read a token.
_REFUSED = (
    *("auth", "billing", "rate_limit", "overloaded", "context_too_long", "session_gone", "busy"),
    *("limit", "budget", "denied", "model"),
)


def is_anyone_gone(connection: sqlite3.Connection) -> bool:
    """True when a lease is there whose owner died."""
    return any(owner.is_gone(until) for _call, owner, until in _owners(connection))


def earlier(provider: str, purpose: str, connection: sqlite3.Connection) -> Earlier:
    pool = pools.kind(provider, purpose)
    found = connection.execute("select unit, used from usage where pool = ?", (pool,))
    sums = dict(found.fetchall())
    query = "select model from used_last where provider = ?"
    (model,) = connection.execute(query, (provider,)).fetchone() or ("",)
    calls, nusd, unpriced = (sums.get(unit, 0) for unit in (pools.ANSWERED, NUSD, UNPRICED))
    return Earlier(calls, nusd, unpriced, model)


def reserve(lease: Lease, windows: Sequence[Window], connection: sqlite3.Connection) -> bool:
    shared = [one for one in windows if not pools.is_quota(one.pool)]
    seen = view(shared, connection)
    if lease.open and any(holder.open for holder in seen.holders):
        return False
    quotas = [one for one in windows if pools.is_quota(one.pool)]
    sums = quota_sums(connection, [(one.pool, one.unit, one.since, one.until) for one in quotas])
    found = (Used(one, used, held) for one, (used, held, _) in zip(quotas, sums, strict=True))
    if not all(pools.has_room(used, lease.needs) for used in (*seen.windows, *found)):
        return False
    _put_lease(connection, lease)
    return True


def record_all(calls: Iterable[Recorded], connection: sqlite3.Connection) -> None:
    for call in calls:
        record(connection, call)


def presume_gone(connection: sqlite3.Connection) -> list[Recorded]:
    """Count the calls of leases whose owner died as what they held; those calls."""
    gone = [call for call, owner, until in _owners(connection) if owner.is_gone(until)]
    return [one for call in gone if (one := presume(call, connection))]


def record(connection: sqlite3.Connection, call: Recorded) -> None:
    """Count a call in place of what was counted for it, and end its lease."""
    known = rows.find(connection, call.id)
    held = known.held_nusd if known else _held_nusd(connection, call.id)
    if known and known.call.cost_nusd is not None and call.cost_nusd is None:
        call = _with_known_cost(call, known.call)
    if known and not call.model:  # that of its lease, whose budget it was held in
        call = replace(call, model=known.call.model)
    if _was_sent(call):
        settle_quotas(call.id, connection, _tokens(call), call.cost_nusd)
    end(call.id, connection)
    if known and known.call.uid and not call.uid:  # that session's to tell, also from the trash
        return
    if known and known.call == call and known.is_stored:
        return
    if known:
        _add(connection, pools.sums(known.call, known.held_nusd), -1)
    _add(connection, pools.sums(call, held), 1)
    rows.put(connection, rows.Row(call, held), known.call.uid if known else None)
    if call.model and pools.of_call(call):
        used = (call.provider, call.model)
        connection.execute("insert or replace into used_last values (?, ?)", used)


def find(id_: str, connection: sqlite3.Connection) -> Recorded | None:
    found = rows.find(connection, id_)
    return found.call if found else None


def restore(connection: sqlite3.Connection, row: rows.Row) -> None:
    """Count a call that another ledger had, unless this one has it."""
    if rows.find(connection, row.call.id) is None:
        _add(connection, pools.sums(row.call, row.held_nusd), 1)
        rows.put(connection, row)


def raise_to(connection: sqlite3.Connection, most: pools.Sum) -> int:
    """Let a sum be at least that; by how much it was less."""
    pool, unit, bucket, used = most
    query = "select used from usage where pool = ? and unit = ? and bucket = ?"
    (known,) = connection.execute(query, (pool, unit, bucket)).fetchone() or (0,)
    missing = max(0, used - known)
    if missing:
        _add(connection, [(pool, unit, bucket, missing)], 1)
    return missing


def move(uid: str, project: str, connection: sqlite3.Connection) -> None:
    for row in rows.of_session(connection, uid, 0):
        moved = rows.Row(replace(row.call, project=project), row.held_nusd, row.is_stored)
        _add(connection, pools.sums(row.call, row.held_nusd), -1)
        _add(connection, pools.sums(moved.call, row.held_nusd), 1)
        rows.put(connection, moved)


def withdraw_imported(calls: Set[str], connection: sqlite3.Connection) -> None:
    """Imported calls are in no pool: their rows are all there is of them."""
    for id_, uid in rows.of_command(connection, IMPORTED):
        if id_.removeprefix(f"{uid}:") in calls:
            rows.drop(connection, id_, uid)


def _with_known_cost(call: Recorded, known: Recorded) -> Recorded:
    return replace(
        known, uid=call.uid, session=call.session, project=call.project, feature=call.feature
    )


def presume(id_: str, connection: sqlite3.Connection) -> Recorded | None:
    """Count a call that nobody told the end of; None when it is on record."""
    found = connection.execute("select facts from lease where call = ?", (id_,)).fetchone()
    if not found:
        return None
    held = list(connection.execute(_HELD, (id_,)))
    call = rows.from_text(found[0])
    nusd = _held_nusd(connection, id_)
    settle_quotas(id_, connection)
    end(id_, connection)
    if rows.find(connection, id_) or (held and all(pools.is_quota(one[0]) for one in held)):
        return None
    call = replace(call, status="interrupted")
    _add(connection, pools.sums(call, nusd), 1)
    _add(connection, (one for one in held if one[1] != NUSD and not pools.is_quota(one[0])), 1)
    rows.put(connection, rows.Row(call, nusd, is_stored=not call.uid))
    return call


def settle_quotas(
    id_: str,
    connection: sqlite3.Connection,
    tokens: int | None = None,
    nusd: int | None = None,
) -> None:
    """Count what a call holds of quotas: requests as held, `tokens` and `nusd` where known."""
    told = {"tokens": tokens, NUSD: nusd}
    for pool, unit, bucket, amount in list(connection.execute(_HELD, (id_,))):
        if pools.is_quota(pool) and unit != pools.PROBE:
            known = told.get(unit.partition("/")[0])
            add_to_quota((pool, unit, bucket, amount if known is None else known), connection)


def add_to_quota(used: pools.Sum, connection: sqlite3.Connection) -> None:
    """Count what was used of a quota, and forget what no window reaches back to any more."""
    pool, unit, bucket, _amount = used
    _add(connection, [used], 1)
    query = "delete from usage where pool = ? and unit = ? and bucket < ?"
    connection.execute(query, (pool, unit, bucket - pools.kept_us(unit)))


def _was_sent(call: Recorded) -> bool:
    """False for one that found no connection: no provider has counted it."""
    return not (call.status == "network" and call.cost_source == "refused")


def _tokens(call: Recorded) -> int | None:
    """The tokens that a call used; None: nobody knows."""
    if call.tokens:
        return call.tokens.get("input", 0) + call.tokens.get("output", 0)
    return 0 if call.status in _REFUSED else None


def end(id_: str, connection: sqlite3.Connection) -> None:
    connection.execute("delete from lease where call = ?", (id_,))
    connection.execute("delete from need where call = ?", (id_,))


def end_if_held(id_: str, connection: sqlite3.Connection) -> None:
    if connection.execute("select 1 from lease where call = ?", (id_,)).fetchone():
        end(id_, connection)


def _held_nusd(connection: sqlite3.Connection, id_: str) -> int:
    held = connection.execute(_HELD, (id_,))
    return max((one[3] for one in held if one[1] == NUSD and not pools.is_quota(one[0])), default=0)


def _add(connection: sqlite3.Connection, sums: Iterable[pools.Sum], sign: int) -> None:
    values = [(pool, unit, bucket, sign * amount) for pool, unit, bucket, amount in sums]
    connection.executemany(_ADD, values)


def _put_lease(connection: sqlite3.Connection, lease: Lease) -> None:
    owner = owners.ourselves()
    facts = rows.as_text(lease.facts) if lease.facts else rows.text_without_facts(lease.call)
    values = (lease.call, owner.pid, owner.start, owner.machine, lease.open, lease.until, facts)
    connection.execute("insert into lease values (?, ?, ?, ?, ?, ?, ?)", values)
    needs = [(lease.call, one.pool, one.unit, one.bucket, one.amount) for one in lease.needs]
    connection.executemany("insert into need values (?, ?, ?, ?, ?)", needs)


def _owners(connection: sqlite3.Connection) -> list[tuple[str, Owner, int]]:
    found = connection.execute("select call, pid, start, machine, until from lease")
    return [(call, Owner(pid, start, machine), until) for call, pid, start, machine, until in found]


def view(windows: Sequence[Window], connection: sqlite3.Connection) -> View:
    if not windows:
        return View(())
    leases = list(_leases(connection))
    every = [lease for lease, _pid in leases]
    used = tuple(_used(connection, one, every) for one in windows)
    return View(used, tuple(_holders(leases, windows)))


def _holders(leases: Sequence[tuple[Lease, int]], windows: Sequence[Window]) -> list[Holder]:
    return [
        Holder(lease.call, pid, lease.open, max(_amounts(lease, windows)))
        for lease, pid in leases
        if any(pools.concerns(need, window) for need in lease.needs for window in windows)
    ]


def _amounts(lease: Lease, windows: Sequence[Window]) -> list[int]:
    return [
        need.amount
        for need in lease.needs
        if any(pools.concerns(need, window) for window in windows)
    ]


def _leases(connection: sqlite3.Connection) -> Iterator[tuple[Lease, int]]:
    needs: dict[str, list[Need]] = {}
    for call, pool, unit, bucket, amount in connection.execute("select * from need"):
        needs.setdefault(call, []).append(Need(pool, amount, bucket, unit))
    query = "select call, pid, open, until from lease order by call"
    for call, pid, is_open, until in connection.execute(query):
        yield Lease(call, tuple(needs.get(call, ())), bool(is_open), until), pid


def _used(connection: sqlite3.Connection, window: Window, leases: Sequence[Lease]) -> Used:
    units = (window.unit, UNPRICED, PRESUMED)
    used = dict.fromkeys(units, 0)
    for pool in _pools(connection, window.pool):
        query = (
            "select unit, sum(used) from usage where pool = ? and unit in (?, ?, ?)"
            " and bucket >= ? and bucket < ? group by unit"
        )
        values = (pool, *units, window.since, window.until)
        for unit, amount in connection.execute(query, values):
            used[unit] += amount
    held = sum(pools.part(lease.needs, window) for lease in leases)
    return Used(window, used[window.unit], held, used[UNPRICED], used[PRESUMED])


def quota_sums(connection: sqlite3.Connection, spans: Sequence[Span]) -> list[QuotaSum]:
    """What is used and held of quotas in spans of time, by sums alone: no matter how many calls are
    on record or under way.
    """
    found: list[QuotaSum] = []
    for begin in range(0, len(spans), _AT_ONCE):
        part = spans[begin : begin + _AT_ONCE]
        rows_ = ", ".join(["(?, ?, ?, ?, ?)"] * len(part))
        values = [value for number, span in enumerate(part) for value in (number, *span)]
        found += connection.execute(_SUMS.format(rows_), values).fetchall()
    return found


def _pools(connection: sqlite3.Connection, wanted: str) -> list[str]:
    """The pools of a family are few: one for each model that was ever used."""
    if not wanted.endswith("*"):
        return [wanted]
    begin = f"{wanted.partition(':')[0]}:"
    query = "select distinct pool from usage where pool >= ? and pool < ?"
    found = connection.execute(query, (begin, f"{begin}\U0010ffff"))
    return [pool for (pool,) in found if pools.is_in(pool, wanted)]
