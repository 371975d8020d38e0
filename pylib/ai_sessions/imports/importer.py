"""Importing what agents did without us: new calls in their logs, into sessions of their own.

A project's calls with one agent are one session, `import-<agent>-<project>`. Our own calls are on
record already and left out; what a person said in the same conversation at another time is not.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ai_sessions import names, workers
from ai_sessions.disk import files, locks
from ai_sessions.errors import NotFound
from ai_sessions.imports import Source
from ai_sessions.imports.import_state import ImportState, StateFile, Windows
from ai_sessions.imports.partition import ByFolder, Costs, LogSummary, Partition
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import IMPORTED
from ai_sessions.records import PriceOf
from ai_sessions.store.contract import StoreAt
from ai_sessions.workers import Worker

Partitions = Sequence[Worker[Partition]]

_WAIT_S = 60.0
_LONGEST_SLUG = 60
#: Fewer new bytes than this are read by one process before others have started.
_WORTH_SPLITTING_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came in from the logs of one agent."""

    source: str
    files: int
    calls: int = 0
    sessions: tuple[str, ...] = ()
    cost_nusd: int = 0
    unknown_costs: int = 0
    ours: int = 0
    """Calls that are on record because we made them."""
    unreadable: int = 0
    """Lines that look like calls and cannot be read, and files that cannot be opened."""


@dataclass(slots=True)
class _Selection:
    """The calls that are to be imported."""

    wanted: list[list[int]]
    """Of each log the places of its new calls."""
    folders: dict[str, list[int]]
    """Where agents worked, by their first call there -> for each call the log it is in."""
    ours: int


class Importer:
    """The sessions under `root` and what is known of one agent's logs."""

    def __init__(self, source: Source, root: Path, store_at: StoreAt, price_of: PriceOf) -> None:
        self._source = source
        self._store_at = store_at
        self._price_of = price_of
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
        paths = _oldest_first(logs, self._state_file.under_way(now))
        parts = self._parts(paths, known)
        with workers.started([self._partition() for _ in parts]) as partitions:
            summaries = _read_logs(partitions, parts, paths, known)
            told = ImportResult(
                self._source.name,
                len(logs),
                unreadable=sum(1 if one.state is None else one.bad for one in summaries),
            )
            if any(summary.calls for summary in summaries):
                told = self._with_new_calls(
                    told, partitions, parts, summaries, known, ImportState(before)
                )
        if told.calls or known.logs != before:
            self._state_file.write(known)
        return told

    def _with_new_calls(
        self,
        told: ImportResult,
        partitions: Partitions,
        parts: Sequence[Sequence[int]],
        summaries: Sequence[LogSummary],
        known: ImportState,
        before: ImportState,
    ) -> ImportResult:
        """What `told` becomes with the calls that are new; their marks are kept.

        Should we be killed meanwhile, the next import begins where this one did (`before`) and asks
        the sessions.
        """
        marks = self._state_file.marks(known)
        self._state_file.look_for_ours(known)
        new = _selected(summaries, marks, known.ours)
        if new.folders:
            self._state_file.write(replace(before, ours=known.ours))
        costs, sessions = self._import_calls(partitions, parts, new)
        if new.folders or not known.whole:
            self._state_file.write_marks(marks)
        known.whole = True
        return replace(
            told,
            calls=costs.calls,
            sessions=tuple(sorted(sessions)),
            cost_nusd=costs.cost_nusd,
            unknown_costs=costs.unknown_costs,
            ours=new.ours,
        )

    def _partition(self) -> Partition:
        return Partition(self._source, self._store_at, self._price_of)

    def _parts(self, paths: Sequence[Path], known: ImportState) -> list[list[int]]:
        """Places of the logs in `paths`, for as many partitions as are worth it.

        The logs of a project stay together, because what is in them goes into one session.
        """
        waiting = [self._source.waiting(one, known.logs.get(str(one), {})) for one in paths]
        if sum(waiting) < _WORTH_SPLITTING_BYTES or workers.cores() < 2:
            return [list(range(len(paths)))]
        groups: dict[str, list[int]] = {}
        for place, path in enumerate(paths):
            groups.setdefault(self._source.project(path), []).append(place)
        return _dealt(groups.values(), waiting, workers.cores())

    def _import_calls(
        self,
        partitions: Partitions,
        parts: Sequence[Sequence[int]],
        new: _Selection,
    ) -> tuple[Costs, list[str]]:
        """Put the new calls into sessions: what they cost, and into which."""
        for partition, part in zip(partitions, parts, strict=True):
            partition.ask(Partition.keep, [new.wanted[place] for place in part])
        partition_of = {place: number for number, part in enumerate(parts) for place in part}
        homes = {
            folder: Counter(partition_of[place] for place in places)
            for folder, places in new.folders.items()
        }
        sessions = self._names(homes)
        named = dict(zip(homes, sessions, strict=True))
        return _stored(partitions, homes, named), sessions

    def _names(self, folders: Iterable[str]) -> list[str]:
        """A session for each; two folders of the same last name get different ones."""
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


def _selected(summaries: Sequence[LogSummary], marks: set[bytes], ours: Windows) -> _Selection:
    """The calls that are neither in nor ours; their marks are added."""
    wanted: list[list[int]] = [[] for _ in summaries]
    new: list[tuple[str, str, int]] = []
    count = 0
    for place, summary in enumerate(summaries):
        for number, (mark, session, at, folder) in enumerate(summary.calls):
            if any(begun <= at <= ended for begun, ended in ours.get(session, ())):
                count += 1
            elif mark not in marks:
                marks.add(mark)
                wanted[place].append(number)
                new.append((at, folder, place))
    folders: dict[str, list[int]] = {}
    for _at, folder, place in sorted(new):
        folders.setdefault(folder, []).append(place)
    return _Selection(wanted, folders, count)


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
) -> list[LogSummary]:
    """What is new in each of the logs; where they were left is noted in `known`."""
    logs = [(path, known.logs.get(str(path), {})) for path in paths]
    asked = [
        partition.ask(Partition.read, [logs[place] for place in part])
        for partition, part in zip(partitions, parts, strict=True)
    ]
    summaries = [LogSummary([])] * len(paths)
    for part, answer in zip(parts, asked, strict=True):
        for place, summary in zip(part, answer(), strict=True):
            summaries[place] = summary
    for path, summary in zip(paths, summaries, strict=True):
        if summary.state is not None:
            known.logs[str(path)] = summary.state
    return summaries


def _stored(
    partitions: Partitions,
    homes: Mapping[str, Counter[int]],
    named: Mapping[str, str],
) -> Costs:
    """A folder's calls are stored by the partition with most of them; others hand theirs over."""
    owners = {folder: counts.most_common(1)[0][0] for folder, counts in homes.items()}
    answers = []
    for number, partition in enumerate(partitions):
        own = {folder: named[folder] for folder, owner in owners.items() if owner == number}
        more: ByFolder = {}
        for other, peer in enumerate(partitions):
            theirs = [one for one in own if other != number and other in homes[one]]
            if theirs:
                for folder, calls in peer.ask(Partition.hand_over, theirs)().items():
                    more.setdefault(folder, []).extend(calls)
        answers.append(partition.ask(Partition.store, own, more))
    return sum((answer() for answer in answers), Costs())


def _oldest_first(logs: Iterable[Path], is_busy: Callable[[Path], bool]) -> list[Path]:
    times: list[tuple[float, Path]] = []
    for path in logs:
        try:
            times.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    return [path for _at, path in sorted(times) if not is_busy(path)]
