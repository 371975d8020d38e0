"""Limits on money: what is left before a call, when to warn, when to refuse.

A limit holds for one call, or for all calls of a task, feature, session, model, day or month. What
was used of each, and what calls under way hold, is passed in: the ledger knows it. A call whose
price nobody knows counts as nothing, and is told, because zero would be a guess.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from ai_sessions import catalog, names
from ai_sessions.catalog.table import plain_name
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import nano, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from ai_sessions.ledger.contract import Earlier, Holder

#: What a limit can hold for.
SCOPES = ("call", "task", "feature", "session", "day", "month", "model")
#: Names by which agents choose a model by themselves.
_ANY_MODEL = ("auto", "best", "default", "opusplan")
#: Whose models an agent uses; the others use anybody's.
_MAKERS = {"claude": "anthropic", "codex": "openai", "gemini": "google"}
#: From this part of a limit on it is said how much is left.
WARN_AT = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `nusd` nano-dollars within `scope`. `model`: for which one, only with that scope.

    `known_nusd`: what was spent of it in any case, where more is known than a ledger of one machine
    has. `hint`: how to raise it; empty: by its setting.
    """

    scope: str
    nusd: int
    model: str = ""
    known_nusd: int = 0
    hint: str = ""

    @property
    def label(self) -> str:
        return f"model {self.model}" if self.model else self.scope


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent within one limit, and what calls under way hold of it.

    `unpriced`: calls without a known price, which count as nothing; `presumed`: calls of which
    nobody knows what they used, which count as what they held.
    """

    limit: Limit
    nusd: int = 0
    unpriced: int = 0
    presumed: int = 0
    held: int = 0
    until: str = ""
    """When its period ends, and all of it is free again (RFC 3339); empty: it never does."""

    @property
    def left_nusd(self) -> int:
        return max(0, self.limit.nusd - self.nusd)

    @property
    def free_nusd(self) -> int:
        """What is left and not held."""
        return max(0, self.left_nusd - self.held)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a call may still cost; `left_nusd` None: there is no limit. `warnings`: for a person."""

    left_nusd: int | None = None
    warnings: tuple[str, ...] = ()
    budget: str = ""
    """What the limit that leaves the least is for, and when its period ends."""
    until: str = ""


@dataclass(slots=True)
class Reserved:
    """What is reserved for a call. `called`: set by who makes it, from when on it may cost."""

    allowance: Allowance = Allowance()
    called: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is about to be made, as far as limits care."""

    at: datetime
    session: str = ""
    uid: str = ""
    """Of the session; empty when none is kept."""
    command: str = ""
    feature: str = ""
    task: str = ""
    project: str = ""
    model: str = ""
    """The one that most likely answers."""
    provider: str = ""
    purpose: str = ""
    least_nusd: int | None = None
    """What it costs at the very least; None: nobody knows its price."""
    obeys: bool = False
    """It is made by who stops by itself at what it is told that it may cost."""
    asked: str = ""
    """The name that it is asked by, where that is not the one of `model`: an alias."""
    is_free: bool = False
    """Nobody is billed for its model, whatever is used: no limit on money is for it."""


@dataclass(frozen=True, slots=True)
class Room:
    """Whether there is room for a call beside those under way.

    `held_nusd`: what it holds until it is on record. `open`: it may cost more than that.
    `waits_for`: which of the others has to end first; None: there is room now.
    """

    allowance: Allowance
    held_nusd: int = 0
    open: bool = False
    waits_for: Holder | None = None


def limits_of(settings: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Limits as a user writes them: `{day: 5, feature: "12.50", models: {opus: 3}}`, in dollars.

    Raises `ConfigError` naming the scope and the value that is no amount above 0.
    """
    plain = [
        Limit(_scope(name), _amount(name, value))
        for name, value in settings.items()
        if name != "models"
    ]
    models = settings.get("models") or {}
    if not isinstance(models, dict):
        raise ConfigError(f"budget models={models!r} is not a map", "for example: {opus: 3}")
    own = [Limit("model", _amount(name, value), str(name)) for name, value in models.items()]
    return (*plain, *own)


def holding_for(limits: Iterable[Limit], upcoming: Call) -> tuple[Limit, ...]:
    """The limits that the upcoming call must keep."""
    return tuple(limit for limit in limits if _holds(limit, upcoming))


def expected(earlier: Earlier, upcoming: Call) -> int | None:
    """What the call will cost, as earlier ones of its kind did on average; None: nobody can tell.

    A model that has a price is not free because its provider was until now.
    """
    mean = earlier.mean_nusd
    return None if mean == 0 and upcoming.least_nusd else mean


def room(
    found: Sequence[Spent], holders: Sequence[Holder], upcoming: Call, earlier: Earlier
) -> Room:
    """Whether the upcoming call fits beside those under way.

    The first call may cost all that is left, and holds what it is expected to cost. One beside it
    may cost an equal share of what is left then, and holds that. So all holds together are never
    more than what is left, and only one call may cost more than it holds: a limit is passed by one
    call at most. Raises `LimitReached` when a limit is used up, or when it leaves less than the
    call is expected to cost.
    """
    allowed = allowance(found)
    nusd = expected(earlier, upcoming)
    shared = [one for one in found if one.limit.scope != "call"]
    if allowed.left_nusd is not None:
        check_fits(allowed, upcoming.least_nusd)
        check_fits(allowance(shared), nusd)
    if nusd == 0:
        return Room(allowed)
    if not shared:
        return Room(allowed, nusd or upcoming.least_nusd or 0)
    most = min(one.left_nusd for one in shared)
    free = min(one.free_nusd for one in found)
    if any(holder.open for holder in holders):
        return _beside(free, allowed, holders, upcoming, nusd)
    held = most if nusd is None else nusd
    waits_for = None if held <= min(one.free_nusd for one in shared) else _largest(holders)
    return Room(replace(allowed, left_nusd=free), held, open=True, waits_for=waits_for)


def _beside(
    free_nusd: int,
    allowed: Allowance,
    holders: Sequence[Holder],
    upcoming: Call,
    nusd: int | None,
) -> Room:
    """For a call beside one that may cost all that is left: it must stop at its share."""
    share = free_nusd // (len(holders) + 1)
    fits = upcoming.obeys and nusd is not None and nusd <= share
    first = next(holder for holder in holders if holder.open)
    told = replace(allowed, left_nusd=share)
    return Room(told, share, waits_for=None if fits else first)


def _largest(holders: Sequence[Holder]) -> Holder:
    return max(holders, key=lambda holder: holder.held)


def allowance(found: Iterable[Spent]) -> Allowance:
    """What the next call may cost: the least that any limit leaves.

    Raises `LimitReached` when one is used up. A call is stopped by its own limit only where the
    provider can (`Quirks.takes_budget`), so a limit is overshot by one call at most.
    """
    entries = tuple(found)
    for one in entries:
        if one.left_nusd == 0:
            raise LimitReached(
                f"the {one.limit.label} budget is used up: {_state(one)}{_of_it(one)}",
                one.limit.hint or _raise_it(one.limit),
                budget=one.limit.scope,
                until=one.until,
            )
    warnings = tuple(text for one in entries for text in _warnings(one))
    if not entries:
        return Allowance(None, warnings)
    least = min(entries, key=lambda one: one.left_nusd)
    return Allowance(least.left_nusd, warnings, least.limit.scope, least.until)


def _raise_it(limit: Limit) -> str:
    """Only a day and a month end by themselves."""
    ends = {"day": ", or wait until tomorrow", "month": ", or wait for the next month"}
    return f"raise BUDGET_{limit.scope.upper()}{ends.get(limit.scope, '')}"


def check_fits(allowed: Allowance, expected_nusd: int | None) -> None:
    """Refuse a call that cannot fit: `LimitReached` when it is expected to cost more than is left.

    `expected_nusd` None: nobody can tell, so the call may go on.
    """
    if expected_nusd is None or allowed.left_nusd is None or expected_nusd <= allowed.left_nusd:
        return
    raise LimitReached(
        f"this call would cost about {shown(expected_nusd)}, the budget has "
        f"{shown(allowed.left_nusd)} left",
        "use a cheaper model or raise the budget",
        budget=allowed.budget,
        until=allowed.until,
    )


def _holds(limit: Limit, upcoming: Call) -> bool:
    """A limit on something the call has none of (no task, another model) does not hold for it."""
    if upcoming.is_free:
        return False
    if limit.scope == "model":
        may_be = filter(None, (upcoming.model, upcoming.asked))
        return any(_may_be(name, limit.model, upcoming.provider) for name in may_be)
    return limit.scope in {"call", "day", "month"} or bool(getattr(upcoming, limit.scope))


def is_of(named: str, model: str) -> bool:
    """A family's bare name covers every model of it: `opus` covers `claude-opus-4-1`."""
    return bool(model) and names.is_of_family(model, named)


def resolved(upcoming: Call, last_model: str) -> Call:
    """The call with the model that most likely answers: the one used last, where its name may stand
    for that, or what its name stands for as of this release.
    """
    name, table = upcoming.model, catalog.load()
    found = table.model(name) if name else None
    if found and not table.is_alias(name):
        return upcoming
    if not name or is_of(plain_name(name), last_model):
        model = last_model
    else:
        model = found.id if found else name
    return replace(upcoming, model=model, asked=name)


def _may_be(name: str, limited: str, provider: str) -> bool:
    """Whether the model called `name` may be one that a limit on `limited` is for. A name that says
    no version may be any that has it as a word, because only the provider knows which one it is.
    """
    plain = plain_name(name)
    if is_of(limited, name):
        return True
    table = catalog.load()
    if plain in _ANY_MODEL:
        maker = table.model(limited)
        return maker is None or maker.provider == _MAKERS.get(provider, maker.provider)
    found = table.model(name)
    if found is None or table.is_alias(name):
        return is_of(plain, limited)
    other = None if table.is_alias(limited) else table.model(limited)
    return other is not None and (other.provider, other.id) == (found.provider, found.id)


def _warnings(one: Spent) -> Iterable[str]:
    if one.nusd >= one.limit.nusd * WARN_AT:
        yield f"{one.limit.label} budget: {_state(one)}, {shown(one.left_nusd)} left"
    if one.unpriced:
        yield f"{one.limit.label} budget: calls without a known price, not counted: {one.unpriced}"
    if one.presumed:
        yield f"{one.limit.label} budget: calls cut off, counted as what they held: {one.presumed}"


def _state(one: Spent) -> str:
    return f"{shown(one.nusd)} of {shown(one.limit.nusd)} spent"


def _of_it(one: Spent) -> str:
    """A used-up budget may have gone to a call that cost next to nothing before it was killed."""
    return f", calls cut off counted as what they held: {one.presumed}" if one.presumed else ""


def _scope(name: str) -> str:
    if name in SCOPES and name != "model":
        return name
    allowed = ", ".join(scope for scope in SCOPES if scope != "model")
    raise ConfigError(f"no budget for {name!r}", f"use: {allowed}, models")


def _amount(name: str, value: Any) -> int:
    try:
        dollars = Decimal(str(value))
    except InvalidOperation:
        dollars = Decimal(0)
    if isinstance(value, bool) or not dollars.is_finite() or nano(dollars) <= 0:
        raise ConfigError(
            f"budget {name}={value!r} is not an amount above 0", "write dollars, for example 2.50"
        )
    return nano(dollars)
