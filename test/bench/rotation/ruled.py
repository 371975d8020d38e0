"""A strategy of ours as it works in the product: candidates from a ledger, rank, reserve, learn.

The ledger is in memory, so that a day takes a second: true counts of each window, what is under
way, and what each model's answers taught, by the product's own rules.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from days import Answer
from demand import Request
from worlds import DAY_S, FAVOURITE, World, places

from ai_sessions.catalog.rotation import PoolLimit
from ai_sessions.records import Status
from ai_sessions.rotation import breaker, failures, filters, learning
from ai_sessions.rotation.records import (
    Candidate,
    Mark,
    ModelState,
    Need,
    Outcome,
    Place,
    Strategy,
    WindowState,
)

BEGIN = datetime(2026, 11, 27, tzinfo=UTC)
STATUS: dict[int, Status] = {
    200: "ok",
    400: "context_too_long",
    408: "timeout",
    429: "rate_limit",
    503: "overloaded",
}
#: A call that tries whether a model answers again is given up after so many seconds.
PROBE_S = 120


def instant(at_s: float) -> datetime:
    return BEGIN + timedelta(seconds=at_s)


def seconds(at: datetime) -> float:
    return (at - BEGIN).total_seconds()


@dataclass
class Window:
    """One limit, counted. `until_s`: a server said that it is spent until then."""

    quota: str
    limit: PoolLimit
    amount: int | None
    used: int = 0
    held: int = 0
    bucket: int = -1

    @property
    def length_s(self) -> int:
        return 60 if self.limit.period == "minute" else DAY_S

    def turn(self, at_s: float) -> None:
        """A new minute or day begins with nothing used."""
        bucket = int(at_s // self.length_s)
        if bucket > self.bucket:
            self.bucket, self.used = bucket, 0

    @property
    def is_full(self) -> bool:
        return self.amount is not None and self.used + self.held >= self.amount

    def state(self) -> WindowState:
        begins = self.bucket * self.length_s
        return WindowState(
            self.quota,
            self.limit.unit,
            self.limit.period,
            self.amount,
            self.used,
            self.held,
            instant(begins),
            instant(begins + self.length_s),
        )


class Book(Protocol):
    """What a policy knows of models and their limits. Shared by those that know of each other."""

    places: Mapping[str, Place]

    def candidates(self, at_s: float) -> tuple[Candidate, ...]: ...

    def hold(
        self, call: str, name: str, need: Need, at_s: float, *, is_strict: bool = True
    ) -> bool:
        """All windows of a call or none; of a model whose pause is over, its one probe."""
        ...

    def settle(self, call: str, name: str, outcome: Outcome, begun_s: float) -> None:
        """Count a call that ended, and learn from it."""
        ...

    def hear(self, name: str, limit: int, left: int, at_s: float) -> None:
        """What a server says of its day corrects what is written and counted here."""
        ...


@dataclass
class Ledger:
    """A book in memory."""

    world: World
    windows: dict[str, list[Window]] = field(default_factory=dict)
    states: dict[str, ModelState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {place.model.id: place for place in places(self.world)}
        self.values = {model.name: model.value for model in self.world.models}
        for name, place in self.places.items():
            self.states[name] = ModelState()
            self.windows[place.own_quota] = _windows(place.own_quota, place.model.limits)
            self.windows.setdefault(place.quota, _windows(place.quota, place.pool.limits))

    def of(self, place: Place, at_s: float) -> list[Window]:
        found = self.windows[place.own_quota] + self.windows[place.quota]
        for window in found:
            window.turn(at_s)
        return found

    def candidates(self, at_s: float) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(
                place.model,
                self.states[name],
                tuple(window.state() for window in self.of(place, at_s)),
                favourite=self.values[name] == FAVOURITE,
            )
            for name, place in self.places.items()
        )

    def hold(
        self, call: str, name: str, need: Need, at_s: float, *, is_strict: bool = True
    ) -> bool:
        windows, state, now = self.of(self.places[name], at_s), self.states[name], instant(at_s)
        if is_strict and any(one.is_full for one in windows):
            return False
        for one in windows:
            one.held += 1
        if breaker.is_half_open(state, now):
            self.states[name] = learning.probed(state, now + timedelta(seconds=PROBE_S))
        return True

    def settle(self, call: str, name: str, outcome: Outcome, begun_s: float) -> None:
        place, at_s = self.places[name], seconds(outcome.at)
        for window in self.of(place, at_s):
            window.held -= 1
            if outcome.http != 429 and int(begun_s // window.length_s) == window.bucket:
                window.used += 1
        state = self.states[name]
        windows = tuple(window.state() for window in self.of(place, at_s))
        mark = failures.mark(outcome, state, windows, outcome.at)
        self.states[name] = _tallied(learning.after(state, outcome, mark, outcome.at), outcome)
        self._apply(mark)

    def hear(self, name: str, limit: int, left: int, at_s: float) -> None:
        place = self.places[name]
        for window in self.windows[place.quota] or self.windows[place.own_quota]:
            if window.limit.period == "day":
                window.amount = limit
                window.used = max(window.used, limit - left - window.held)

    def _apply(self, mark: Mark) -> None:
        for window in self.windows.get(mark.quota, ()):
            if window.limit.period == mark.scope and window.amount is not None:
                window.used = max(window.used, window.amount - window.held)


def _windows(quota: str, limits: Sequence[PoolLimit]) -> list[Window]:
    return [Window(quota, limit, limit.amount) for limit in limits]


def _tallied(state: ModelState, outcome: Outcome) -> ModelState:
    """Today's count and the means of all time, which only the strategy `seed` looks at."""
    before = state.requests_today
    return replace(
        state,
        requests_today=before + 1,
        success_rate=(state.success_rate * before + outcome.ok) / (before + 1),
        avg_latency_ms=(state.avg_latency_ms * before + outcome.latency_ms) / (before + 1),
    )


@dataclass(frozen=True)
class _Begun:
    call: str
    at_s: float
    sole: bool


class Ruled:
    """A policy: a strategy of ours over a ledger. Not `is_strict`: beyond limits, too."""

    def __init__(
        self, strategy: Strategy, ledger: Book, seed: int, *, is_strict: bool = True
    ) -> None:
        self.strategy, self.ledger, self.is_strict = strategy, ledger, is_strict
        chance = random.Random(seed)  # noqa: S311 (no secret)
        self.draw: Callable[[float, float], float] | None = chance.betavariate
        self.keys = {name: place.model.key for name, place in ledger.places.items()}
        self.names = {key: name for name, key in self.keys.items()}
        self.begun: dict[int, _Begun] = {}

    def choose(self, request: Request, tried: Sequence[str], current: str, at_s: float) -> str:
        need, now = Need(request.prompt_tokens, request.answer_tokens), instant(at_s)
        candidates = self.ledger.candidates(at_s)
        for one in self.strategy.rank(
            candidates,
            need,
            now,
            tried=tuple(self.keys[name] for name in tried),
            current=self.keys.get(current, ""),
            draw=self.draw,
        ):
            name, call = self.names[one.model], f"{request.number}-{len(tried)}"
            if one.excluded:
                break
            if self.ledger.hold(call, name, need, at_s, is_strict=self.is_strict):
                sole = filters.sole(candidates, need) == one.model
                self.begun[request.number] = _Begun(call, at_s, sole)
                return name
        return ""

    def ended(self, request: Request, answer: Answer, at_s: float) -> None:
        begun = self.begun.pop(request.number)
        until = None if answer.until_s is None else instant(answer.until_s)
        outcome = Outcome(
            STATUS[answer.http],
            instant(at_s),
            http=answer.http,
            tokens=answer.tokens,
            latency_ms=round(answer.seconds * 1000),
            message=answer.message,
            until=until,
            sole=begun.sole,
        )
        self.ledger.settle(begun.call, answer.model, outcome, begun.at_s)
        if answer.limit is not None and answer.left is not None:
            self.ledger.hear(answer.model, answer.limit, answer.left, at_s)
