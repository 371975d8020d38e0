"""What others do, as far as it decides which model is asked: LiteLLM's router, and round-robin.

LiteLLM is written down from its public source, without its code: four selectors with requests a
minute and windows known to it (pre-call checks on, the kindest setting), two retries that may ask
the same model again, and its cooldown. A model pauses after a 429 at once, or when more than half
of at least five calls of a minute failed; for what `Retry-After` says, uncapped, else 5 seconds.
Limits of a day it does not know. `litellm_itself` is the check of it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from days import Answer
from demand import Request
from worlds import Model, World

COOLDOWN_S, LEAST_CALLS, SHARE_FAILED = 5.0, 5, 0.5
LATENCIES, TIMED_OUT = 10, 1000.0
NOT_PAUSED = (400, 403)


class LiteLLM:
    """What its four selectors have in common."""

    def __init__(self, world: World, seed: int) -> None:
        self.models = {model.name: model for model in world.models}
        self.chance = random.Random(seed)  # noqa: S311 (no secret)
        self.until_s: dict[str, float] = {}
        self.ended_in: dict[tuple[str, int], Counter[bool]] = defaultdict(Counter)
        self.calls_in: Counter[tuple[str, int]] = Counter()
        self.tokens_in: Counter[tuple[str, int]] = Counter()
        self.under_way: dict[str, int] = {}

    def choose(self, request: Request, tried: Sequence[str], current: str, at_s: float) -> str:
        minute = int(at_s // 60)
        healthy = [
            model
            for model in self.models.values()
            if self.until_s.get(model.name, 0.0) <= at_s
            and request.tokens <= model.window
            and self.calls_in[model.name, minute] < model.per_minute
        ]
        picked = self.pick(healthy, minute) if healthy else None
        if picked is None:
            return ""
        self.calls_in[picked.name, minute] += 1
        self.under_way[picked.name] = self.under_way.get(picked.name, 0) + 1
        return picked.name

    def ended(self, request: Request, answer: Answer, at_s: float) -> None:
        minute = int(at_s // 60)
        self.under_way[answer.model] -= 1
        self.ended_in[answer.model, minute][answer.ok] += 1
        if answer.ok:
            self.tokens_in[answer.model, minute] += answer.tokens
        elif self._pauses(answer, minute):
            told = answer.until_s
            self.until_s[answer.model] = told if told is not None else at_s + COOLDOWN_S
        self.learn(answer)

    def _pauses(self, answer: Answer, minute: int) -> bool:
        ended = self.ended_in[answer.model, minute]
        total = ended.total()
        many = total >= LEAST_CALLS and ended[False] / total > SHARE_FAILED
        return answer.http == 429 or (answer.http not in NOT_PAUSED and many)

    def pick(self, healthy: Sequence[Model], minute: int) -> Model | None:
        raise NotImplementedError

    def learn(self, answer: Answer) -> None:
        """Latencies, for the selector that looks at them."""


class Shuffle(LiteLLM):
    """simple-shuffle: by chance, weighted with requests a minute."""

    def pick(self, healthy: Sequence[Model], minute: int) -> Model:
        return self.chance.choices(healthy, [model.per_minute for model in healthy])[0]


class UsageBased(LiteLLM):
    """usage-based-routing-v2: the fewest tokens in this minute."""

    def pick(self, healthy: Sequence[Model], minute: int) -> Model | None:
        free = [one for one in healthy if self.calls_in[one.name, minute] + 1 < one.per_minute]
        if not free:
            return None
        least = min(self.tokens_in[one.name, minute] for one in free)
        return self.chance.choice(
            [one for one in free if self.tokens_in[one.name, minute] == least]
        )


class Latency(LiteLLM):
    """latency-based-routing: the quickest by its first nine answers and its last one.

    What has not answered yet counts as 0 and is tried first; a time-out counts as 1000 seconds. Its
    latency is seconds for each token of the answer, which is seconds here: all answers are alike.
    """

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.latencies: dict[str, list[float]] = {}
        self.begun_s = 0.0

    def pick(self, healthy: Sequence[Model], minute: int) -> Model:
        mixed = self.chance.sample(list(healthy), len(healthy))
        return min(mixed, key=self._mean)

    def _mean(self, model: Model) -> float:
        known = self.latencies.get(model.name)
        return sum(known) / len(known) if known else 0.0

    def learn(self, answer: Answer) -> None:
        if answer.ok or answer.http == 408:
            known = self.latencies.setdefault(answer.model, [])
            del known[LATENCIES - 1 :]
            known.append(answer.seconds if answer.ok else TIMED_OUT)


class LeastBusy(LiteLLM):
    """least-busy: the fewest calls under way; among those alike, the one that was asked first.

    Where that one pauses, any other by chance.
    """

    def pick(self, healthy: Sequence[Model], minute: int) -> Model:
        busy = self.under_way
        for model in healthy:
            busy.setdefault(model.name, 0)
        name = min(busy, key=busy.__getitem__)
        return next((one for one in healthy if one.name == name), None) or self.chance.choice(
            healthy
        )


class RoundRobin:
    """One after the other, whatever becomes of it."""

    def __init__(self, world: World, seed: int) -> None:
        self.names = [model.name for model in world.models]
        self.turn = 0

    def choose(self, request: Request, tried: Sequence[str], current: str, at_s: float) -> str:
        for _ in self.names:
            name = self.names[self.turn % len(self.names)]
            self.turn += 1
            if name not in tried:
                return name
        return ""

    def ended(self, request: Request, answer: Answer, at_s: float) -> None:
        """It learns nothing."""


OTHERS = {
    "round-robin, plain": RoundRobin,
    "LiteLLM simple-shuffle": Shuffle,
    "LiteLLM usage-based-v2": UsageBased,
    "LiteLLM latency-based": Latency,
    "LiteLLM least-busy": LeastBusy,
}
