"""Bringing in what agents did without us: new calls of their logs, into sessions of their own.

A project's calls with one agent are one session, `import-<agent>-<project>`. Our own calls are on
record already and left out; what a person said in the same conversation at another time is not.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ai_sessions import names, sides
from ai_sessions.disk import files, locks
from ai_sessions.errors import NotFound
from ai_sessions.imports import Source
from ai_sessions.names import IMPORTED
from ai_sessions.records import PriceOf
from ai_sessions.sessions.noted import Known, Notes, Windows
from ai_sessions.sessions.shares import Bill, ByFolder, Look, Share, StoreAt
from ai_sessions.sides import Side

_WAIT_S = 60.0
_LONGEST_SLUG = 60
#: Fewer new bytes than this are read by one process before others have started.
_WORTH_SPLITTING_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Gathered:
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
class _New:
    """What of a look is wanted."""

    wanted: list[list[int]]
    """Of each log the places of its new calls."""
    folders: dict[str, list[int]]
    """Where agents worked, by their first call there -> for each call the log it is in."""
    ours: int


class Gatherer:
    """The sessions under `root` and what is known of one agent's logs."""

    def __init__(self, source: Source, root: Path, store_at: StoreAt, price_of: PriceOf) -> None:
        self._source = source
        self._store_at = store_at
        self._price_of = price_of
        self._notes = Notes(root, store_at(None), source.name)

    def gather(self, logs: Sequence[Path], now: datetime, *, anew: bool = False) -> Gathered:
        """Bring in what is new. `anew`: look at everything again; what is in stays in once.

        Raises `LockBusy` while another process does the same, `StorageError`.
        """
        if not logs:
            return Gathered(self._source.name, 0)
        place = self._notes.place
        with files.reported(place):
            files.make_folders(place.parent)
            what = f"import from {self._source.name}"
            with locks.held(place.with_suffix(".lock"), _WAIT_S, what):
                return self._gathered(logs, now, anew)

    def _gathered(self, logs: Sequence[Path], now: datetime, anew: bool) -> Gathered:
        known = Known() if anew else self._notes.read()  # anew: the sessions tell what is in
        before = dict(known.logs)
        paths = _oldest_first(logs, self._notes.busy_since(now))
        parts = self._parts(paths, known)
        with sides.beside([self._share() for _ in parts]) as shares:
            looks = _looks(shares, parts, paths, known)
            told = Gathered(
                self._source.name,
                len(logs),
                unreadable=sum(1 if look.state is None else look.bad for look in looks),
            )
            if any(look.calls for look in looks):
                told = self._taken(told, shares, parts, looks, known, Known(before), now)
        if told.calls or known.logs != before:
            self._notes.write(known)
        return told

    def _taken(
        self,
        told: Gathered,
        shares: Sequence[Side[Share]],
        parts: Sequence[Sequence[int]],
        looks: Sequence[Look],
        known: Known,
        before: Known,
        now: datetime,
    ) -> Gathered:
        """What `told` becomes with the calls that are new; their marks are noted.

        Killed meanwhile, the next look begins where this one did (`before`) and asks the sessions.
        """
        marks = self._notes.marks(known)
        self._notes.look_for_ours(known, now)
        new = _sorted_out(looks, marks, known.ours)
        if new.folders:
            self._notes.write(replace(before, ours=known.ours))
        bill, sessions = self._brought_in(shares, parts, new)
        if new.folders or not known.whole:
            self._notes.write_marks(marks)
        known.whole = True
        return replace(
            told,
            calls=bill.calls,
            sessions=tuple(sorted(sessions)),
            cost_nusd=bill.cost_nusd,
            unknown_costs=bill.unknown_costs,
            ours=new.ours,
        )

    def _share(self) -> Share:
        return Share(self._source, self._store_at, self._price_of)

    def _parts(self, paths: Sequence[Path], known: Known) -> list[list[int]]:
        """Places of the logs in `paths`, for as many shares as are worth it.

        The logs of a project stay together, because what is in them goes into one session.
        """
        waiting = [self._source.waiting(one, known.logs.get(str(one), {})) for one in paths]
        if sum(waiting) < _WORTH_SPLITTING_BYTES or sides.most() < 2:
            return [list(range(len(paths)))]
        groups: dict[str, list[int]] = {}
        for place, path in enumerate(paths):
            groups.setdefault(self._source.project(path), []).append(place)
        return _dealt(groups.values(), waiting, sides.most())

    def _brought_in(
        self, shares: Sequence[Side[Share]], parts: Sequence[Sequence[int]], new: _New
    ) -> tuple[Bill, list[str]]:
        """Put the new calls into sessions: what they cost, and into which."""
        for share, part in zip(shares, parts, strict=True):
            share.ask(Share.keep, [new.wanted[place] for place in part])
        share_of = {place: number for number, part in enumerate(parts) for place in part}
        homes = {
            folder: Counter(share_of[place] for place in places)
            for folder, places in new.folders.items()
        }
        sessions = self._names(homes)
        named = dict(zip(homes, sessions, strict=True))
        return _stored(shares, homes, named), sessions

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


def _sorted_out(looks: Sequence[Look], marks: set[bytes], ours: Windows) -> _New:
    """The calls that are neither in nor ours; their marks are added."""
    wanted: list[list[int]] = [[] for _ in looks]
    new: list[tuple[str, str, int]] = []
    count = 0
    for place, look in enumerate(looks):
        for number, (mark, session, at, folder) in enumerate(look.calls):
            if any(begun <= at <= ended for begun, ended in ours.get(session, ())):
                count += 1
            elif mark not in marks:
                marks.add(mark)
                wanted[place].append(number)
                new.append((at, folder, place))
    folders: dict[str, list[int]] = {}
    for _at, folder, place in sorted(new):
        folders.setdefault(folder, []).append(place)
    return _New(wanted, folders, count)


def _dealt(groups: Iterable[list[int]], sizes: Sequence[int], most: int) -> list[list[int]]:
    """The groups, the largest first, each to whoever has least; `most` parts or fewer."""
    parts: list[list[int]] = [[] for _ in range(most)]
    loads = [0] * most
    for group in sorted(groups, key=lambda one: sum(sizes[place] for place in one), reverse=True):
        least = loads.index(min(loads))
        parts[least] += group
        loads[least] += sum(sizes[place] for place in group)
    return [sorted(part) for part in parts if part]


def _looks(
    shares: Sequence[Side[Share]],
    parts: Sequence[Sequence[int]],
    paths: Sequence[Path],
    known: Known,
) -> list[Look]:
    """What is new in each of the logs; where they were left is noted in `known`."""
    asked = [
        share.ask(Share.read, [(paths[one], known.logs.get(str(paths[one]), {})) for one in part])
        for share, part in zip(shares, parts, strict=True)
    ]
    looks = [Look([])] * len(paths)
    for part, answer in zip(parts, asked, strict=True):
        for place, look in zip(part, answer(), strict=True):
            looks[place] = look
    for path, look in zip(paths, looks, strict=True):
        if look.state is not None:
            known.logs[str(path)] = look.state
    return looks


def _stored(
    shares: Sequence[Side[Share]], homes: Mapping[str, Counter[int]], named: Mapping[str, str]
) -> Bill:
    """A folder's calls are put in by the share that has most of them; others hand theirs over."""
    owners = {folder: counts.most_common(1)[0][0] for folder, counts in homes.items()}
    answers = []
    for number, share in enumerate(shares):
        own = {folder: named[folder] for folder, owner in owners.items() if owner == number}
        more: ByFolder = {}
        for other, neighbour in enumerate(shares):
            theirs = [one for one in own if other != number and other in homes[one]]
            if theirs:
                for folder, calls in neighbour.ask(Share.hand_over, theirs)().items():
                    more.setdefault(folder, []).extend(calls)
        answers.append(share.ask(Share.store, own, more))
    return sum((answer() for answer in answers), Bill())


def _oldest_first(logs: Iterable[Path], busy_since: float) -> list[Path]:
    times: list[tuple[float, Path]] = []
    for path in logs:
        try:
            times.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    return [path for at, path in sorted(times) if at < busy_since]
