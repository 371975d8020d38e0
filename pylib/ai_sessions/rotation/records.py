"""What rotation reads and says: what a call needs, how models stand, and how they are ranked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, Protocol

from ai_sessions.catalog.rotation import ModelEntry, Period, Pool, Unit
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Status
from ai_sessions.records import Told as Told  # noqa: PLC0414 (re-exported)

#: Tokens of an answer as a rule, for quotas of tokens.
TYPICAL_ANSWER = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is asked: at a pool, with one account of the user's."""

    pool: Pool
    model: ModelEntry
    account: str = ""
    """The mark of the server and key, as `HasAccount` says; empty: the usual login."""
    has_key: bool = True

    @property
    def quota(self) -> str:
        """The quota that all models of the account share."""
        return f"quota:{self.pool.name}#{self.account}"

    @property
    def billed_quota(self) -> str:
        """What those of its models share that cost money: credit, or a limit of spending."""
        return f"{self.quota}$"

    @property
    def own_quota(self) -> str:
        """The quota of this model alone."""
        return f"{self.quota}/{self.model.id}"


@dataclass(frozen=True, slots=True)
class Need:
    """What a call takes. Tokens are estimates until a server has counted them."""

    prompt_tokens: int = 0
    """Of the question, with what cannot be cut."""
    answer_tokens: int = 0
    """Kept free for the answer, which is shorter as a rule."""
    history_tokens: int = 0
    """Of the conversation so far, of which as much is told as there is room for."""
    tools: bool = False
    vision: bool = False
    json: bool = False
    large_context: bool = False
    """A large window is preferred, though not needed."""
    free_only: bool = False
    """Nothing may be paid for this call."""

    @property
    def tokens(self) -> int:
        """What it takes of a quota, as a rule."""
        answer = min(self.answer_tokens, TYPICAL_ANSWER)
        return self.prompt_tokens + self.history_tokens + answer

    @property
    def least_window(self) -> int:
        """Tokens that a model has to hold at least."""
        return self.prompt_tokens + self.answer_tokens


@dataclass(frozen=True, slots=True)
class WindowState:
    """How one limit stands. `used` counts what is on record, `held` calls under way."""

    pool: str
    """The quota's name in the ledger: of an account, or of one model there."""
    unit: Unit
    period: Period
    limit: int | None
    """None: nobody knows."""
    used: int = 0
    held: int = 0
    begins_at: datetime | None = None
    resets_at: datetime | None = None
    """None: nobody knows. Of a rolling window: when the oldest part of it ends."""
    origin: str = "written"
    rolling_s: int = 0
    """Length of a rolling window."""

    @property
    def left(self) -> int | None:
        """What may still be held, never below 0; None: nobody knows."""
        return None if self.limit is None else max(0, self.limit - self.used - self.held)


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is known of how a model has answered."""

    requests_today: int = 0
    """In the day of its pool."""
    tokens_today: int = 0
    successes: float = 0.0
    """Answered calls, each worth less the older it is; so are failures."""
    failures: float = 0.0
    success_rate: float = 1.0
    """Of all time, 0 to 1; 1.0 before its first call."""
    avg_latency_ms: float = 0.0
    """Of all time; 0.0 before its first call."""
    latency_s: float = 0.0
    """Mean of late, old calls worth less, on a logarithmic scale; 0.0: no answered call yet."""
    fail_seconds: float = 0.0
    """How long a failure takes as a rule; 0.0: none yet."""
    failures_in_a_row: int = 0
    trips: int = 0
    """How often in a row its breaker has opened."""
    limited_in_a_row: int = 0
    """Bare refusals for a limit since it answered last; each doubles the pause."""
    open_until: datetime | None = None
    """No call before then; None: it may be called."""
    why: str = ""
    """What opened it, for people: `404 No endpoints found`."""
    is_off: bool = False
    """`open_until` is a statement of its provider, not a guess: it is not probed before."""
    counted_at: datetime | None = None
    """When the counts that decay were brought up to date last."""
    probe_until: datetime | None = None
    """A call under way tries whether it answers again: no second one before then."""
    calls: float = 0.0
    """Calls, each worth half a day later; so are those that no other candidate could hold."""
    sole_calls: float = 0.0
    known_since: datetime | None = None
    """When its first call ended."""
    has_billed: bool = False
    """Its server has said that the last answer costs money."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was used of a model, as the assistant's statistics and their file have it."""

    requests: int = 0
    """Of all time; so are `tokens`."""
    tokens: int = 0
    day_requests: int = 0
    """In the day of `last_used`, which need not be today; so are `day_tokens`."""
    day_tokens: int = 0
    avg_latency_ms: float = 0.0
    success_rate: float = 1.0
    """Of all time, 0 to 1; 1.0 before its first call."""
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be chosen, in the order of the user's list."""

    model: ModelEntry
    state: ModelState = field(default_factory=ModelState)
    windows: tuple[WindowState, ...] = ()
    """Every limit that a call of it counts in."""
    favourite: bool = False
    value: float | None = None
    """What an answer of it is worth, 0 to 1; None: by `favourite`."""
    has_key: bool = True
    enabled: bool = True
    price_nusd: int | None = 0
    """Of a call of this need; None: nobody knows."""

    @property
    def key(self) -> str:
        return self.model.key


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate as a strategy sees it."""

    model: str
    """`ModelEntry.key`."""
    score: float
    terms: Mapping[str, float] = field(default_factory=dict)
    """What the score is the sum of: `{"base": 100, "usage": -1.8, "success": 19.64, …}`."""
    excluded: str = ""
    """Why it may not answer; empty: it may."""


class Strategy(Protocol):
    """An order of candidates. One file each in `strategies/`."""

    name: str

    def rank(
        self,
        candidates: Sequence[Candidate],
        need: Need,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        current: str = "",
        draw: Callable[[float, float], float] | None = None,
    ) -> tuple[Ranked, ...]:
        """All candidates, the best first and those that may not answer last.

        `tried`: models that were asked for this request already. `current`: the model of the
        conversation so far. `draw`: a sample of Beta(a, b); None: its mean.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended."""

    status: Status
    at: datetime
    http: int = 0
    """Status code of the answer; 0: there was none."""
    tokens: int = 0
    latency_ms: int = 0
    cost_nusd: int | None = None
    message: str = ""
    """What was said of the failure."""
    until: datetime | None = None
    """When calls are taken again, where that was told."""
    was_sent: bool = True
    """False: it never left this machine."""
    sole: bool = False
    """No other candidate could hold this call (`filters.sole`)."""
    billed: bool = False
    """Its server has said that it costs money."""

    @property
    def ok(self) -> bool:
        return self.status == "ok"


@dataclass(frozen=True, slots=True)
class Mark:
    """What follows from a call that was not answered."""

    scope: Literal["none", "minute", "day", "model", "pool", "key", "breaker"]
    """What is closed: the minute or the day of the limit it names, the model, the whole pool, its
    key, or the model by its breaker."""
    until: datetime | None = None
    why: str = ""
    counts_as_failure: bool = False
    then: Literal["next", "larger", "stop"] = "next"
    """Ask another model, one with a larger window, or nobody."""
    uses_attempt: bool = True
    """False: the next model is asked as if this one had not been."""
    quota: str = ""
    """The quota whose window it closes until then; empty: of none, the model alone pauses."""
    is_guess: bool = False
    """Nobody told `until`: one call tries then whether it answers again, before others do."""
