"""What an agent's call has cost so far, for agents that tell it at the end or take no limit.

Some write each answer of their model into a log of their own as they go. Read along, it tells what
a call has used that never came to its end, and when one has cost all that it may.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.accounting import pricing
from ai_sessions.money import shown
from ai_sessions.providers.contract import Request
from ai_sessions.records import Usage

if TYPE_CHECKING:
    from ai_sessions.imports.contract import Past, Source, State
    from ai_sessions.records import PriceOf

Shares = Mapping[str, Usage]
#: Nano-dollars so far; None: nobody knows.
Spent = Callable[[], int | None]


class Meter:
    """The calls that are new in an agent's log of one conversation, from `begin` on.

    `key`: what the names of its log files end with, made from the conversation's id. `moves`: each
    run may begin a file of its own.
    """

    def __init__(
        self,
        source: Source,
        environment: Mapping[str, str],
        key: Callable[[str], str],
        *,
        moves: bool = False,
    ) -> None:
        self._source, self._environment = source, environment
        self._key, self._moves = key, moves
        self._states: dict[Path, State] = {}
        self._before: set[str] = set()
        self._calls: dict[str, Past] = {}

    def begin(self, conversation: str) -> None:
        """What is there now was used before."""
        self._before = {call.id for call in self._read(conversation)}

    def shares(self, conversation: str) -> dict[str, Usage]:
        """What was used since, by model."""
        self._calls.update({call.id: call for call in self._read(conversation)})
        found: dict[str, Usage] = {}
        for id_, call in self._calls.items():
            if id_ not in self._before:
                found[call.model] = found.get(call.model, Usage()) + call.usage
        return found

    def _read(self, conversation: str) -> Iterator[Past]:
        """What is new in the log; a log that cannot be read has nothing."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for path in self._files(conversation):
                found = self._source.read(path, self._states.get(path, {}))
                self._states[path] = found.state
                for past in found.calls:
                    if past.session == conversation:
                        yield past

    def _files(self, conversation: str) -> list[Path]:
        """Searching folders takes time, so what was found is not searched for again."""
        if not conversation:
            return []
        if self._states and not self._moves:
            return list(self._states)
        key = self._key(conversation)
        return [one for one in self._source.files(self._environment) if one.stem.endswith(key)]


def cost_of(shares: Shares, price_of: PriceOf | None = None) -> int | None:
    """None when a model has no known price. `price_of` None: by the price table."""
    now = datetime.now(UTC)
    price = price_of or pricing.price_of
    costs = [price(usage, model, now).nusd for model, usage in shares.items()]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


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
