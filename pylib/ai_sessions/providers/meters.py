"""What an agent's call has used so far, as the agent's own log tells it.

Agents write each answer of their model into a log of their own as they go, those of sub-agents
included. It tells what a call has used that never came to its end, when one has cost all that it
may, and what each answer cost by itself: a rate depends on the size of one request, not of a run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.accounting import pricing
from ai_sessions.imports.costs import cost_of
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import shown
from ai_sessions.providers.contract import Request
from ai_sessions.records import Cost, Usage, stamp

if TYPE_CHECKING:
    from ai_sessions.imports.contract import Past, Source, State
    from ai_sessions.records import PriceOf

Shares = Mapping[str, Usage]
#: Nano-dollars so far; None: nobody knows.
Spent = Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Used:
    """What calls of a model used, and what each model cost where that is known."""

    shares: Shares = field(default_factory=dict)
    cost: Cost = Cost()
    costs: Mapping[str, int] = field(default_factory=dict)

    @property
    def usage(self) -> Usage:
        return sum(self.shares.values(), Usage())

    @property
    def model(self) -> str:
        """The one that did most; empty when there is none."""
        return max(self.shares, key=lambda one: self.shares[one].total_tokens, default="")


class Meter:
    """The calls of one run in its agent's log: those since `began`, in one conversation."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        name: str,
        environment: Mapping[str, str],
        began: datetime,
        seen: State,
    ) -> None:
        """`seen`: where to begin in a log that is not read from its beginning."""
        self._sources, self._name, self._environment = sources, name, environment
        self._began, self._seen = stamp(began.astimezone(UTC)), seen
        self._states: dict[Path, State] = {}
        self._calls: dict[str, Past] = {}

    def calls(self, conversation: str) -> list[Past]:
        """What there is by now."""
        for call in self._read(conversation):
            if call.session == conversation and call.at >= self._began:
                self._calls[call.id] = call
        return list(self._calls.values())

    def _read(self, conversation: str) -> Iterator[Past]:
        """What is new in the log; a log that cannot be read has nothing."""
        if not conversation:
            return
        source = self._sources[self._name]
        for path in source.conversation(self._environment, conversation):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found = source.read(path, self._states.get(path, self._seen))
                self._states[path] = found.state
                yield from found.calls


def of(name: str, environment: Mapping[str, str], began: datetime) -> Meter:
    """The meter of an agent's run that begins, or began, at a time. Raises `KeyError` for one whose
    logs we cannot read.
    """
    from ai_sessions.imports import NAMES, SOURCES

    if name not in NAMES:
        raise KeyError(name)
    seen = {"updated": int(began.timestamp() * 1000)} if name == "opencode" else {}
    return Meter(SOURCES, name, environment, began, seen)


def between(
    environment: Mapping[str, str],
    price_of: PriceOf | None,
    name: str,
    conversation: str,
    since: datetime,
    until: datetime,
) -> Used:
    """What a conversation used from a time to another; nothing for who has no logs that we read."""
    try:
        calls = of(name, environment, since).calls(conversation)
    except KeyError:
        return Used()
    last = stamp(until.astimezone(UTC))
    return used([one for one in calls if one.at <= last], price_of)


def used(calls: Iterable[Past], price_of: PriceOf | None = None) -> Used:
    """Their sums; one that nobody knows the price of makes the cost unknown. `price_of` None: by
    the price table.
    """
    shares: dict[str, Usage] = {}
    costs: dict[str, int] = {}
    sources = set()
    is_known = True
    for call in calls:
        shares[call.model] = shares.get(call.model, Usage()) + call.usage
        cost = cost_of(call, price_of or pricing.price_of)
        is_known = is_known and cost.nusd is not None
        costs[call.model] = costs.get(call.model, 0) + (cost.nusd or 0)
        sources.add(cost.source)
    if not (shares and is_known):
        return Used(shares)
    return Used(shares, Cost(sum(costs.values()), "+".join(sorted(sources))), costs)


def fuller(told: Used, logged: Used) -> Used:
    """What an agent's output told, or its log where that has as much: it has sub-agents, too, and
    each answer apart.
    """
    return told if told.usage.total_tokens > logged.usage.total_tokens else logged


def fuller_by_model(told: Shares, logged: Used, request: Request) -> Used:
    """The same for each model where the output has all of the log's, as it may have more."""
    if not set(logged.shares) < set(told):
        return fuller(priced(told, request), logged)
    rest = {model: usage for model, usage in told.items() if model not in logged.shares}
    own = {model: told[model] for model in logged.shares}
    return together(fuller(priced(own, request), logged), priced(rest, request))


def priced(shares: Shares, request: Request) -> Used:
    """Sums of several answers, which are all that is known of them, by the price table."""
    price, now = request.price_of or pricing.price_of, request.now()
    costs = {model: price(usage, model, now) for model, usage in shares.items()}
    known = {model: cost.nusd for model, cost in costs.items() if cost.nusd is not None}
    if not shares or len(known) < len(costs):
        return Used(shares)
    sources = sorted({cost.source for cost in costs.values()})
    return Used(shares, Cost(sum(known.values()), "+".join(sources)), known)


def together(one: Used, other: Used) -> Used:
    """Both; a cost that is not known makes that of both unknown."""
    if not (one.shares and other.shares):
        return one if one.shares else other
    shares = dict(one.shares)
    for model, usage in other.shares.items():
        shares[model] = shares.get(model, Usage()) + usage
    if one.cost.nusd is None or other.cost.nusd is None:
        return Used(shares)
    costs = dict(one.costs)
    for model, nusd in other.costs.items():
        costs[model] = costs.get(model, 0) + nusd
    source = "+".join(sorted({*one.cost.source.split("+"), *other.cost.source.split("+")}))
    return Used(shares, Cost(one.cost.nusd + other.cost.nusd, source), costs)


def stop(request: Request, spent: Spent) -> Callable[[], str]:
    """What tells a running call to stop, and why: it has cost all that it may."""
    most = request.budget_nusd

    def why() -> str:
        if most is None:
            return ""
        cost = spent()
        if cost is None or cost < most:
            return ""
        return f"it was stopped: it has cost {shown(cost)}, and might cost {shown(most)}"

    return why
