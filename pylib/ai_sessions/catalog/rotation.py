"""Models that may be chosen among, and the pools they share: what a provider gives, and to whom.

Data with a source and a date, in `rotation.json`; a user's own file adds to it and wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from ai_sessions.catalog import shipped
from ai_sessions.errors import NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Period as Period  # noqa: PLC0414 (re-exported)
from ai_sessions.records import Unit as Unit  # noqa: PLC0414 (re-exported)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PoolLimit:
    """At most `amount` of a unit in each span of its own clock.

    `nusd`: nano-dollars. `percent`: of a subscription, which tells nothing else.
    """

    unit: Unit
    period: Period
    amount: int | None = None
    """None: there is a limit, and nobody knows it."""
    zone: str = "UTC"
    """IANA name of the zone whose midnight ends a day."""
    rolling_s: int = 0
    """Length of a rolling window in seconds: 18000 are 5 hours."""
    origin: str = "written"
    """Who says so: written (the catalog), user, header, body, event."""
    free_only: bool = False
    """Only calls of free models count in it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """An account at a provider, whose limits all its models share."""

    name: str
    """As it is written in settings: `openrouter`."""
    title: str
    """For people: `OpenRouter`."""
    url: str
    """Base URL of its OpenAI-compatible API; empty: an agent's subscription."""
    key_variable: str = ""
    """The setting or variable that holds its key; a pool without its key is absent. Empty: it asks
    for none.
    """
    limits: tuple[PoolLimit, ...] = ()
    is_free: bool = False
    """The user says that nothing is billed here: its models of `free_tier` are free."""
    note: str = ""
    source: str = ""
    date: str = ""
    """RFC 3339 day on which this was read at the source."""
    key_url: str = ""
    """Where a key is to be had."""
    default_model: str = ""
    """The model to ask when none is named; empty: the one it serves, if it is one."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as one pool serves it."""

    id: str
    """The provider's own name of it: `deepseek/deepseek-r1:free`."""
    display_name: str
    pool: str
    window: int | None = None
    """Tokens that it holds at once, its answer included; None: not known."""
    best_for: str = ""
    free: bool = False
    """Its provider bills nothing for it, whoever asks: the only ones that `auto:free` takes."""
    free_tier: bool = False
    """It is free for an account without billing, which only its user knows of."""
    limits: tuple[PoolLimit, ...] = ()
    """Of this model alone, beside those of its pool."""
    capabilities: frozenset[str] = field(default_factory=frozenset)
    """Of text, tools, vision, json; empty: not known, which excludes nothing."""
    retired: str = ""
    """RFC 3339 day from which its provider serves it no more; empty: it is served."""
    is_listed: bool = False
    """Only its provider's own list has it."""
    is_last_resort: bool = False
    """Only when nothing else is left: `openrouter/free` chooses among free models by itself."""
    source: str = ""
    date: str = ""

    @property
    def key(self) -> str:
        """Its name among all pools: `openrouter:deepseek/deepseek-r1:free`."""
        return f"{self.pool}:{self.id}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models and pools that are known."""

    pools: Mapping[str, Pool]
    models: tuple[ModelEntry, ...]
    """In the order in which they are offered."""
    top: tuple[str, ...] = ()
    """Keys of the five free models that a new user is offered."""

    def find(self, text: str) -> ModelEntry:
        """The model of a key, or of an id that one pool alone serves.

        Raises `NotFound` with the nearest, or with the pools among which to choose.
        """
        found = [one for one in self.models if text in (one.key, one.id)]
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(one.key for one in found)
            raise NotFound(f"{len(found)} pools serve {text!r}", f"name one of: {keys}")
        raise NotFound(f"no model {text!r} is known", self._hint(text))

    def of(self, pool: str) -> tuple[ModelEntry, ...]:
        """The models that a pool serves."""
        return tuple(one for one in self.models if one.pool == pool)

    def _hint(self, text: str) -> str:
        from ai_sessions.config.spelling import nearest

        near = nearest(text, [name for one in self.models for name in (one.key, one.id)])
        listed = "ai-session.sh models list shows them all"
        return f"did you mean {near}? {listed}" if near else listed


def load(
    user_file: str | Path | None = None, lists: Mapping[str, Mapping[str, Any]] | None = None
) -> Catalog:
    """What this release ships, as pools say themselves (`lists`, see `served`), with what the
    user's own file adds and overrides.

    Raises `ConfigError` for a file that cannot be read, or a wrong value in it.
    """
    raw = shipped.raw()
    if lists:
        from ai_sessions.catalog import served

        raw = served.joined(raw, lists)
    if user_file is not None:
        from ai_sessions.catalog import models_file

        raw = models_file.added(raw, os.fspath(user_file))
    pools = {name: _pool(name, one) for name, one in raw["pools"].items()}
    models = tuple(_model(one, pools[one["pool"]]) for one in raw["models"])
    return Catalog(pools, models, tuple(raw["top"]))


def _pool(name: str, raw: Mapping[str, Any]) -> Pool:
    return Pool(**{"title": name, "url": "", **raw, "name": name, "limits": _limits(raw)})


def _model(raw: Mapping[str, Any], pool: Pool) -> ModelEntry:
    told = {
        "limits": _limits(raw),
        "capabilities": frozenset(raw.get("capabilities", ())),
        "free": raw.get("free", False) or (pool.is_free and raw.get("free_tier", False)),
    }
    return ModelEntry(**{"display_name": raw["id"], **raw, **told})


def _limits(raw: Mapping[str, Any]) -> tuple[PoolLimit, ...]:
    return tuple(PoolLimit(**one) for one in raw.get("limits", ()))
