"""One day of one strategy: requests come, calls take their time, servers refuse and fail."""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from demand import Request
from worlds import DAY_S, SECOND, SIGMA, Account, Model, World

ATTEMPTS, DEADLINE_S = 3, 120.0
REFUSED_S, TOO_LARGE_S = 0.2, 0.3
TIMED_OUT_S = 20.0


@dataclass(frozen=True)
class Answer:
    """How a call ended, as far as its client can see."""

    model: str
    http: int
    seconds: float
    tokens: int = 0
    until_s: float | None = None
    """When calls are taken again, where the server says so."""
    message: str = ""
    left: int | None = None
    """What is left of the day, for servers that tell it with every answer."""
    limit: int | None = None

    @property
    def ok(self) -> bool:
        return self.http == 200


class Policy(Protocol):
    """Who chooses. One for each process of the user."""

    def choose(self, request: Request, tried: Sequence[str], current: str, at_s: float) -> str:
        """A model's name, and its call begins; empty: nobody may answer now."""
        ...

    def ended(self, request: Request, answer: Answer, at_s: float) -> None: ...


@dataclass
class Servers:
    """Counts what it is asked, and refuses what is too much."""

    world: World
    seed: int
    by_day: Counter[str] = field(default_factory=Counter)
    by_minute: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.models = {model.name: model for model in self.world.models}
        self._others = {
            name: _others(f"{self.seed}:{name}", account)
            for name, account in self.world.accounts.items()
        }

    def answer(self, request: Request, name: str, attempt: int, at_s: float) -> Answer:
        """What a call that begins now will bring, and how long it takes."""
        model = self.models[name]
        self._let_others_call(at_s)
        if request.tokens > model.window:
            return Answer(name, 400, TOO_LARGE_S, message="maximum context length exceeded")
        refused = self._refused(model, at_s)
        if refused is not None:
            return refused
        for key in (name, model.pool) if model.pool else (name,):
            self.by_day[key] += 1
            self.by_minute[key, int(at_s // 60)] += 1
        return self._tried(request, model, attempt, at_s)

    def _tried(self, request: Request, model: Model, attempt: int, at_s: float) -> Answer:
        key = f"{self.seed}:{request.number}:{model.name}:{attempt}"
        chance = random.Random(key)  # noqa: S311 (no secret)
        success, fail_s = self.world.truth(model, at_s)
        answers = chance.random() < success
        seconds = (model.latency_s if answers else fail_s) * math.exp(chance.gauss(0, SIGMA))
        left, limit = self._told(model)
        if answers:
            return Answer(model.name, 200, seconds, request.tokens, left=left, limit=limit)
        if seconds >= TIMED_OUT_S:
            return Answer(model.name, 408, seconds, message="timed out")
        return Answer(model.name, 503, seconds, message="503 overloaded", left=left, limit=limit)

    def _told(self, model: Model) -> tuple[int | None, int | None]:
        if not model.tells:
            return None, None
        limit = self._most(model.pool or model.name)[0]
        return max(0, limit - self.by_day[model.pool or model.name]), limit

    def _refused(self, model: Model, at_s: float) -> Answer | None:
        minute = int(at_s // 60)
        for key in (name for name in (model.name, model.pool) if name):
            per_day, per_minute = self._most(key)
            if self.by_day[key] >= per_day:
                return Answer(
                    model.name,
                    429,
                    REFUSED_S,
                    until_s=DAY_S,
                    message="Rate limit exceeded: requests per day",
                    left=0,
                    limit=per_day,
                )
            if self.by_minute[key, minute] >= per_minute:
                until = (minute + 1) * 60.0
                said = "Rate limit exceeded: requests per minute"
                return Answer(model.name, 429, REFUSED_S, until_s=until, message=said)
        return None

    def _most(self, key: str) -> tuple[int, int]:
        account = self.world.accounts.get(key)
        if account is not None:
            return account.per_day, account.per_minute
        return self.models[key].per_day, self.models[key].per_minute

    def _let_others_call(self, at_s: float) -> None:
        for name, times in self._others.items():
            while times and times[-1] <= at_s:
                self.by_day[name] += 1
                self.by_minute[name, int(times.pop() // 60)] += 1


def _others(seed: str, account: Account) -> list[float]:
    """When the other client calls, the earliest last."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    begin, end = account.others_from_s, account.others_to_s
    return sorted((chance.uniform(begin, end) for _ in range(account.others)), reverse=True)


@dataclass
class Day:
    """What became of the requests."""

    requests: int = 0
    served: int = 0
    calls: int = 0
    failed: int = 0
    limited: int = 0
    too_large: int = 0
    turns: int = 0
    switched: int = 0
    worth: float = 0.0
    seconds: list[float] = field(default_factory=list)
    chosen: Counter[str] = field(default_factory=Counter)

    @property
    def p95_s(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] if self.seconds else 0.0


@dataclass(order=True)
class _Event:
    at_s: float
    number: int
    request: Request = field(compare=False)
    begun_s: float = field(compare=False)
    tried: tuple[str, ...] = field(compare=False, default=())
    answer: Answer | None = field(compare=False, default=None)


def day(world: World, asked: Sequence[Request], policies: Sequence[Policy], seed: int) -> Day:
    """Conversations belong to one policy each, as if each policy were a process of its own."""
    servers, done = Servers(world, seed), Day(len(asked))
    current: dict[int, str] = {}
    events = [_Event(one.at_s, number, one, one.at_s) for number, one in enumerate(asked)]
    heapq.heapify(events)
    while events:
        event = heapq.heappop(events)
        policy = policies[event.request.session % len(policies)]
        if event.answer is not None and _over(event, event.answer, policy, servers, done, current):
            continue
        following = _next(event, policy, servers, current)
        if following is None:
            done.worth -= SECOND * (event.at_s - event.begun_s)
        else:
            heapq.heappush(events, following)
    return done


def _over(event, answer: Answer, policy: Policy, servers: Servers, done: Day, current) -> bool:
    """Count a call that ended; True: the request is answered."""
    policy.ended(event.request, answer, event.at_s)
    done.calls += 1
    done.chosen[answer.model] += 1
    if not answer.ok:
        done.failed += 1
        done.limited += answer.http == 429
        done.too_large += answer.http == 400
        return False
    took = event.at_s - event.begun_s
    done.served += 1
    done.seconds.append(took)
    done.worth += servers.models[answer.model].value - SECOND * took
    before = current.get(event.request.session)
    done.turns += before is not None
    done.switched += before not in (None, answer.model)
    current[event.request.session] = answer.model
    return True


def _next(event: _Event, policy: Policy, servers: Servers, current) -> _Event | None:
    """The next call of a request; None: it is given up."""
    waited = event.at_s - event.begun_s
    if len(event.tried) >= ATTEMPTS or waited >= DEADLINE_S:
        return None
    session = current.get(event.request.session, "")
    model = policy.choose(event.request, event.tried, session, event.at_s)
    if not model:
        return None
    answer = servers.answer(event.request, model, len(event.tried), event.at_s)
    ends = event.at_s + answer.seconds
    tried = (*event.tried, model)
    return _Event(ends, event.number, event.request, event.begun_s, tried, answer)
