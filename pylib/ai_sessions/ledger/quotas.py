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
    holds,
    pools,
    quota_rows,
    tallies,
)
from ai_sessions.ledger.contract import Hold, Lease
from ai_sessions.ledger.quota_windows import us
from ai_sessions.rotation import failures, learning, records

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

    def __init__(
        self,
        ledger: SqliteLedger,
        clock: Callable[[], datetime],
        mark: Callable[[], None] = lambda: None,
    ) -> None:
        """`mark`: called before something is kept, so that readers know where to look."""
        self._ledger, self._clock, self._mark = ledger, clock, mark

    def candidates(self, places: Sequence[Place], now: datetime) -> tuple[Candidate, ...]:
        """The models of these places as they stand, in their order."""
        return self._seen(partial(candidates.of_places, tuple(places), us(now)), now)

    def windows(self, places: Sequence[Place], now: datetime) -> tuple[WindowState, ...]:
        """All limits of these places, each once: those of accounts, then those of models."""
        return self._seen(partial(candidates.limits_of, tuple(places), us(now)), now)

    def needs(self, place: Place, need: records.Need, now: datetime, nusd: int = 0) -> Hold:
        """What a call holds, for who reserves it together with money."""
        return self._ledger.read(partial(holds.of_call, place, need, us(now), nusd))

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
        self._mark()
        return self._ledger.write(partial(_learn, place, outcome, us(now), tuple(told), offline))

    def count(self, place: Place, outcome: Outcome, now: datetime, *, told: Told = ()) -> Mark:
        """Count a call that was made elsewhere, beyond limits if need be, and learn from it."""
        self._mark()
        return self._ledger.write(partial(_count, place, outcome, us(now), tuple(told)))

    def note(self, place: Place, told: Told, now: datetime) -> None:
        """Take over what was said of limits beside a call: by an agent's log, by a status line."""
        self._mark()
        self._ledger.write(partial(_note, place, tuple(told), us(now)))

    def pause(self, place: Place, until: datetime, why: str) -> None:
        """Have nobody ask a model before then."""
        self._mark()
        is_off = {"open_until": until, "why": why, "is_off": True}
        self._ledger.write(partial(_change, place, us(self._clock()), is_off))

    def enable(self, place: Place) -> None:
        """Take back what keeps a model from being asked: its pause, and what its account was closed
        for. Limits that are used up stay so.
        """
        self._mark()
        now = self._clock()
        self._ledger.write(partial(_enable, place, us(now), _answered(now)))

    def reset(self, place: Place) -> None:
        """Forget how a model has answered. What was used of its quotas stays, and what was counted
        of all time.
        """
        self._mark()
        self._ledger.write(partial(_forget, place))

    def tallies(self) -> Mapping[str, Tally]:
        """What was used of models since the tallies began, by their keys."""
        return self._ledger.read(tallies.every)

    def knows(self, source: str) -> bool:
        """Whether `take_in` was told of that source."""
        return self._ledger.read(partial(tallies.knows, source))

    def take_in(
        self, others: Mapping[str, Tally], source: str, places: Sequence[Place] = ()
    ) -> bool:
        """Add what another record has, once for each `source`. False: it is in already.

        `places`: of these models what was used in their last day counts against limits, too.
        """
        taken = partial(tallies.take_in, others, source, tuple(places), self._clock())
        return self._ledger.write(taken)

    def begin_again(self) -> None:
        """Empty the tallies. Quotas do not begin again: providers have counted."""
        self._ledger.write(tallies.begin_again)

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


def _reserve(
    call: str,
    place: Place,
    need: records.Need,
    now: int,
    until: int,
    nusd: int,
    connection: sqlite3.Connection,
) -> bool:
    counting.end_if_held(call, connection)  # whoever reserves again holds it once
    hold = holds.of_call(place, need, now, nusd, connection)
    lease = Lease(call, hold.needs, until=until)
    return counting.reserve(lease, hold.windows, connection)


def _change(
    place: Place, now: int, more: Mapping[str, object], connection: sqlite3.Connection
) -> None:
    quota_rows.ensure(connection)
    [found] = candidates.states((place,), now, connection)
    quota_rows.put_state(connection, place, replace(found.state, **more))  # type: ignore[arg-type]


def _enable(
    place: Place, now: int, answered: records.Outcome, connection: sqlite3.Connection
) -> None:
    is_on = {"open_until": None, "why": "", "is_off": False, "probe_until": None}
    counts = dict.fromkeys(("failures_in_a_row", "trips", "limited_in_a_row"), 0)
    _change(place, now, {**is_on, **counts}, connection)
    corrections.open_again(connection, place, answered)


def _answered(now: datetime) -> records.Outcome:
    """As if it had just answered: what was closed before is open then."""
    return records.Outcome("ok", now)


def _forget(place: Place, connection: sqlite3.Connection) -> None:
    quota_rows.ensure(connection)
    quota_rows.put_state(connection, place, records.ModelState())


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
    asked_at = us(outcome.at) - outcome.latency_ms * 1000
    _note(place, told, now, connection, asked_at)
    at = times.at_microseconds(now)
    [found] = candidates.states((place,), now, connection)
    mark = failures.mark(outcome, found.state, found.windows, at, offline)
    after = learning.after(found.state, outcome, mark, at)
    quota_rows.put_state(connection, place, after)
    if outcome.ok:
        corrections.open_again(connection, place, outcome)
    else:
        corrections.close(connection, place, mark, now)
    if outcome.was_sent:
        tallies.add(place, outcome, now, connection)
    return mark


def _count(
    place: Place, outcome: Outcome, now: int, told: Told, connection: sqlite3.Connection
) -> Mark:
    need = records.Need(prompt_tokens=outcome.tokens)
    holds.use(place, need, now, connection, nusd=outcome.cost_nusd or 0)
    return _learn(place, outcome, now, told, False, connection)


def _note(
    place: Place,
    told: Told,
    now: int,
    connection: sqlite3.Connection,
    asked_at: int | None = None,
) -> None:
    quota_rows.ensure(connection)
    for one in told:
        corrections.correct(connection, place, one, now, asked_at)


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
