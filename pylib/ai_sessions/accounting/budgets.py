"""Limits on money: what is left before a call, when to warn, when to refuse.

A limit holds for one call, or for all calls of a task, feature, session, model, day or month. What
was spent is passed in, so the caller decides where the record of it is and who holds the lock. A
call whose price nobody knows counts as nothing, and is told, because zero would be a guess.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from ai_sessions import times
from ai_sessions.accounting.reports import moment_of
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import nano, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo
    from typing import Any

    Plain = Mapping[str, Any]

#: What a limit can hold for.
SCOPES = ("call", "task", "feature", "session", "day", "month", "model")
#: From this part of a limit on it is said how much is left.
WARN_AT = Decimal("0.8")
#: A call beside others may cost so many times the dearest one so far, or that part of what is left.
_TIMES_DEAREST = 2
_PART_OF_LEFT = 2
#: Tenths of what a call holds that it is told: an agent stops only after the answer that passed it.
_TENTHS_TOLD = 9


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `nusd` nano-dollars within `scope`. `model`: for which one, only with that scope."""

    scope: str
    nusd: int
    model: str = ""

    @property
    def label(self) -> str:
        return f"model {self.model}" if self.model else self.scope


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent within one limit, and how many of those calls have no known price."""

    limit: Limit
    nusd: int = 0
    unknown: int = 0

    @property
    def left_nusd(self) -> int:
        return max(0, self.limit.nusd - self.nusd)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a call may still cost; `left_nusd` None: there is no limit. `warnings`: for a person."""

    left_nusd: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is about to be made, as far as limits care."""

    at: datetime
    session: str = ""
    feature: str = ""
    task: str = ""
    project: str = ""
    model: str = ""
    provider: str = ""
    purpose: str = ""
    least_nusd: int | None = None
    """What it costs at the very least; None: nobody knows its price."""
    obeys: bool = False
    """It is made by who stops by itself at what it is told that it may cost."""


@dataclass(frozen=True, slots=True)
class Room:
    """Whether there is room for a call beside those under way.

    `held_nusd`: what it should hold until it is on record. `capped`: it cannot cost more than that.
    `waits_for`: which of the others has to end first; None: there is room now.
    """

    allowance: Allowance
    held_nusd: int = 0
    capped: bool = False
    waits_for: Plain | None = None


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


def spent(
    limits: Iterable[Limit], calls: Iterable[Plain], upcoming: Call, zone: tzinfo | None
) -> tuple[Spent, ...]:
    """What earlier calls used of each limit that holds for the upcoming one.

    `calls`: as `index.calls.spent` tells them. `zone`: whose days and months; None: this machine's.
    Day and month limits count every session; a task's count its feature's calls in the same
    repository.
    """
    holding = holding_for(limits, upcoming)
    sums = [[0, 0] for _ in holding]
    for one in calls if any(limit.scope != "call" for limit in holding) else ():
        for limit, pair in zip(holding, sums, strict=True):
            if _counts(limit, one, upcoming, zone):
                pair[0] += one["cost_nusd"] or 0
                pair[1] += one["cost_nusd"] is None
    return tuple(Spent(limit, *pair) for limit, pair in zip(holding, sums, strict=True))


def holding_for(limits: Iterable[Limit], upcoming: Call) -> tuple[Limit, ...]:
    """The limits that the upcoming call must keep."""
    return tuple(limit for limit in limits if _holds(limit, upcoming))


def room(
    limits: Iterable[Limit],
    calls: Sequence[Plain],
    held: Sequence[Plain],
    upcoming: Call,
    zone: tzinfo | None,
) -> Room:
    """Whether the upcoming call fits, beside what calls under way hold (`held`, like `calls`).

    What all hold together is never more than what is left, and at most one of them may cost more
    than it holds, so a limit is passed by one call at most. That one is the first to come; the
    others are told what they hold, or wait when they would not obey. Raises `LimitReached` when a
    limit is used up, or when it leaves less than such calls usually cost, or than the least.
    """
    limits = tuple(limits)
    found = spent(limits, calls, upcoming, zone)
    allowed = allowance(found)
    if allowed.left_nusd is None:
        return Room(allowed)
    check_fits(allowed, upcoming.least_nusd)
    shared = [one.limit for one in found if one.limit.scope != "call"]
    check_fits(allowance(one for one in found if one.limit in shared), usual(calls, upcoming))
    others = [one for one in held if any(_counts(limit, one, upcoming, zone) for limit in shared)]
    left = min(one.left_nusd for one in spent(limits, [*calls, *others], upcoming, zone))
    dearest = _dearest(calls, upcoming)
    if all(one["capped"] for one in others):
        place, fits = _uncapped(left, allowed, dearest)
    else:
        place, fits = _capped(left, allowed, dearest, upcoming.obeys)
    return place if fits else replace(place, waits_for=max(others, key=_is_in_the_way))


def _uncapped(left_nusd: int, allowed: Allowance, dearest: int | None) -> tuple[Room, bool]:
    """For the one call that may cost more than it holds: all that is left if it has to.

    It holds what the dearest one cost; the very first all that is left, as nobody can tell.
    """
    most = allowed.left_nusd or 0
    held = most if dearest is None else min(dearest, most)
    room = Room(Allowance(left_nusd, allowed.warnings), held, capped=dearest == 0)
    return room, held <= left_nusd


def _capped(
    left_nusd: int, allowed: Allowance, dearest: int | None, obeys: bool
) -> tuple[Room, bool]:
    """For a call beside that one: it must not cost more than it holds."""
    if dearest == 0:  # of who costs nothing, or nobody knows what
        return Room(Allowance(left_nusd, allowed.warnings), 0, capped=True), True
    needed = _TIMES_DEAREST * (dearest or 0)
    held = min(left_nusd, max(needed, left_nusd // _PART_OF_LEFT))
    told = Allowance(held * _TENTHS_TOLD // 10, allowed.warnings)
    return Room(told, held, capped=True), obeys and dearest is not None and held >= needed


def _is_in_the_way(other: Plain) -> tuple[bool, int]:
    """The one without a cap before others, then the one that holds most."""
    return not other["capped"], other["cost_nusd"]


def usual(calls: Iterable[Plain], upcoming: Call) -> int | None:
    """The middle cost of earlier calls of that provider for that purpose; None: there are none."""
    known = sorted(
        one["cost_nusd"]
        for one in _similar(calls, upcoming)
        if one["cost_nusd"] is not None and one.get("purpose") == upcoming.purpose
    )
    return known[len(known) // 2] if known else None


def allowance(found: Iterable[Spent], hint: str = "") -> Allowance:
    """What the next call may cost: the least that any limit leaves. `hint`: how to raise one.

    Raises `LimitReached` when one is used up. A call is stopped by its own limit only where the
    provider can (`Quirks.takes_budget`), so a limit is overshot by one call at most.
    """
    entries = tuple(found)
    for one in entries:
        if one.left_nusd == 0:
            raise LimitReached(
                f"the {one.limit.label} budget is used up: {_state(one)}",
                hint or _raise_it(one.limit),
            )
    left = min((one.left_nusd for one in entries), default=None)
    return Allowance(left, tuple(text for one in entries for text in _warnings(one)))


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
    )


def _similar(calls: Iterable[Plain], upcoming: Call) -> Iterable[Plain]:
    return (one for one in calls if one.get("provider") == upcoming.provider)


def _dearest(calls: Iterable[Plain], upcoming: Call) -> int | None:
    """0: such calls are free, or nobody knows their price. None: there was none, or the model has
    a price now.
    """
    told = [one for one in _similar(calls, upcoming) if one["cost_nusd"] or _is_answered(one)]
    most = max((one["cost_nusd"] or 0 for one in told), default=None)
    return None if most == 0 and upcoming.least_nusd else most


def _is_answered(one: Plain) -> bool:
    """A call that failed before it cost anything tells nothing about others."""
    return bool(one.get("status", "ok") == "ok")


def _holds(limit: Limit, upcoming: Call) -> bool:
    """A limit on something the call has none of (no task, another model) does not hold for it."""
    if limit.scope == "model":
        return _same_model(limit.model, upcoming.model)
    return limit.scope in {"call", "day", "month"} or bool(getattr(upcoming, limit.scope))


def _counts(limit: Limit, one: Plain, upcoming: Call, zone: tzinfo | None) -> bool:
    scope = limit.scope
    if scope in {"day", "month"}:
        return _period(one, zone, scope) == _written(upcoming.at, zone, scope)
    if scope == "model":
        return _same_model(limit.model, one["model"])
    if scope == "session":
        return bool(one["session"] == upcoming.session)
    keys = {"feature": ("project", "feature"), "task": ("project", "feature", "task")}.get(scope)
    return bool(keys) and all(one.get(key, "") == getattr(upcoming, key) for key in keys or ())


def _same_model(named: str, model: str) -> bool:
    """A family's bare name covers every model of it: `opus` covers `claude-opus-4-1`."""
    name = model.lower()
    return bool(name) and (named.lower() == name or f"-{named.lower()}-" in f"-{name}-")


def _period(one: Plain, zone: tzinfo | None, scope: str) -> str:
    at = moment_of(one)
    return _written(at, zone, scope) if at else ""


def _written(at: datetime, zone: tzinfo | None, scope: str) -> str:
    return times.day(at, zone) if scope == "day" else times.month(at, zone)


def _warnings(one: Spent) -> Iterable[str]:
    if one.nusd >= one.limit.nusd * WARN_AT:
        yield f"{one.limit.label} budget: {_state(one)}, {shown(one.left_nusd)} left"
    if one.unknown:
        yield f"{one.limit.label} budget: calls without a known price, not counted: {one.unknown}"


def _state(one: Spent) -> str:
    return f"{shown(one.nusd)} of {shown(one.limit.nusd)} spent"


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
