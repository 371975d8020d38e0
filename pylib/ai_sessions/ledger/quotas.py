"""Quotas of providers in the ledger of money: how models stand, what a call holds, what it taught.

One file and the same transactions for both, so a call that waits for money holds no quota, and one
that is killed is settled by the same rule.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.ledger import (
    candidates,
    corrections,
    counting,
    pools,
    quota_rows,
    quota_windows,
)
from ai_sessions.ledger.contract import Hold, Lease, Recorded
from ai_sessions.ledger.quota_windows import us
from ai_sessions.rotation import breaker, failures, learning, records

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from ai_sessions.ledger.database import Answer, Ask
    from ai_sessions.ledger.sqlite import SqliteLedger
    from ai_sessions.rotation.records import Candidate, Mark, Outcome, Place, Tally, WindowState

    Told = Sequence[records.Told]

_US = 1_000_000
#: A call that holds quotas alone is over so long after its deadline, whatever became of it.
_PATIENCE_US = 60 * _US


class Quotas:
    """The quotas of a user. Raises `StorageError` and `LockBusy` as the ledger does."""

    def __init__(self, ledger: SqliteLedger, clock: Callable[[], datetime]) -> None:
        self._ledger, self._clock = ledger, clock

    def candidates(self, places: Sequence[Place], now: datetime) -> tuple[Candidate, ...]:
        """The models of these places as they stand, in their order."""
        return self._seen(partial(candidates.of_places, tuple(places), us(now)), now)

    def windows(self, places: Sequence[Place], now: datetime) -> tuple[WindowState, ...]:
        """All limits of these places, each once: those of accounts, then those of models."""
        return self._seen(partial(candidates.limits_of, tuple(places), us(now)), now)

    def needs(self, place: Place, need: records.Need, now: datetime, nusd: int = 0) -> Hold:
        """What a call holds, for who reserves it together with money."""
        return self._ledger.read(partial(_hold, place, need, us(now), nusd))

    def reserve(
        self,
        call: str,
        place: Place,
        need: records.Need,
        takes_s: float,
        now: datetime,
        nusd: int = 0,
    ) -> bool:
        """Hold a request and its tokens in all their windows, or nothing. False: no room."""
        until = us(now) + int(takes_s * _US)
        change = partial(_reserve, call, place, need, us(now), until, nusd)
        if self._ledger.write(change):
            return True
        return self._settle_gone(us(now)) and self._ledger.write(change)

    def settle(self, call: str, tokens: int | None, now: datetime, nusd: int | None = None) -> None:
        """End what `reserve` holds: it was used. `tokens` None: nobody knows how many."""
        del now  # it counts in the buckets in which it is held
        self._ledger.write(partial(_settle, call, tokens, nusd))

    def release(self, call: str) -> None:
        """End what `reserve` holds: the call was not made."""
        self._ledger.release(call)

    def learn(
        self,
        place: Place,
        outcome: Outcome,
        now: datetime,
        *,
        told: Told = (),
        offline: bool = False,
    ) -> Mark:
        """Take over what a call has taught of its model and of its limits; what is marked.

        `told`: what was said of limits. `offline`: no provider could be reached.
        """
        return self._ledger.write(partial(_learn, place, outcome, us(now), tuple(told), offline))

    def count(self, place: Place, outcome: Outcome, now: datetime, *, told: Told = ()) -> Mark:
        """Count a call that was made elsewhere, beyond limits if need be, and learn from it."""
        return self._ledger.write(partial(_count, place, outcome, us(now), tuple(told)))

    def note(self, place: Place, told: Told, now: datetime) -> None:
        """Take over what was said of limits beside a call: by an agent's log, by a status line."""
        self._ledger.write(partial(_note, place, tuple(told), us(now)))

    def tallies(self) -> Mapping[str, Tally]:
        """What was used of models since the tallies began, by their keys."""
        return self._ledger.read(_tallies)

    def knows(self, source: str) -> bool:
        """Whether `take_in` was told of that source."""
        return self._ledger.read(partial(_knows, source))

    def take_in(
        self, tallies: Mapping[str, Tally], source: str, places: Sequence[Place] = ()
    ) -> bool:
        """Add what another record has, once for each `source`. False: it is in already.

        `places`: of these models what was used in their last day counts against limits, too.
        """
        taken = partial(_take_in, tallies, source, tuple(places), self._clock())
        return self._ledger.write(taken)

    def begin_again(self) -> None:
        """Empty the tallies. Quotas do not begin again: providers have counted."""
        self._ledger.write(_begin_again)

    def _seen(self, ask: Ask[Answer], now: datetime) -> Answer:
        """The answer, once calls whose owner is gone are settled: in one transaction as a rule."""
        gone, answer = self._ledger.read(partial(_beside_gone, ask, us(now)))
        if not gone:
            return answer
        self._settle_gone(us(now))
        return self._ledger.read(ask)

    def _settle_gone(self, now: int) -> bool:
        """Count what calls hold that are over; whether there were any."""
        if not self._ledger.read(partial(_is_anyone_gone, now)):
            return False
        self._ledger.settle_gone()
        self._ledger.write(partial(_settle_late, now))
        return True


def _hold(
    place: Place,
    need: records.Need,
    now: int,
    nusd: int,
    connection: sqlite3.Connection,
) -> Hold:
    learned = state = None
    if quota_rows.are_there(connection):
        learned = quota_rows.learned(connection, (place.quota, place.own_quota))
        state = quota_rows.state(connection, place)
    limits = quota_windows.limits(place, learned or {}, now)
    needs = quota_windows.needs(place, need, limits, now, nusd)
    windows = tuple(quota_windows.windows(limits, now))
    if state and breaker.is_half_open(state, times.at_microseconds(now)):
        need_of_probe, window = quota_windows.probe(place, now)
        needs, windows = (*needs, need_of_probe), (*windows, window)
    return Hold(needs, windows)


def _reserve(
    call: str,
    place: Place,
    need: records.Need,
    now: int,
    until: int,
    nusd: int,
    connection: sqlite3.Connection,
) -> bool:
    hold = _hold(place, need, now, nusd, connection)
    lease = Lease(call, hold.needs, until=until, facts=Recorded(call, ""))
    return counting.reserve(lease, hold.windows, connection)


def _settle(
    call: str, tokens: int | None, nusd: int | None, connection: sqlite3.Connection
) -> None:
    counting.settle_quotas(call, connection, tokens, nusd)
    counting.end(call, connection)


def _learn(
    place: Place,
    outcome: Outcome,
    now: int,
    told: Told,
    offline: bool,
    connection: sqlite3.Connection,
) -> Mark:
    _note(place, told, now, connection)
    at = times.at_microseconds(now)
    [candidate] = candidates.of_places((place,), now, connection)
    state = candidates.own_state(place, now, connection)
    mark = failures.mark(outcome, state, candidate.windows, at, offline)
    after = learning.after(state, outcome, mark, at)
    quota_rows.put_state(connection, place, after)
    if outcome.ok:
        corrections.open_again(connection, place, outcome)
    else:
        corrections.close(connection, place, mark, now)
    if outcome.was_sent:
        _tally(place, outcome, now, connection)
    return mark


def _count(
    place: Place, outcome: Outcome, now: int, told: Told, connection: sqlite3.Connection
) -> Mark:
    need = records.Need(prompt_tokens=outcome.tokens)
    for one in _hold(place, need, now, outcome.cost_nusd or 0, connection).needs:
        if one.unit != pools.PROBE:
            counting.add_to_quota((one.pool, one.unit, one.bucket, one.amount), connection)
    return _learn(place, outcome, now, told, False, connection)


def _note(place: Place, told: Told, now: int, connection: sqlite3.Connection) -> None:
    quota_rows.ensure(connection)
    for one in told:
        corrections.correct(connection, place, one, now)


def _tally(place: Place, outcome: Outcome, now: int, connection: sqlite3.Connection) -> None:
    known = quota_rows.tally(connection, place.model.key) or records.Tally()
    begin, end = quota_windows.day_of_place(place, now)
    is_today = known.last_used is not None and begin <= us(known.last_used) < end
    answered = known.success_rate * known.requests if known.requests else 0.0
    latency_ms, rate = known.avg_latency_ms, known.success_rate if known.requests else 0.0
    if outcome.ok:
        latency_ms += (outcome.latency_ms - latency_ms) / (answered + 1)
    rate += (outcome.ok - rate) / (known.requests + 1)
    added = records.Tally(
        requests=known.requests + 1,
        tokens=known.tokens + outcome.tokens,
        day_requests=(known.day_requests if is_today else 0) + 1,
        day_tokens=(known.day_tokens if is_today else 0) + outcome.tokens,
        avg_latency_ms=latency_ms,
        success_rate=rate,
        last_used=outcome.at,
    )
    quota_rows.put_tally(connection, place.model.key, added)


def _tallies(connection: sqlite3.Connection) -> Mapping[str, Tally]:
    return dict(quota_rows.tallies(connection)) if quota_rows.are_there(connection) else {}


def _knows(source: str, connection: sqlite3.Connection) -> bool:
    return quota_rows.are_there(connection) and quota_rows.is_taken(connection, source)


def _take_in(
    tallies: Mapping[str, Tally],
    source: str,
    places: Sequence[Place],
    at: datetime,
    connection: sqlite3.Connection,
) -> bool:
    quota_rows.ensure(connection)
    if not quota_rows.take_source(connection, source, at):
        return False
    for model, one in tallies.items():
        known = quota_rows.tally(connection, model)
        quota_rows.put_tally(connection, model, _sum(known, one) if known else one)
    for place in places:
        if place.model.key in tallies:
            _count_day(place, tallies[place.model.key], us(at), connection)
    return True


def _count_day(place: Place, tally: Tally, now: int, connection: sqlite3.Connection) -> None:
    """Count what was used in a day at its beginning: in which minutes it was nobody knows."""
    if not (tally.last_used and tally.day_requests):
        return
    need = records.Need(prompt_tokens=tally.day_tokens)
    at, _end = quota_windows.day_of_place(place, min(us(tally.last_used), now))
    for one in _hold(place, need, at, 0, connection).needs:
        if one.unit != pools.PROBE:
            is_one_each = one.unit.partition("/")[0] == "requests"
            amount = one.amount * (tally.day_requests if is_one_each else 1)
            counting.add_to_quota((one.pool, one.unit, one.bucket, amount), connection)


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


def _begin_again(connection: sqlite3.Connection) -> None:
    quota_rows.ensure(connection)
    quota_rows.forget_tallies(connection)


def _beside_gone(ask: Ask[Answer], now: int, connection: sqlite3.Connection) -> tuple[bool, Answer]:
    return _is_anyone_gone(now, connection), ask(connection)


def _is_anyone_gone(now: int, connection: sqlite3.Connection) -> bool:
    return counting.is_anyone_gone(connection) or bool(_late(now, connection))


def _settle_late(now: int, connection: sqlite3.Connection) -> None:
    for call in _late(now, connection):
        counting.presume(call, connection)


def _late(now: int, connection: sqlite3.Connection) -> list[str]:
    """Calls that hold quotas alone and are past their deadline, though their process lives on."""
    query = "select call from lease where until < ?"
    late = [call for (call,) in connection.execute(query, (now - _PATIENCE_US,))]
    return [call for call in late if _holds_quotas_alone(call, connection)]


def _holds_quotas_alone(call: str, connection: sqlite3.Connection) -> bool:
    found = connection.execute("select pool from need where call = ?", (call,))
    return all(pools.is_quota(pool) for (pool,) in found)
