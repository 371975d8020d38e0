"""The product's own ledger as a book of the simulation: slower, and the real thing."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from days import DEADLINE_S
from ruled import BEGIN, instant
from worlds import FAVOURITE, World, places

from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.records import Told
from ai_sessions.rotation.records import Candidate, Need, Outcome


class Booked:
    """Every call is two transactions before it and two after it, as in the product."""

    def __init__(self, world: World) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.places = {place.model.id: place for place in places(world)}
        self._favourites = {one.name for one in world.models if one.value == FAVOURITE}
        self._quotas = Quotas(ledger_at(Path(self._folder.name), is_safe=False), lambda: BEGIN)

    def candidates(self, at_s: float) -> tuple[Candidate, ...]:
        found = self._quotas.candidates(tuple(self.places.values()), instant(at_s))
        return tuple(replace(one, favourite=one.model.id in self._favourites) for one in found)

    def hold(
        self, call: str, name: str, need: Need, at_s: float, *, is_strict: bool = True
    ) -> bool:
        return self._quotas.reserve(call, self.places[name], need, DEADLINE_S, instant(at_s))

    def settle(self, call: str, name: str, outcome: Outcome, begun_s: float) -> None:
        if outcome.http == 429:
            self._quotas.release(call)
        else:
            self._quotas.settle(call, outcome.tokens, outcome.at)
        self._quotas.learn(self.places[name], outcome, outcome.at)

    def hear(self, name: str, limit: int, left: int, at_s: float) -> None:
        place = self.places[name]
        model = "" if place.pool.limits else name
        told = Told("requests", "day", limit=limit, used=limit - left, model=model)
        self._quotas.note(place, (told,), instant(at_s))
