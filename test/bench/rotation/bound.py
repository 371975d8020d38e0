"""The most that anybody could get out of a day: a fluid bound, by which regret is measured.

It knows the requests, the outages and the true limits beforehand, may split calls, and asks again
as often as it likes: a linear program whose value no strategy exceeds in expectation. It is solved
by its dual. Each limit of a day has a price; at given prices every minute is a greedy choice, as
the requests that models can hold lie within one another. Weak duality makes any prices a bound,
so that an inexact search only makes the bound, and with it everybody's regret, larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from demand import Request
from worlds import SECOND, SIGMA, World

#: Limits of a day that have a price are named by a model or an account.
Prices = dict[str, float]
#: Rounds of the search, the length of its first step, and how much shorter each further one is.
ROUNDS, STEP, SHORTER = 400, 0.5, 0.98


@dataclass(frozen=True)
class Way:
    """An answer of one model at some time: what it is worth, the calls it takes, and the most."""

    model: str
    pool: str
    worth: float
    calls: float
    most: float
    levels: tuple[tuple[int, int], ...]
    """Each window that holds what this one holds: its place, and the requests that fit it."""


@dataclass(frozen=True)
class Bound:
    worth: float
    served: float
    """Share of the requests that can be answered at most, whatever they are worth."""


def bound(world: World, asked: Sequence[Request], rounds: int = ROUNDS) -> Bound:
    groups, limits = _groups(world, asked), _limits(world)
    counted = tuple(tuple(replace(way, worth=1.0) for way in ways) for ways in groups)
    served = _least(counted, limits, rounds) / max(1, len(asked))
    return Bound(_least(groups, limits, rounds), served)


def _least(groups: Sequence[tuple[Way, ...]], limits: Mapping[str, float], rounds: int) -> float:
    """The lowest bound found: each is what the best day is worth at some prices, and the prices."""
    prices, best = dict.fromkeys(limits, 0.0), math.inf
    for number in range(rounds):
        worth, calls = _best_at(groups, prices)
        best = min(best, worth + sum(prices[name] * limits[name] for name in limits))
        _step(prices, limits, calls, STEP * SHORTER**number)
    return best


def _step(
    prices: Prices, limits: Mapping[str, float], calls: Mapping[str, float], length: float
) -> None:
    """Raise the price of what is asked for too much, lower the others; none below 0."""
    slopes = {name: calls[name] - limit for name, limit in limits.items()}
    slopes = {name: slope for name, slope in slopes.items() if slope > 0 or prices[name] > 0}
    size = math.hypot(*slopes.values()) or 1.0
    for name, slope in slopes.items():
        prices[name] = max(0.0, prices[name] + length * slope / size)


def _best_at(groups: Sequence[tuple[Way, ...]], prices: Prices) -> tuple[float, dict[str, float]]:
    worth, calls = 0.0, dict.fromkeys(prices, 0.0)
    for ways in groups:
        for way, net, amount in _taken(ways, prices):
            worth += net * amount
            calls[way.model] += way.calls * amount
            if way.pool:
                calls[way.pool] += way.calls * amount
    return worth, calls


def _taken(ways: Sequence[Way], prices: Prices) -> Iterator[tuple[Way, float, float]]:
    """Dearest first; what a model takes counts in every window that holds its requests, too."""
    used = [0.0] * len(ways)
    for net, way in sorted([(_net(way, prices), way) for way in ways], key=_first):
        if net <= 0:
            return
        amount = min(way.most, *(room - used[at] for at, room in way.levels))
        if amount > 0:
            for at, _ in way.levels:
                used[at] += amount
            yield way, net, amount


def _net(way: Way, prices: Prices) -> float:
    return way.worth - way.calls * (prices[way.model] + prices.get(way.pool, 0.0))


def _first(pair: tuple[float, Way]) -> float:
    return -pair[0]


def _limits(world: World) -> dict[str, float]:
    limits = {model.name: float(model.per_day) for model in world.models}
    for name, account in world.accounts.items():
        limits[name] = float(account.per_day - account.others)
    return limits


def _groups(world: World, asked: Sequence[Request]) -> tuple[tuple[Way, ...], ...]:
    """Minutes alike in one, and those in which a model's limit may bind each by itself."""
    minutes: dict[int, list[Request]] = {}
    for request in asked:
        minutes.setdefault(int(request.at_s // 60), []).append(request)
    least = min(model.per_minute for model in world.models)
    alike: dict[tuple[tuple[float, float], ...], list[Request]] = {}
    groups = []
    for minute, those in minutes.items():
        if len(those) > 0.8 * least:
            groups.append(_ways(world, minute * 60, those, by_minute=True))
        else:
            state = tuple(world.truth(model, minute * 60) for model in world.models)
            alike.setdefault(state, []).extend(those)
    groups += [_ways(world, those[0].at_s, those, by_minute=False) for those in alike.values()]
    return tuple(groups)


def _ways(
    world: World, at_s: float, those: Sequence[Request], *, by_minute: bool
) -> tuple[Way, ...]:
    windows = sorted({model.window for model in world.models})
    fits = [sum(request.tokens <= window for request in those) for window in windows]
    ways, mean = [], math.exp(SIGMA**2 / 2)
    for model in world.models:
        success, fail_s = world.truth(model, at_s)
        if success <= 0:
            continue
        failed = (1 - success) / success * fail_s * mean
        worth = model.value - SECOND * (model.latency_s * mean + failed)
        most = model.per_minute * success if by_minute else math.inf
        levels = tuple((at, fits[at]) for at, one in enumerate(windows) if one >= model.window)
        ways.append(Way(model.name, model.pool, worth, 1 / success, most, levels))
    return tuple(ways)
