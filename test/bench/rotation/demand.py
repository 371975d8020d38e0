"""The requests of a day: conversations of some turns in working hours, bursts, large prompts."""

from __future__ import annotations

import random
from dataclasses import dataclass

from worlds import DAY_S, World

#: Share of a day's conversations that begin in each hour, in UTC.
HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 8, 10, 10, 8, 5, 8, 10, 10, 9, 7, 4, 3, 4, 4, 3, 2)
#: Bursts: this many single requests begin within so many seconds, so often a day for 1000 requests.
BURST, BURST_S, BURSTS_PER_1000 = 45, 75, 1.6
LARGE, MEDIUM = 0.06, 0.10
TURNS = 5


@dataclass(frozen=True)
class Request:
    number: int
    at_s: float
    session: int
    prompt_tokens: int
    answer_tokens: int

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.answer_tokens


def requests(world: World, seed: int) -> tuple[Request, ...]:
    """The same for every strategy: it depends on the scenario and the seed alone."""
    chance = random.Random(f"{world.requests}:{seed}")  # noqa: S311 (no secret)
    turns: list[tuple[float, int, int, int]] = []
    bursts = round(world.requests * BURSTS_PER_1000 / 1000)
    for _ in range(bursts):
        turns += _burst(chance, len(turns))
    while len(turns) < world.requests:
        turns += _conversation(chance, len(turns))
    turns = sorted(turns[: world.requests])
    return tuple(Request(number, *turn) for number, turn in enumerate(turns))


def _begin(chance: random.Random) -> float:
    hour = chance.choices(range(24), HOURS)[0]
    return (hour + chance.random()) * 3600


def _burst(chance: random.Random, number: int) -> list[tuple[float, int, int, int]]:
    begin = min(_begin(chance), DAY_S - BURST_S)
    return [
        (begin + chance.random() * BURST_S, number + i, _size(chance, 2500), _answer(chance))
        for i in range(BURST)
    ]


def _conversation(chance: random.Random, session: int) -> list[tuple[float, int, int, int]]:
    at, size, turns = _begin(chance), _first(chance), []
    for _ in range(1 + int(chance.expovariate(1 / (TURNS - 0.5)))):
        if at >= DAY_S:
            break
        answer = _answer(chance)
        turns.append((at, session, size, answer))
        size = min(size + answer + _size(chance, 400), 900_000)
        at += chance.lognormvariate(4.0, 0.7)
    return turns


def _first(chance: random.Random) -> int:
    drawn = chance.random()
    if drawn < LARGE:
        return chance.randint(150_000, 700_000)
    if drawn < LARGE + MEDIUM:
        return chance.randint(33_000, 110_000)
    return _size(chance, 2500)


def _size(chance: random.Random, median: int) -> int:
    return min(24_000, round(median * chance.lognormvariate(0, 0.7)))


def _answer(chance: random.Random) -> int:
    return chance.randint(200, 1500)
