"""Models that may be chosen among, and the pools they share: what a provider gives, and to whom.

Data with a source and a date, in `rotation.json`; a user's own file adds to it and wins.
"""

from __future__ import annotations

from dataclasses import field

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Period as Period  # noqa: PLC0414 (re-exported)
from ai_sessions.records import Unit as Unit  # noqa: PLC0414 (re-exported)


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
    """The setting that holds its key; a pool without a key is absent."""
    limits: tuple[PoolLimit, ...] = ()
    is_free: bool = False
    """The user says that nothing is billed here: its models of `free_tier` are free."""
    note: str = ""
    source: str = ""
    date: str = ""
    """RFC 3339 day on which this was read at the source."""


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
    """Of tools, vision, json; empty: not known, which excludes nothing."""
    retired: str = ""
    """RFC 3339 day from which its provider serves it no more; empty: it is served."""
    is_last_resort: bool = False
    """Only when nothing else is left: `openrouter/free` chooses among free models by itself."""
    source: str = ""
    date: str = ""

    @property
    def key(self) -> str:
        """Its name among all pools: `openrouter:deepseek/deepseek-r1:free`."""
        return f"{self.pool}:{self.id}"
