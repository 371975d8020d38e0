"""Bringing in what agents did without us: new calls of their logs, into sessions of their own.

A project's calls with one agent are one session, `import-<agent>-<project>`. Where each log was
left and which calls are in is kept under SESSION_DIR/.imports; should we be killed between a
session and that note, the sessions themselves tell what is in. Our own calls are on record already
and left out; what a person said in the same conversation at another time is not.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.disk import files, locks
from ai_sessions.errors import StorageError
from ai_sessions.imports import Past, Source, priced
from ai_sessions.imports.contract import PriceOf
from ai_sessions.index.rows import rows
from ai_sessions.ledger import IMPORTED
from ai_sessions.records import About, stamp
from ai_sessions.store import checkpoints, journal
from ai_sessions.store.contract import Store

Plain = dict[str, Any]
#: A store whose clock stands at a moment, so that a session keeps the day it was made.
StoreAt = Callable[[datetime | None], Store]

#: When a call of ours was under way (RFC 3339, from and to), by the agent's id of the conversation.
Windows = dict[str, list[tuple[str, str]]]

FOLDER = ".imports"
_SCHEMA = 1
_WAIT_S = 60.0
_BATCH = 5000
_WRITERS = 4
_MARK_BYTES = 8
_LONGEST_SLUG = 60
_LARGEST_BYTES = 1 << 30
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
        found, unreadable = self._read(known, logs, self._busy_since(now))
        marks: set[bytes] = set()
        new: list[Past] = []
        ours = 0
        if found:
            marks = self._marks() if known.whole else set(self._marks_of_sessions())
            self._look_for_ours(known, now)
            new, ours = _sorted_out(found, marks, known.ours)
        sessions, brought = self._brought_in(new, before, known) if new else ([], [])
        if found:
            if new or not known.whole:
                self._save_marks(marks)
            known.whole = True
        if new or known.logs != before:
            self._save(known)
        costs = [one.interaction.cost.nusd for one in brought]
        return Gathered(
            self._source.name,
            len(logs),
            len(brought),
            tuple(sorted(sessions)),
            sum(nusd for nusd in costs if nusd is not None),
            costs.count(None),
            ours,
            unreadable,
        )

    def _brought_in(
        self, new: Sequence[Past], before: dict[str, Plain], known: _Known
    ) -> tuple[list[str], list[Past]]:
        """Their sessions, and the calls with their prices. Killed meanwhile, the next look begins
        where this one did and asks the sessions what is in.

        Writing waits for the disk most of the time, so several sessions are written at once.
        """
        from concurrent.futures import ThreadPoolExecutor

        self._save(_Known(before, known.ours, "", whole=False))
        brought = [self._priced(one) for one in new]
        folders = _by_folder(brought)
        names_ = self._names(folders)
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(self._store, names_, folders, folders.values()))
        return names_, brought

    def _read(
        self, known: _Known, logs: Sequence[Path], busy_since: float
    ) -> tuple[list[Past], int]:
        """The calls that are new in the logs, the log that was written first at the beginning."""
        found: list[Past] = []
        unreadable = 0
        for path in _oldest_first(logs, busy_since):
            try:
                one = self._source.read(path, known.logs.get(str(path), {}))
            except OSError:
                unreadable += 1
                continue
            found += one.calls
            unreadable += one.bad
            known.logs[str(path)] = one.state
        return found, unreadable

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

    def _priced(self, one: Past) -> Past:
        return priced(one, self._price_of)

    def _store(self, name: str, folder: str, calls: Sequence[Past]) -> None:
        """Append the calls of one folder to its session."""
        store = self._store_at(_moment(calls[0].interaction.at))
        store.ensure(name, About(IMPORTED, "", folder))
        for start in range(0, len(calls), _BATCH):
            store.append(name, [one.interaction for one in calls[start : start + _BATCH]])

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
                            yield _mark(entry["id"])
                except FileNotFoundError:  # cleaned away meanwhile
                    continue
                except OSError as error:
                    raise files.storage_error(error, path) from error

    def _marks(self) -> set[bytes]:
        raw = files.read_bytes(self._place.with_suffix(".ids"), _LARGEST_BYTES)
        return {raw[at : at + _MARK_BYTES] for at in range(0, len(raw), _MARK_BYTES)}

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


def _sorted_out(found: Iterable[Past], marks: set[bytes], ours: Windows) -> tuple[list[Past], int]:
    """The calls that are neither in nor ours, and how many are ours; their marks are added."""
    new: list[Past] = []
    count = 0
    for one in found:
        mark = _mark(one.interaction.id)
        windows = ours.get(one.session, ())
        if any(begun <= one.interaction.at <= ended for begun, ended in windows):
            count += 1
        elif mark not in marks:
            marks.add(mark)
            new.append(one)
    return new, count


def _mark(id_: str) -> bytes:
    """A call's id in eight bytes; two of 10 million ids are the same once in 400,000 lives."""
    return hashlib.blake2b(id_.encode("utf-8", "replace"), digest_size=_MARK_BYTES).digest()


def _by_folder(calls: Iterable[Past]) -> dict[str, list[Past]]:
    found: dict[str, list[Past]] = {}
    for one in sorted(calls, key=lambda one: one.interaction.at):
        found.setdefault(one.folder, []).append(one)
    return found


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
