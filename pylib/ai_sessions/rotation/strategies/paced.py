"""The most answers of a day: what a call is worth, less what it takes from the rest of the day.

A candidate's score is the value of its answer, times how probably it answers; plus what the next
model would give if it does not; less the time of a failure and a price for a quota that is used
faster than its day passes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.rotation import filters, learning, ordering, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.rotation.records import Candidate, Need, Ranked, WindowState

#: Models that are asked at most for one request.
ATTEMPTS = 3
#: Successes and failures that a model has before its first call.
_SUCCESSES, _FAILURES = 1.8, 0.2
#: With fewer calls a sample decides in place of the mean, so that none is passed over for one bad
#: call. Samples for all ask poor models again and again.
_NEW = 5
#: Worth of an answer, of a favourite and of any other.
_FAVOURITE, _OTHER = 1.0, 0.85
#: A second of waiting, of an answer's worth.
_SECOND = 0.01
#: What a failure costs beside its time: it uses quota, and is seen.
_FAILED = 0.2
#: What a call costs of a quota that has nothing left for the rest of its day. As much as takes the
#: favourite's lead from it: less leaves small quotas, such as 50 a day, empty at noon.
_PACE = 0.4
_STICKY = 0.04
#: Times as many calls may come as so far, standard deviations that are kept beside them, and how
#: many calls it takes to tell a part of them.
_AHEAD, _RESERVE, _FEW = 2.0, 3.0, 50.0
#: More than all other terms, less than a last resort's.
_PROTECTED = -100.0


@dataclass(frozen=True, slots=True)
class _Chance:
    """How probably it answers, and what is gained then."""

    candidate: Candidate
    success: float
    value: float
    price: float

    @property
    def gain(self) -> float:
        return self.success * self.value

    @property
    def net(self) -> float:
        return self.gain - self.price


class Paced:
    """The default."""

    name = "paced"

    def rank(
        self,
        candidates: Sequence[Candidate],
        need: Need,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        current: str = "",
        draw: Callable[[float, float], float] | None = None,
    ) -> tuple[Ranked, ...]:
        excluded = {one.key: filters.reason(one, need, now, tried) for one in candidates}
        known = [replace(one, state=learning.faded(one.state, now)) for one in candidates]
        chances = [_chance(one, now, None if excluded[one.key] else draw) for one in known]
        kept = protected(known, now)
        able = [one for one in chances if not excluded[one.candidate.key]]
        free = [one for one in able if one.candidate.key not in kept]
        following = _following(free or able) if len(tried) + 1 < ATTEMPTS else {}
        scored = []
        for one in chances:
            key = one.candidate.key
            terms = _terms(one, following.get(key, following.get("", 0.0)))
            if key in kept:
                terms["protected"] = _PROTECTED
            if key == current:
                terms["sticky"] = _STICKY * min(2.0, 0.5 + need.prompt_tokens / 10_000)
            scored.append((one.candidate, terms, excluded[key]))
        return ordering.ordered(scored)


def seeded(seed: str) -> Callable[[float, float], float]:
    """Samples of Beta(a, b) that are the same for the same seed."""
    from random import Random  # 4 ms, of those alone who draw

    return Random(seed).betavariate  # noqa: S311 (of chances, not of secrets)


def price(candidate: Candidate, now: datetime) -> float:
    """What a call costs those that come later today: 0 while the quota lasts as long as its day."""
    return max((_price(one, now) for one in candidate.windows), default=0.0)


def protected(candidates: Sequence[Candidate], now: datetime) -> frozenset[str]:
    """Keys of models whose last calls are kept for what one model alone can hold.

    By Littlewood's rule: as many as are expected, and a reserve, since they come in runs. Expected
    are at most twice as many as so far in that time, nor a larger part of what all models can
    still take today than so far. Where an account is short, all of its models are kept.
    """
    calls = sum(learning.faded(one.state, now).calls for one in candidates)
    capacity = _capacity(candidates)
    short = set()
    for one in candidates:
        sole = learning.faded(one.state, now).sole_calls
        most = sole / max(calls, _FEW) * capacity if sole else 0.0
        short |= {window.pool for window in one.windows if _is_short(window, one, most, now)}
    return frozenset(
        one.key for one in candidates if any(window.pool in short for window in one.windows)
    )


def _following(able: Sequence[_Chance]) -> dict[str, float]:
    """What the next model would give, for the best by its key, and for all others by ''.

    Net of its price: to fail first and take a scarce model then saves nothing of it.
    """
    if not able:
        return {}
    first, *others = sorted(able, key=lambda one: -one.net)
    second = others[0].net if others else 0.0
    return {"": max(0.0, first.net), first.candidate.key: max(0.0, second)}


def _chance(
    candidate: Candidate, now: datetime, draw: Callable[[float, float], float] | None
) -> _Chance:
    a = _SUCCESSES + candidate.state.successes
    b = _FAILURES + candidate.state.failures
    is_new = candidate.state.calls < _NEW
    success = draw(a, b) if draw and is_new else a / (a + b)
    worth = candidate.value
    if worth is None:
        worth = _FAVOURITE if candidate.favourite else _OTHER
    late_s = candidate.state.latency_s or candidate.state.avg_latency_ms / 1000
    return _Chance(candidate, success, worth - _SECOND * late_s, price(candidate, now))


def _terms(one: _Chance, otherwise: float) -> dict[str, float]:
    fails = 1 - one.success
    return {
        "answer": one.gain,
        "next": fails * otherwise,
        "failure": -fails * (_FAILED + _SECOND * one.candidate.state.fail_seconds),
        "pace": -one.price,
    }


def _price(window: WindowState, now: datetime) -> float:
    limit, (left_s, whole_s) = filters.limit_of(window), _seconds(window, now)
    if window.period == "minute" or not limit or not left_s:
        return 0.0
    share = (limit - window.used - window.held) / limit
    return _PACE * min(1.0, max(0.0, 1 - share * whole_s / left_s))


def _is_short(window: WindowState, candidate: Candidate, most: float, now: datetime) -> bool:
    left = window.left
    if left is None or window.unit != "requests" or window.period == "minute":
        return False
    to_come = _AHEAD * learning.sole_per_s(candidate.state, now) * _seconds(window, now)[0]
    expected = min(most, to_come)
    return expected > 0 and left <= expected + _RESERVE * math.sqrt(expected)


def _capacity(candidates: Sequence[Candidate]) -> float:
    """Requests that all models together can take today; of an account no more than it has left."""
    accounts: dict[str, tuple[float, float]] = {}
    for one in candidates:
        own, shared = _left_of_day(one)
        of_models, _shared = accounts.get(one.model.pool, (0.0, 0.0))
        accounts[one.model.pool] = (of_models + own, shared)
    return sum(min(pair) for pair in accounts.values())


def _left_of_day(candidate: Candidate) -> tuple[float, float]:
    """Requests that its own limits leave it today, and those of its account; infinite: no limit."""
    own = shared = math.inf
    for window in candidate.windows:
        left = window.left
        if window.unit != "requests" or window.period == "minute" or left is None:
            continue
        if usage.is_own(window, candidate):
            own = min(own, left)
        else:
            shared = min(shared, left)
    return own, shared


def _seconds(window: WindowState, now: datetime) -> tuple[float, float]:
    """(to its reset, of the whole window); 0, 0: not known, or over."""
    begins_at, resets_at, now = window.begins_at, window.resets_at, now.astimezone(UTC)
    if begins_at is None or resets_at is None or not begins_at <= now < resets_at:
        return 0.0, 0.0
    begins_at, resets_at = begins_at.astimezone(UTC), resets_at.astimezone(UTC)
    return (resets_at - now).total_seconds(), (resets_at - begins_at).total_seconds()
