"""A part of an agent's logs, which one process imports: its calls are read, priced and stored.

Partitions work in processes of their own at the same time. So each keeps its calls, and tells only
what must be known to decide which of them are wanted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from sys import intern

from ai_sessions import times
from ai_sessions.imports import Past, Source, cost_of
from ai_sessions.imports.contract import State
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import IMPORTED
from ai_sessions.records import About, PriceOf
from ai_sessions.store.contract import Store, StoreAt
from ai_sessions.store.entries import past_call

#: Where an agent worked -> its calls there.
ByFolder = dict[str, list[Past]]

#: A call as far as others must know it: its mark, its conversation, when, and where.
CallSummary = tuple[bytes, str, str, str]

#: Of a call's id; two of 10 million ids are the same once in 400,000 lives.
MARK_BYTES = 8
_BATCH = 2000
_WRITERS = 2


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What is new in one log. `state` None: it could not be opened."""

    calls: list[CallSummary]
    state: State | None = None
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls cost. `unknown_costs`: those whose price nobody knows."""

    calls: int = 0
    cost_nusd: int = 0
    unknown_costs: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(
            self.calls + other.calls,
            self.cost_nusd + other.cost_nusd,
            self.unknown_costs + other.unknown_costs,
        )


class Partition:
    """The calls of some logs, from `read` on."""

    def __init__(self, source: Source, store_at: StoreAt, price_of: PriceOf) -> None:
        self._source = source
        self._store_at = store_at
        self._price_of = price_of
        self._found: list[Sequence[Past]] = []
        self._kept: ByFolder = {}

    def read(self, logs: Sequence[tuple[Path, State]]) -> list[LogSummary]:
        """What is new in each log since its state."""
        return [self._read(path, state) for path, state in logs]

    def _read(self, path: Path, state: State) -> LogSummary:
        try:
            found = self._source.read(path, state)
        except OSError:
            self._found.append(())
            return LogSummary([])
        self._found.append(found.calls)
        return LogSummary([_summary(one) for one in found.calls], found.state, found.bad)

    def keep(self, wanted: Sequence[Sequence[int]]) -> None:
        """Of each log the calls at these places; the others are forgotten."""
        for found, places in zip(self._found, wanted, strict=True):
            for at in places:
                self._kept.setdefault(found[at].folder, []).append(found[at])
        self._found = []

    def hand_over(self, folders: Iterable[str]) -> ByFolder:
        """The calls of folders that another partition puts into their sessions."""
        return {folder: self._kept.pop(folder) for folder in folders}

    def store(self, names: Mapping[str, str], more: ByFolder) -> Costs:
        """Append what is kept to the sessions of `names`, by folder, with `more` of others.

        Writing waits for the disk most of the time, so two sessions are written at once.
        """
        for folder, calls in more.items():
            self._kept.setdefault(folder, []).extend(calls)
        folders = [folder for folder in names if folder in self._kept]
        with ThreadPoolExecutor(_WRITERS) as pool:
            costs = pool.map(self._store, (names[one] for one in folders), folders)
            return sum(costs, Costs())

    def _store(self, name: str, folder: str) -> Costs:
        calls = sorted(self._kept.pop(folder), key=attrgetter("at"))
        store = self._store_at(times.parsed(calls[0].at))
        store.ensure(name, About(IMPORTED, "", folder))
        return sum(
            (
                self._appended(store, name, calls[start : start + _BATCH])
                for start in range(0, len(calls), _BATCH)
            ),
            Costs(),
        )

    def _appended(self, store: Store, name: str, calls: Sequence[Past]) -> Costs:
        costs = [cost_of(one, self._price_of) for one in calls]
        store.append(name, list(map(past_call, calls, costs)))
        known = [one.nusd for one in costs if one.nusd is not None]
        return Costs(len(costs), sum(known), len(costs) - len(known))


def _summary(one: Past) -> CallSummary:
    return mark_of(one.id), intern(one.session), one.at, intern(one.folder)


def mark_of(id_: str) -> bytes:
    """A call's id, short enough to remember all there ever were."""
    return hashlib.blake2b(id_.encode("utf-8", "replace"), digest_size=MARK_BYTES).digest()
