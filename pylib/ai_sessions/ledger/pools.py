"""Which pools a call counts in, and what it adds to them."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.ledger.contract import EVER, NUSD, PRESUMED, UNPRICED
from ai_sessions.names import IMPORTED, is_of_family
from ai_sessions.store.totals import costs_of_models

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ai_sessions.ledger.contract import Need, Recorded, Used, Window

    #: Pool, unit, bucket, amount.
    Sum = tuple[str, str, int, int]

ALL = "all"
#: Calls of a kind that have a known cost, beside the nano-dollars that these cost.
ANSWERED = "answered"
_MODEL = "model:"
_KIND = "kind:"
#: Limits of providers, on an account or on one model there: never money of the user's budgets.
_QUOTA = "quota:"
#: Of a model that failed, one call at a time tries whether it answers again. Never used, only held.
PROBE = "probe"
#: Money has buckets of a quarter of an hour: a day of any time zone is a whole number of them.
BUCKET_US = 15 * 60 * 1_000_000
#: Limits of a minute have buckets of their own, under units of their own: `requests/minute`.
MINUTE_US = 60 * 1_000_000
_OF_MINUTES = "/minute"
#: How far back what was used of a quota is kept: two hours of minutes, 45 days of the rest.
_KEPT_MINUTES_US, _KEPT_US = 120 * MINUTE_US, 45 * 1440 * MINUTE_US
_BETWEEN = "\n"


def bucket_of(at: str) -> int:
    """The bucket of a time of our records; that of 1970 when it cannot be read."""
    found = times.microseconds(at) or EVER
    return found - found % BUCKET_US


def model(name: str) -> str:
    return _MODEL + name.lower()


def family(name: str) -> str:
    """All models that have `name` as words of theirs: `opus` is in `claude-opus-4-1`."""
    return f"{_MODEL}{name.lower()}*"


def member(of_family: str) -> str:
    """The pool of the model that a family is named by; empty for what is no family."""
    return of_family.removesuffix("*") if of_family.endswith("*") else ""


def session(uid: str) -> str:
    return f"session:{uid}"


def session_name(name: str) -> str:
    """All sessions that ever had that name."""
    return f"session name:{name}"


def feature(project: str, name: str) -> str:
    return "feature:" + _BETWEEN.join((project, name))


def task(project: str, of_feature: str, name: str) -> str:
    return "task:" + _BETWEEN.join((project, of_feature, name))


def kind(provider: str, purpose: str) -> str:
    """Calls of a provider for a purpose."""
    return _KIND + _BETWEEN.join((provider, purpose))


def is_kind(pool: str) -> bool:
    return pool.startswith(_KIND)


def is_quota(pool: str) -> bool:
    return pool.startswith(_QUOTA)


def quota_unit(unit: str, period: str) -> str:
    """The unit by which the ledger counts a limit of that period."""
    return unit + _OF_MINUTES if period == "minute" else unit


def bucket_us(unit: str) -> int:
    """How long the buckets are in which a quota's unit is counted."""
    return MINUTE_US if unit.endswith(_OF_MINUTES) else BUCKET_US


def kept_us(unit: str) -> int:
    return _KEPT_MINUTES_US if unit.endswith(_OF_MINUTES) else _KEPT_US


def is_in(pool: str, wanted: str) -> bool:
    """Whether a window on `wanted` counts what was used of `pool`."""
    if not wanted.endswith("*"):
        return pool == wanted
    family_name = wanted.removeprefix(_MODEL).removesuffix("*")
    return pool.startswith(_MODEL) and is_of_family(pool.removeprefix(_MODEL), family_name)


def concerns(need: Need, window: Window) -> bool:
    """Whether what a call holds is a part of a window."""
    if need.unit != window.unit or not is_in(need.pool, window.pool):
        return False
    return window.since <= need.bucket < window.until


def part(needs: Iterable[Need], window: Window) -> int:
    """How much one call holds of a window. What it holds of several models is the same money."""
    by_pool: dict[str, int] = {}
    for need in needs:
        if concerns(need, window):
            by_pool[need.pool] = by_pool.get(need.pool, 0) + need.amount
    return max(by_pool.values(), default=0)


def has_room(used: Used, needs: Iterable[Need]) -> bool:
    """Whether a window has room for what a call needs beside what is used and held of it.

    What needs nothing has room, also where a call has used more than it held.
    """
    wanted = part(needs, used.window)
    return not wanted or used.used + used.held + wanted <= used.window.limit


def of_call(call: Recorded) -> dict[str, int]:
    """The pools of a call, each with its bucket. Imported calls are in none: nobody could stop
    them.
    """
    if call.command == IMPORTED:
        return {}
    found = {ALL: bucket_of(call.at)}
    if call.model:
        found[model(call.model)] = EVER
    if call.uid:
        found |= {session(call.uid): EVER, session_name(call.session): EVER}
    if call.feature:
        found[feature(call.project, call.feature)] = EVER
    if call.task:
        found[task(call.project, call.feature, call.task)] = EVER
    return found


def sums(call: Recorded, held_nusd: int) -> Iterator[Sum]:
    """What a call adds to its pools. `held_nusd`: what it held, for one of unknown usage."""
    for pool, bucket in of_call(call).items():
        for unit, amount in _amounts(call, held_nusd).items():
            yield pool, unit, bucket, amount
    yield from _of_other_models(call)
    if call.command != IMPORTED and call.cost_nusd is not None and _tells(call):
        pool = kind(call.provider, call.purpose)
        yield pool, NUSD, EVER, call.cost_nusd
        yield pool, ANSWERED, EVER, 1
    elif call.command != IMPORTED and call.status == "ok":
        yield kind(call.provider, call.purpose), UNPRICED, EVER, 1


def _amounts(call: Recorded, held_nusd: int) -> dict[str, int]:
    if call.cost_nusd is not None:
        return {NUSD: call.cost_nusd}
    is_told = any(call.tokens.values()) and not call.tokens.get("estimated")
    if held_nusd and call.status != "ok" and not is_told:
        return {NUSD: held_nusd, PRESUMED: 1}
    return {UNPRICED: 1}


def _of_other_models(call: Recorded) -> Iterator[Sum]:
    """What a call spent on models other than its own belongs to those."""
    if call.command == IMPORTED or call.cost_nusd is None:
        return
    costs = costs_of_models({"by_model": call.by_model, "cost_nusd": call.cost_nusd})
    for name, nusd in costs.items():
        if name != call.model and nusd:
            yield model(name), NUSD, EVER, nusd
            if call.model:
                yield model(call.model), NUSD, EVER, -nusd


def _tells(call: Recorded) -> bool:
    """A call that failed before it cost anything tells nothing about others."""
    return bool(call.cost_nusd) or call.status == "ok"
