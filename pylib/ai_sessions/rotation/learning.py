"""What a call teaches about its model: counts that fade by the hour, and when it may be called."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ai_sessions.rotation import breaker

if TYPE_CHECKING:
    from ai_sessions.rotation.records import Mark, ModelState, Outcome

#: What is an hour old is worth half.
HALF_LIFE_S = 3600.0
#: Demand is counted by the day: what is a day old is worth half.
_DEMAND_S = 86400.0
#: Of less than that no demand can be told.
_LEAST_KNOWN_S = 6 * 3600.0
#: A latency of nothing has no logarithm.
_SHORTEST_S = 0.001


def after(state: ModelState, outcome: Outcome, mark: Mark, now: datetime) -> ModelState:
    """The state of the model after a call. Counts of a day and of all time are the ledger's."""
    before, state = state, replace(faded(state, now), probe_until=None)
    state = replace(
        state,
        calls=state.calls + outcome.was_sent,
        sole_calls=state.sole_calls + outcome.sole,
        known_since=min(state.known_since or now, now),
        has_billed=outcome.billed or (state.has_billed and not outcome.ok),
    )
    if outcome.ok:
        state = _answered(state, outcome)
        return state if _is_late(before, outcome, now) else _opened(state)
    if mark.counts_as_failure:
        state = _failed(state, outcome, mark)
    return closed(state, mark, now)


def closed(state: ModelState, mark: Mark, now: datetime) -> ModelState:
    """The state of any model that a mark closes: of an account, all of its models."""
    now = now.astimezone(UTC)
    if mark.until is None or mark.until <= now:
        return state
    state = faded(state, now)
    if mark.scope == "breaker":
        state = replace(state, trips=state.trips + 1)
    elif mark.scope == "model" and mark.is_guess:
        state = replace(state, limited_in_a_row=state.limited_in_a_row + 1)
    if breaker.is_open(state, now) and state.open_until and state.open_until >= mark.until:
        return state
    return replace(state, open_until=mark.until, why=mark.why, is_off=not mark.is_guess)


def probed(state: ModelState, until: datetime) -> ModelState:
    """The state while one call tries whether it answers again (`breaker.is_half_open`)."""
    return replace(state, probe_until=until)


def faded(state: ModelState, now: datetime) -> ModelState:
    """Its counts as they are worth now. A clock that went back makes nothing older."""
    now = now.astimezone(UTC)  # between times of one zone Python counts by its clocks
    if state.counted_at == now:
        return state
    seconds = max(0.0, (now - (state.counted_at or now)).total_seconds())
    late, demand = 0.5 ** (seconds / HALF_LIFE_S), 0.5 ** (seconds / _DEMAND_S)
    return replace(
        state,
        successes=state.successes * late,
        failures=state.failures * late,
        calls=state.calls * demand,
        sole_calls=state.sole_calls * demand,
        counted_at=now,
    )


def sole_per_s(state: ModelState, now: datetime) -> float:
    """Calls that only this model can hold, in a second, as it was so far."""
    known_s = (now.astimezone(UTC) - (state.known_since or now)).total_seconds()
    span_s = _DEMAND_S / math.log(2)
    seen_s = -span_s * math.expm1(-max(_LEAST_KNOWN_S, known_s) / span_s)
    return faded(state, now).sole_calls / seen_s


def _answered(state: ModelState, outcome: Outcome) -> ModelState:
    return replace(
        state,
        successes=state.successes + 1,
        latency_s=_mean_latency_s(state, outcome),
        failures_in_a_row=0,
    )


def _opened(state: ModelState) -> ModelState:
    return replace(state, trips=0, limited_in_a_row=0, open_until=None, why="", is_off=False)


def _is_late(state: ModelState, outcome: Outcome, now: datetime) -> bool:
    """It was under way when its provider said no more: what was closed since stays so."""
    asked_at = outcome.at - timedelta(milliseconds=outcome.latency_ms)
    closed_at = state.counted_at or now
    return state.is_off and breaker.is_open(state, now) and asked_at < closed_at


def _failed(state: ModelState, outcome: Outcome, mark: Mark) -> ModelState:
    seconds = outcome.latency_ms / 1000
    return replace(
        state,
        failures=state.failures + 1,
        fail_seconds=(state.fail_seconds * state.failures + seconds) / (state.failures + 1),
        failures_in_a_row=state.failures_in_a_row + (mark.scope == "breaker"),
    )


def _mean_latency_s(state: ModelState, outcome: Outcome) -> float:
    seconds = max(_SHORTEST_S, outcome.latency_ms / 1000)
    if state.latency_s <= 0:
        return seconds
    weight = state.successes
    total = weight * math.log(state.latency_s) + math.log(seconds)
    return math.exp(total / (weight + 1))
