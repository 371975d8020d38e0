"""Bringing in what agents did without us: new calls of their logs, into sessions of their own.

A project's calls with one agent are one session, `import-<agent>-<project>`. Where each log was
left and which calls are in is kept under SESSION_DIR/.imports; should we be killed between a
session and that note, the sessions themselves tell what is in. Our own calls are on record already
and left out; what a person said in the same conversation at another time is not.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ai_sessions import names, sides
from ai_sessions.disk import files, locks
from ai_sessions.errors import StorageError
from ai_sessions.imports import Source
from ai_sessions.index.rows import rows
from ai_sessions.ledger import IMPORTED
from ai_sessions.records import Interaction, PriceOf, stamp
from ai_sessions.sessions.shares import MARK_BYTES, Bill, Look, Share, StoreAt, mark_of
from ai_sessions.sides import Side
from ai_sessions.store import checkpoints, journal

Plain = dict[str, Any]
#: When a call of ours was under way (RFC 3339, from and to), by the agent's id of the conversation.
Windows = dict[str, list[tuple[str, str]]]

FOLDER = ".imports"
_SCHEMA = 1
_WAIT_S = 60.0
_LONGEST_SLUG = 60
_LARGEST_BYTES = 1 << 30
#: Fewer new bytes than this are read by one process before others have started.
_WORTH_SPLITTING_BYTES = 32 << 20
#: A call that was begun longer ago will not be answered any more.
_UNDER_WAY = timedelta(days=1)
#: How far an agent's clock may be from ours at the ends of a call.
_SLACK = timedelta(seconds=2)


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
class _Known:
    """What earlier looks left: where each log ends, and which calls are in."""

    logs: dict[str, Plain] = field(default_factory=dict)
    ours: Windows = field(default_factory=dict)
    looked: str = ""
    """`last_used` of the session of ours that was used last when we looked."""
    whole: bool = False
    """The list of marks is complete; False: the sessions must be asked."""


@dataclass(slots=True)
class _New:
    """What of a look is wanted."""

    wanted: list[list[int]]
    """Of each log the places of its new calls."""
    folders: dict[str, list[int]]
    """Where agents worked, by their first call there -> for each call the log it is in."""
    ours: int

    @property
    def count(self) -> int:
        return sum(map(len, self.wanted))


class Gatherer:
    """The sessions under `root` and what is known of one agent's logs."""

    def __init__(self, source: Source, root: Path, store_at: StoreAt, price_of: PriceOf) -> None:
        self._source = source
        self._root = root
        self._store_at = store_at
        self._price_of = price_of
        self._place = root / FOLDER / source.name

    def gather(self, logs: Sequence[Path], now: datetime, *, anew: bool = False) -> Gathered:
        """Bring in what is new. `anew`: look at everything again; what is in stays in once.

        Raises `LockBusy` while another process does the same, `StorageError`.
        """
        if not logs:
            return Gathered(self._source.name, 0)
        with files.reported(self._place):
            files.make_folders(self._place.parent)
            what = f"import from {self._source.name}"
            with locks.held(self._place.with_suffix(".lock"), _WAIT_S, what):
                return self._gathered(logs, now, anew)

    def _gathered(self, logs: Sequence[Path], now: datetime, anew: bool) -> Gathered:
        known = self._known()
        if anew:
            known = _Known()  # the sessions tell what is in
        before = dict(known.logs)
        paths = _oldest_first(logs, self._busy_since(now))
        parts = self._parts(paths, known)
        with sides.beside([self._share() for _ in parts]) as shares:
            looks = _looks(shares, parts, paths, known)
            found = any(look.calls for look in looks)
            marks = self._marks_in(known) if found else set()
            if found:
                self._look_for_ours(known, now)
            new = _sorted_out(looks, marks, known.ours)
            bill = Bill()
            sessions: list[str] = []
            if new.count:
                self._save(_Known(before, known.ours, "", whole=False))
                bill, sessions = self._brought_in(shares, parts, new)
        if found:
            if new.count or not known.whole:
                self._save_marks(marks)
            known.whole = True
        if new.count or known.logs != before:
            self._save(known)
        return Gathered(
            self._source.name,
            len(logs),
            bill.calls,
            tuple(sorted(sessions)),
            bill.cost_nusd,
            bill.unknown_costs,
            new.ours,
            sum(1 if look.state is None else look.bad for look in looks),
        )

    def _share(self) -> Share:
        return Share(self._source, self._store_at, self._price_of)

    def _parts(self, paths: Sequence[Path], known: _Known) -> list[list[int]]:
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
        """Put the new calls into sessions: what they cost, and into which.

        Killed meanwhile, the next look begins where this one did and asks the sessions what is in.
        """
        bills = [
            share.ask(Share.keep, [new.wanted[place] for place in part])
            for share, part in zip(shares, parts, strict=True)
        ]
        share_of = {place: number for number, part in enumerate(parts) for place in part}
        homes = {
            folder: Counter(share_of[place] for place in places)
            for folder, places in new.folders.items()
        }
        sessions = self._names(homes)
        named = dict(zip(homes, sessions, strict=True))
        _stored(shares, homes, named)
        return sum((answer() for answer in bills), Bill()), sessions

    def _busy_since(self, now: datetime) -> float:
        """Logs that were written after this may be of a call of ours whose id is not known yet."""
        begun = [
            moment
            for row in rows(self._root)
            if row["calling"].get("provider") == self._source.name
            and not row["calling"].get("resume")
            and (moment := _moment(row["calling"].get("at")))
            and now - moment < _UNDER_WAY
        ]
        return min(begun).timestamp() if begun else float("inf")

    def _look_for_ours(self, known: _Known, now: datetime) -> None:
        """Read when our calls were, from sessions that were used since the last look."""
        mine = [row for row in rows(self._root) if row["command"] != IMPORTED]
        for row in mine:
            if row["last_used"] >= known.looked:
                known.ours |= _windows(self._root / row["name"], self._source.name)
                begun = _moment(row["calling"].get("at"))
                if begun and (conversation := row["calling"].get("resume")):
                    known.ours.setdefault(conversation, []).append(_window(begun, now))
        known.looked = max((row["last_used"] for row in mine), default="")

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
        row = checkpoints.row(f"{self._root}/{name}", name)
        return row is None or (row["command"], row["project"]) == (IMPORTED, folder)

    def _marks_of_sessions(self) -> Iterator[bytes]:
        """Raises `StorageError` for a session that cannot be read: what is in it is not known."""
        for row in list(rows(self._root)):
            name = row["name"]
            if row["command"] == IMPORTED or name.startswith(f"{IMPORTED}-{self._source.name}-"):
                path = self._root / name / journal.NAME
                try:
                    for entry in journal.entries(path):
                        if entry["type"] == "interaction":
                            yield mark_of(entry["id"])
                except FileNotFoundError:  # cleaned away meanwhile
                    continue
                except OSError as error:
                    raise files.storage_error(error, path) from error

    def _marks_in(self, known: _Known) -> set[bytes]:
        if not known.whole:
            return set(self._marks_of_sessions())
        raw = files.read_bytes(self._place.with_suffix(".ids"), _LARGEST_BYTES)
        return {raw[at : at + MARK_BYTES] for at in range(0, len(raw), MARK_BYTES)}

    def _save_marks(self, marks: Iterable[bytes]) -> None:
        files.replace(self._place.with_suffix(".ids"), b"".join(marks))

    def _known(self) -> _Known:
        """Nothing, when there is no note or it is damaged: then the sessions are asked."""
        try:
            raw = json.loads(files.read_bytes(self._place.with_suffix(".json"), _LARGEST_BYTES))
            if raw["schema"] != _SCHEMA:
                return _Known()
            whole = bool(raw["whole"]) and self._place.with_suffix(".ids").exists()
            ours = {id_: [(a, b) for a, b in windows] for id_, windows in raw["ours"].items()}
            return _Known(dict(raw["logs"]), ours, str(raw["looked"]), whole)
        except (OSError, StorageError, ValueError, TypeError, KeyError, AttributeError):
            return _Known()

    def _save(self, known: _Known) -> None:
        told = {
            "schema": _SCHEMA,
            "whole": known.whole,
            "looked": known.looked,
            "ours": known.ours,
            "logs": known.logs,
        }
        text = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
        files.replace(self._place.with_suffix(".json"), text.encode())


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
    known: _Known,
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
) -> None:
    """A folder's calls are put in by the share that has most of them; others hand theirs over."""
    owners = {folder: counts.most_common(1)[0][0] for folder, counts in homes.items()}
    answers = []
    for number, share in enumerate(shares):
        own = {folder: named[folder] for folder, owner in owners.items() if owner == number}
        more: dict[str, list[Interaction]] = {}
        for other, neighbour in enumerate(shares):
            theirs = [one for one in own if other != number and other in homes[one]]
            if theirs:
                for folder, calls in neighbour.ask(Share.hand_over, theirs)().items():
                    more.setdefault(folder, []).extend(calls)
        answers.append(share.ask(Share.store, own, more))
    for answer in answers:
        answer()


def _oldest_first(logs: Iterable[Path], busy_since: float) -> list[Path]:
    times: list[tuple[float, Path]] = []
    for path in logs:
        try:
            times.append((os.stat(path).st_mtime, path))
        except OSError:
            continue
    return [path for at, path in sorted(times) if at < busy_since]


def _windows(folder: Path, provider: str) -> Windows:
    """When the calls of one session were."""
    found: Windows = {}
    try:
        for entry in journal.entries(folder / journal.NAME):
            if entry["type"] != "interaction" or entry["provider"] != provider:
                continue
            conversation = (entry.get("resume") or {}).get("id")
            ended = _moment(entry.get("ts"))
            if conversation and ended:
                found.setdefault(conversation, []).append(_window(_begun(entry, ended), ended))
    except (FileNotFoundError, StorageError):
        return found
    return found


def _begun(entry: Plain, ended: datetime) -> datetime:
    """A call that was cut off says it itself, others how long they took."""
    told = _moment((entry.get("detail") or {}).get("begun"))
    return told or ended - timedelta(milliseconds=entry.get("duration_ms") or 0)


def _window(begun: datetime, ended: datetime) -> tuple[str, str]:
    return stamp(begun - _SLACK), stamp(ended + _SLACK)


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
