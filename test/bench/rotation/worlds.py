"""The truth that strategies do not see: five models, how they answer, and what they are limited to.

Each scenario changes one thing of the same world. A day begins at 00:00 UTC and has one reset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ai_sessions.catalog.rotation import ModelEntry, Pool, PoolLimit
from ai_sessions.rotation.records import Place

DAY_S = 86_400
#: What a second of waiting takes from the worth of an answer, and the spread of latencies.
SECOND, SIGMA = 0.01, 0.35
FAVOURITE, OTHER = 1.0, 0.85
MILLION, MIDDLE, SMALL = 1_000_000, 131_072, 32_768


@dataclass(frozen=True)
class Model:
    """One model as it really is. `pool`: the account whose limits it shares with others."""

    name: str
    window: int
    success: float
    latency_s: float
    fail_s: float
    per_day: int = 1000
    per_minute: int = 20
    pool: str = ""
    value: float = OTHER
    written_per_day: int | None = None
    """What the catalog says, where that is not the truth."""
    tells: bool = False
    """Every answer says how much of the day's limit is left."""


@dataclass(frozen=True)
class Outage:
    """From one second of the day to another a model answers only so often."""

    model: str
    begin_s: int
    end_s: int
    success: float
    fail_s: float


@dataclass(frozen=True)
class Account:
    """What all models of one account share, with another client that nobody tells us of."""

    per_day: int
    per_minute: int
    others: int = 0
    """Calls of the other client in a day."""
    others_from_s: int = 7 * 3600
    others_to_s: int = 21 * 3600


@dataclass(frozen=True)
class World:
    name: str
    requests: int
    models: tuple[Model, ...]
    outages: tuple[Outage, ...] = ()
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def truth(self, model: Model, at_s: float) -> tuple[float, float]:
        """How often it answers at that second, and how long a failure takes."""
        for outage in self.outages:
            if outage.model == model.name and outage.begin_s <= at_s < outage.end_s:
                return outage.success, outage.fail_s
        return model.success, model.fail_s


#: The favourite alone has the large window; limits differ, as those of free tiers do. A quick
#: model is overloaded and the slow one is sure; in the scenario `quick` it is the other way round.
MODELS = (
    Model("flash", MILLION, 0.970, 2.5, 4.0, 1200, 15, value=FAVOURITE),
    Model("reason", MIDDLE, 0.965, 3.5, 6.0, 600, 20),
    Model("llama", MIDDLE, 0.980, 1.2, 2.0, 2000, 30),
    Model("mistral", SMALL, 0.800, 1.8, 12.0, 400, 20),
    Model("nemotron", MIDDLE, 0.960, 3.0, 5.0, 800, 20),
)
SURE = {"mistral": 0.980, "reason": 0.800}
OUTAGES = (
    Outage("flash", 10 * 3600, 11 * 3600, 0.0, 1.0),
    Outage("llama", 14 * 3600, 16 * 3600, 0.05, 20.0),
    Outage("nemotron", 9 * 3600, 12 * 3600, 0.5, 5.0),
    Outage("reason", 16 * 3600, 19 * 3600, 0.0, 30.0),
)
#: What a catalog that is out of date says of limits of a day.
WRITTEN = {"flash": 1500, "llama": 1400, "mistral": 1000}
SHARED = ("flash", "reason", "nemotron")


def world(name: str, share: float = 1.0) -> World:
    """A scenario by its name, with this share of its requests and limits."""
    found = _WORLDS[name]
    if share == 1.0:
        return found
    return replace(
        found,
        requests=round(found.requests * share),
        models=tuple(_less(model, share) for model in found.models),
        accounts={
            key: replace(one, per_day=round(one.per_day * share), others=round(one.others * share))
            for key, one in found.accounts.items()
        },
    )


def _less(model: Model, share: float) -> Model:
    written = model.written_per_day
    return replace(
        model,
        per_day=round(model.per_day * share),
        written_per_day=None if written is None else round(written * share),
    )


def _drifted(model: Model) -> Model:
    written = WRITTEN.get(model.name)
    return replace(model, written_per_day=written, tells=model.name == "llama")


def _shared(model: Model) -> Model:
    return replace(model, pool="account", tells=True) if model.name in SHARED else model


def _quick(model: Model) -> Model:
    return replace(model, success=SURE.get(model.name, model.success))


_WORLDS = {
    "slack": World("slack", 2000, MODELS),
    "outages": World("outages", 2600, MODELS, OUTAGES),
    "tight": World("tight", 4150, MODELS),
    "quick": World("quick", 4150, tuple(map(_quick, MODELS))),
    "overload": World("overload", 6650, MODELS),
    "shared": World(
        "shared",
        3400,
        tuple(map(_shared, MODELS)),
        OUTAGES[1:3],
        {"account": Account(per_day=2200, per_minute=40, others=700)},
    ),
    "drift": World("drift", 4150, tuple(map(_drifted, MODELS))),
}
NAMES = tuple(_WORLDS)


def places(world: World) -> tuple[Place, ...]:
    """The models as our catalog writes them down, in the order of the user's list."""
    return tuple(Place(_pool(world, model), _entry(model), "account") for model in world.models)


def _pool(world: World, model: Model) -> Pool:
    account = world.accounts.get(model.pool)
    limits = () if account is None else _limits(account.per_day, account.per_minute)
    return Pool(model.pool or model.name, model.name, "http://localhost", limits=limits)


def _entry(model: Model) -> ModelEntry:
    per_day = model.written_per_day or model.per_day
    limits = _limits(per_day, model.per_minute)
    pool = model.pool or model.name
    return ModelEntry(model.name, model.name, pool, model.window, free=True, limits=limits)


def _limits(per_day: int, per_minute: int) -> tuple[PoolLimit, ...]:
    return PoolLimit("requests", "day", per_day), PoolLimit("requests", "minute", per_minute)
