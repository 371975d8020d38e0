"""Importing what agents did without us: new calls in their logs, into sessions of their own.

A project's calls with one agent are one session, `import-<agent>-<project>`. Our own calls are on
record already and left out; what a person said in the same conversation at another time is not.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import names, times, workers
from ai_sessions.disk import files, locks
from ai_sessions.errors import NotFound
from ai_sessions.imports import Source
from ai_sessions.imports.import_state import ImportState, StateFile
from ai_sessions.imports.partition import (
    MARK_BYTES,
    ByProject,
    Compiled,
    Costs,
    Kept,
    Partition,
    ReadSummary,
    Windows,
)
from ai_sessions.imports.results import ImportResult
from ai_sessions.names import IMPORTED
from ai_sessions.records import PriceOf, Usage
from ai_sessions.store.contract import StoreAt
from ai_sessions.workers import Worker

if TYPE_CHECKING:
    from ai_sessions.accounting.pricing import PriceOfCounts

Partitions = Sequence[Worker[Partition]]

_WAIT_S = 60.0
_LONGEST_SLUG = 60
#: Fewer new bytes than this are read by one process before others have started.
_WORTH_SPLITTING_BYTES = 32 << 20


class Importer:
    """The sessions under `root` and what is known of one agent's logs."""

    def __init__(
        self,
        source: Source,
        root: Path,
        store_at: StoreAt,
        price_of: PriceOf,
        price_of_counts: PriceOfCounts | None = None,
        sync: Callable[[str], None] = lambda _session: None,
        compiled: Compiled | None = None,
    ) -> None:
        """`price_of_counts`: the same as `price_of`, for many calls. `sync`: waits until what was
        written into a session is safe, or without a name which sessions there are, for stores that
        do not do that themselves. `compiled`: the compiled scan, should it be there.
        """
        self._sync, self._compiled = sync, compiled
        self._source = source
        self._store_at = store_at
        self._price_of = price_of
        self._price_of_counts = price_of_counts or _by_counts(price_of)
        self._state_file = StateFile(root, store_at(None), source.name)

    def run(self, logs: Sequence[Path], now: datetime, *, anew: bool = False) -> ImportResult:
        """Import what is new. `anew`: read all logs again; calls that are in stay in once.

        Raises `LockBusy` while another process does the same, `StorageError`.
        """
        if not logs:
            return ImportResult(self._source.name, 0)
        place = self._state_file.place
        with files.reported(place):
            files.make_folders(place.parent)
            what = f"import from {self._source.name}"
            with locks.held(place.with_suffix(".lock"), _WAIT_S, what):
                return self._run(logs, now, anew)

    def _run(self, logs: Sequence[Path], now: datetime, anew: bool) -> ImportResult:
        # anew: the sessions tell which calls are in
        known = ImportState() if anew else self._state_file.read()
        before = dict(known.logs)
        paths, waiting = _oldest_first(logs, self._state_file.under_way(now))
        sizes = [self._source.waiting(one, known.logs.get(str(one), {})) for one in paths]
        parts = self._parts(paths, sizes)
        with workers.started([self._partition(sum(sizes)) for _ in parts]) as partitions:
            summaries = _read_logs(partitions, parts, paths, known)
            told = self._told(len(logs), waiting, summaries)
            if any(summary.marks for summary in summaries):
                told = self._with_new_calls(told, partitions, summaries, known, ImportState(before))
        if told.calls or known.logs != before:
            self._state_file.write(known)
        return told

    def _told(self, count: int, waiting: int, summaries: Sequence[ReadSummary]) -> ImportResult:
        """What was passed over, and why."""
        logs = [log for summary in summaries for log in summary.logs]
        packed = sum(log.is_packed for log in logs)
        return ImportResult(
            self._source.name,
            count,
            unreadable=sum(log.bad for log in logs),
            unreadable_files=sum(log.state is None for log in logs) - packed,
            packed_files=packed,
            waiting_files=waiting,
        )

    def _with_new_calls(
        self,
        told: ImportResult,
        partitions: Partitions,
        summaries: Sequence[ReadSummary],
        known: ImportState,
        before: ImportState,
    ) -> ImportResult:
        """What `told` becomes with the calls that are new; their marks are kept.

        Should we be killed meanwhile, the next import begins where this one did (`before`) and asks
        the sessions.
        """
        marks = self._state_file.marks(known)
        self._state_file.look_for_ours(known)
        kept = _kept(partitions, summaries, marks, known.ours)
        new = b"".join(one.marks for one in kept)
        if new:
            self._state_file.write(replace(before, ours=known.ours))
        homes, sessions = self._homes(kept)
        costs = _stored(partitions, homes, dict(zip(homes, sessions, strict=True)))
        if sessions:
            self._sync("")
        if new or not known.whole:
            self._state_file.write_marks([marks, new])
        known.whole = True
        return replace(
            told,
            calls=costs.calls,
            sessions=tuple(sorted(sessions)),
            cost_nusd=costs.cost_nusd,
            unknown_costs=costs.unknown_costs,
            ours=sum(one.ours for one in kept),
        )

    def _homes(self, kept: Sequence[Kept]) -> tuple[dict[str, Counter[int]], list[str]]:
        """The projects by their first calls, how many calls each partition has of them, and their
        sessions.
        """
        first: dict[str, str] = {}
        homes: dict[str, Counter[int]] = {}
        for number, one in enumerate(kept):
            for project, (at, count) in one.projects.items():
                first[project] = min(at, first.get(project, at))
                homes.setdefault(project, Counter())[number] = count
        ordered = sorted(homes, key=lambda project: (first[project], project))
        return {project: homes[project] for project in ordered}, self._names(ordered)

    def _partition(self, size: int) -> Partition:
        prices = self._price_of, self._price_of_counts
        return Partition(self._source, self._store_at, *prices, self._sync, self._compiled, size)

    def _parts(self, paths: Sequence[Path], sizes: Sequence[int]) -> list[list[int]]:
        """Places of the logs in `paths`, for as many partitions as are worth it. `sizes`: how many
        bytes of each will be read.

        The logs of a project stay together, because what is in them goes into one session.
        """
        if sum(sizes) < _WORTH_SPLITTING_BYTES or workers.cores() < 2:
            return [list(range(len(paths)))]
        groups: dict[str, list[int]] = {}
        for place, path in enumerate(paths):
            groups.setdefault(self._source.project(path), []).append(place)
        return _dealt(groups.values(), sizes, workers.cores())

    def _names(self, folders: Iterable[str]) -> list[str]:
        """A session for each; two projects of the same last name get different ones."""
        found: list[str] = []
        for folder in folders:
            slug = names.derive(Path(folder).name or "unknown", _LONGEST_SLUG)
            name = f"{IMPORTED}-{self._source.name}-{slug}"
            if name in found or not self._is_of(name, folder):
                digest = hashlib.sha256(folder.encode("utf-8", "replace")).hexdigest()
                name = f"{name}-{digest[:8]}"
            found.append(name)
        return found

    def _is_of(self, name: str, folder: str) -> bool:
        try:
            about = self._store_at(None).read(name).about
        except NotFound:
            return True
        return (about.command, about.project) == (IMPORTED, folder)


def _by_counts(price_of: PriceOf) -> PriceOfCounts:
    made: Callable[..., Usage] = Usage
    return lambda counts, model, at: price_of(made(*counts), model, times.parsed(at))


def _kept(
    partitions: Partitions, summaries: Sequence[ReadSummary], known: bytes, ours: Windows
) -> list[Kept]:
    """What is left in each partition of calls that are neither in nor ours. A call that several
    have is kept by the one with the oldest log of it.
    """
    in_already = _marks_in(known)
    found = [_marks_in(one.marks) for one in summaries]
    unwanted = [_as_bytes(in_already & marks) for marks in found]
    for number, later in itertools.combinations(range(len(found)), 2):
        if both := _as_bytes((found[number] & found[later]) - in_already):
            logs = [partitions[one].ask(Partition.logs_of, both)() for one in (number, later)]
            for mark in both:
                loser = number if logs[0][mark] > logs[1][mark] else later
                unwanted[loser] |= {mark}
    asked = [
        partition.ask(
            Partition.keep,
            unwanted[number],
            {one: ours[one] for one in summaries[number].conversations & ours.keys()},
        )
        for number, partition in enumerate(partitions)
    ]
    return [answer() for answer in asked]


def _marks_in(raw: bytes) -> frozenset[int]:
    """As numbers, which sets are made of in a third of the time."""
    return frozenset(array("Q", raw[: len(raw) // MARK_BYTES * MARK_BYTES]))


def _as_bytes(marks: Iterable[int]) -> frozenset[bytes]:
    return frozenset(mark.to_bytes(MARK_BYTES, sys.byteorder) for mark in marks)


def _dealt(groups: Iterable[list[int]], sizes: Sequence[int], most: int) -> list[list[int]]:
    """The groups, the largest first, each to whoever has least; `most` parts or fewer."""
    parts: list[list[int]] = [[] for _ in range(most)]
    loads = [0] * most
    for group in sorted(groups, key=lambda one: sum(sizes[place] for place in one), reverse=True):
        least = loads.index(min(loads))
        parts[least] += group
        loads[least] += sum(sizes[place] for place in group)
    return [sorted(part) for part in parts if part]


def _read_logs(
    partitions: Partitions,
    parts: Sequence[Sequence[int]],
    paths: Sequence[Path],
    known: ImportState,
) -> list[ReadSummary]:
    """What is new in each partition's logs; where they were left is noted in `known`."""
    logs = [(number, path, known.logs.get(str(path), {})) for number, path in enumerate(paths)]
    asked = [
        partition.ask(Partition.read, [logs[place] for place in part])
        for partition, part in zip(partitions, parts, strict=True)
    ]
    summaries = [answer() for answer in asked]
    for part, summary in zip(parts, summaries, strict=True):
        for place, log in zip(part, summary.logs, strict=True):
            if log.state is not None:
                known.logs[str(paths[place])] = log.state
    return summaries


def _stored(
    partitions: Partitions,
    homes: Mapping[str, Counter[int]],
    named: Mapping[str, str],
) -> Costs:
    """A project's calls are stored by the partition with most of them; others hand theirs over."""
    owners = {project: counts.most_common(1)[0][0] for project, counts in homes.items()}
    answers = []
    for number, partition in enumerate(partitions):
        own = {project: named[project] for project, owner in owners.items() if owner == number}
        more: ByProject = {}
        for other, peer in enumerate(partitions):
            theirs = [one for one in own if other != number and other in homes[one]]
            if theirs:
                for project, calls in peer.ask(Partition.hand_over, theirs)().items():
                    more.setdefault(project, []).extend(calls)
        answers.append(partition.ask(Partition.store, own, more))
    return sum((answer() for answer in answers), Costs())


def _oldest_first(logs: Iterable[Path], is_busy: Callable[[Path], bool]) -> tuple[list[Path], int]:
    """The logs, the one that was written to first before the others; how many have to wait,
    because they may be of a call of ours.
    """
    written: list[tuple[float, Path]] = []
    for path in logs:
        try:
            written.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    ready = [path for _at, path in sorted(written) if not is_busy(path)]
    return ready, len(written) - len(ready)
