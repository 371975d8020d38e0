"""What each part of `paced` is worth: regret in each scenario without it, beside regret with it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from unittest import mock

from days import Policy
from ruled import Ledger, Ruled
from table import Found, mean
from worlds import World

from ai_sessions.rotation import learning
from ai_sessions.rotation.records import Candidate, Need, Ranked
from ai_sessions.rotation.strategies import paced

_FOR_EVER = 1e12
#: What is another number in `paced` and `learning`.
_CONSTANTS: Mapping[str, tuple[object, Mapping[str, object]]] = {
    "pace 0": (paced, {"_PACE": 0.0}),
    "pace x 2": (paced, {"_PACE": 2 * paced._PACE}),
    "pace x 4": (paced, {"_PACE": 4 * paced._PACE}),
    "protection": (paced, {"protected": lambda _candidates, _now: frozenset()}),
    "continuation": (paced, {"ATTEMPTS": 1}),
    "stickiness": (paced, {"_STICKY": 0.0}),
    "decay": (learning, {"HALF_LIFE_S": _FOR_EVER}),
    "decay 4 h": (learning, {"HALF_LIFE_S": 4 * learning.HALF_LIFE_S}),
    "seconds": (paced, {"_SECOND": 0.0}),
}


class _Changed:
    """`paced` with what it reads or what it is given changed."""

    name = "paced"

    def __init__(self, given: Callable[[Candidate], Candidate] = lambda one: one) -> None:
        self._given, self._paced = given, paced.Paced()

    def rank(
        self, candidates: Sequence[Candidate], need: Need, now, *, tried=(), current="", draw=None
    ) -> tuple[Ranked, ...]:
        seen = [self._given(one) for one in candidates]
        return self._paced.rank(seen, need, now, tried=tried, current=current, draw=draw)


class _Patched(Ruled):
    """A policy under which some constants of the rules are others."""

    def __init__(self, where: object, values: Mapping[str, object], *rest) -> None:
        super().__init__(*rest)
        self._where, self._values = where, values

    def choose(self, *arguments) -> str:
        with mock.patch.multiple(self._where, **self._values):
            return super().choose(*arguments)

    def ended(self, *arguments) -> None:
        with mock.patch.multiple(self._where, **self._values):
            super().ended(*arguments)


def _without_breaker(candidate: Candidate) -> Candidate:
    state = candidate.state
    if state.is_off or state.limited_in_a_row:
        return candidate
    return replace(candidate, state=replace(state, open_until=None, probe_until=None))


def _without_window(candidate: Candidate) -> Candidate:
    return replace(candidate, model=replace(candidate.model, window=None))


def _given(change: Callable[[Candidate], Candidate], world: World, seed: int) -> list[Policy]:
    return [Ruled(_Changed(change), Ledger(world), seed)]


def _patched(name: str, world: World, seed: int) -> list[Policy]:
    where, values = _CONSTANTS[name]
    return [_Patched(where, values, _Changed(), Ledger(world), seed)]


class _Mean(Ruled):
    """By the mean of what a model may do, not by a sample of it."""

    def __init__(self, *rest) -> None:
        super().__init__(*rest)
        self.draw = None


PARTS: Mapping[str, Callable[[World, int], Sequence[Policy]]] = {
    "paced": partial(_given, lambda one: one),
    "breaker": partial(_given, _without_breaker),
    "window filter": partial(_given, _without_window),
    "chance": lambda world, seed: [_Mean(_Changed(), Ledger(world), seed)],
    **{name: partial(_patched, name) for name in _CONSTANTS},
}


def text(found: Found, scenarios: Sequence[str]) -> str:
    """Regret of paced, then how much more there is of it when a part is left out or changed."""
    rows = [f"{'regret %, failed':16}  {'  '.join(f'{name:>12}' for name in scenarios)}"]
    for part in PARTS:
        cells = [_cell(found, part, name) for name in scenarios]
        rows.append(f"{part:16}  {'  '.join(cells)}")
    rows.append(f"{'(noise of a mean)':16}  {'  '.join(_noise(found, one) for one in scenarios)}")
    return "\n".join(rows)


def _cell(found: Found, part: str, scenario: str) -> str:
    regret, failed = (mean(found[part, scenario], what) for what in ("regret", "failed"))
    if part == "paced":
        return f"{regret:6.2f} {failed:5.0f}"
    less = mean(found["paced", scenario], "regret")
    return f"{regret - less:+6.2f} {failed:5.0f}"


def _noise(found: Found, scenario: str) -> str:
    values = [one.regret for one in found["paced", scenario]]
    spread = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{spread:6.2f}      "
