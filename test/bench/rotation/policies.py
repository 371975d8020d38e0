"""The rows of the table: who chooses, as one process or as two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from booked import Booked
from days import Policy
from others import OTHERS
from ruled import Ledger, Ruled
from worlds import World

from ai_sessions.rotation import registry
from ai_sessions.rotation.records import Candidate, Need, Ranked, Strategy
from ai_sessions.rotation.strategies import seed as seed_rules

Made = Callable[[World, int], Sequence[Policy]]
Choosers = Mapping[str, Made]


class Unfiltered:
    """The seed's formula by itself, that knows no hard limit."""

    name = "seed"

    def rank(
        self, candidates: Sequence[Candidate], need: Need, now, *, tried=(), current="", draw=None
    ) -> tuple[Ranked, ...]:
        scored = (
            Ranked(
                one.key,
                sum(seed_rules.terms(one, need).values()),
                excluded="was asked already" if one.key in tried else "",
            )
            for one in candidates
        )
        return tuple(sorted(scored, key=lambda one: (bool(one.excluded), -one.score)))


def one(strategy: Strategy, world: World, seed: int, *, is_strict: bool = True) -> list[Policy]:
    return [Ruled(strategy, Ledger(world), seed, is_strict=is_strict)]


def booked(strategy: Strategy, world: World, seed: int) -> list[Policy]:
    return [Ruled(strategy, Booked(world), seed)]


def two(strategy: Strategy, world: World, seed: int, *, ledgers: int = 2) -> list[Policy]:
    """Two processes, each with a ledger of its own or both with one."""
    kept = [Ledger(world) for _ in range(ledgers)]
    return [Ruled(strategy, kept[number % ledgers], seed + number) for number in range(2)]


def other(name: str, world: World, seed: int) -> list[Policy]:
    return [OTHERS[name](world, seed)]


_PACED, _SEED = registry.named("paced"), registry.named("seed")
ALL: Choosers = {
    "seed, formula alone": partial(one, Unfiltered(), is_strict=False),
    "seed": partial(one, _SEED),
    "round-robin, plain": partial(other, "round-robin, plain"),
    "round-robin": partial(one, registry.named("round-robin")),
    "least-used": partial(one, registry.named("least-used")),
    **{name: partial(other, name) for name in OTHERS if name.startswith("LiteLLM")},
    "paced": partial(one, _PACED),
    "paced, 2 processes, 1 ledger": partial(two, _PACED, ledgers=1),
    "paced, 2 processes, 2 ledgers": partial(two, _PACED),
}
#: Those of a small day: the product's ledger takes milliseconds for each call.
SMALL: Choosers = {**ALL, "paced, the product's ledger": partial(booked, _PACED)}
