"""Budgets that several processes share: what was spent, and what calls under way may still cost.

What was spent is read from the journals. What a call without an answer yet may cost is in a file
of its own under SESSION_DIR/.budget, which its process keeps locked: a killed one's hold ends with
its lock. Looking and holding is one step under one lock, so two calls never count on the same
money. Calls that were imported from an agent's own logs do not count: nobody can stop them.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ai_sessions import budgets, reports
from ai_sessions.budgets import Allowance, Call, Limit
from ai_sessions.disk import files, locks
from ai_sessions.errors import LimitReached, LockBusy
from ai_sessions.index.rows import rows
from ai_sessions.records import stamp
from ai_sessions.store import checkpoints, journal

Plain = dict[str, Any]

FOLDER = ".budget"
#: `command` of sessions that were made from an agent's own logs.
IMPORTED = "import"
_LOCK = ".lock"
_LOCK_WAIT_S = 30.0
_LONGEST_BYTES = 1 << 16
_KEPT = ("ts", "model", "provider", "purpose", "task", "cost_nusd")


@dataclass(frozen=True, slots=True)
class _Hold:
    """A call that is under way: its file, its process, and what it holds as if it had cost it."""

    path: Path
    pid: int
    call: Plain


class Ledger:
    """The limits of one user on the sessions under `root`. Without limits it touches nothing.

    `holds`: False for calls that leave no trace there; they keep the limits, but unseen by others.
    """

    def __init__(
        self,
        root: Path,
        limits: Sequence[Limit],
        *,
        holds: bool = True,
        tell: Callable[[str], None] = locks.silent,
    ) -> None:
        self._root = root
        self._limits = tuple(limits)
        self._holds = holds
        self._tell = tell

    @contextlib.contextmanager
    def hold(self, call: Call, least_nusd: int | None, wait_s: float) -> Iterator[Allowance]:
        """What the call may cost, held for it during the `with` body, which puts it on record.

        `least_nusd`: what it costs at the very least; None: not known. Waits for calls under way
        when they hold what this one needs, `wait_s` at most. Raises `LimitReached`.
        """
        limits = budgets.holding_for(self._limits, call)
        if not self._holds or all(limit.scope == "call" for limit in limits):
            yield self._room(limits, (), call, least_nusd).allowance
            return
        with contextlib.ExitStack() as stack:
            yield self._held(limits, call, least_nusd, wait_s, stack)

    def _held(
        self,
        limits: Sequence[Limit],
        call: Call,
        least_nusd: int | None,
        wait_s: float,
        stack: contextlib.ExitStack,
    ) -> Allowance:
        """`stack`: where the hold goes, to be given back with it."""
        deadline = time.monotonic() + wait_s
        folder = self._root / FOLDER
        while True:
            with files.reported(folder), self._locked(folder):
                others = list(_under_way(folder))
                room = self._room(limits, others, call, least_nusd)
                if not room.waits:
                    stack.enter_context(_kept(folder, call, room.held_nusd))
                    return room.allowance
            self._wait_for(max(others, key=lambda one: int(one.call["cost_nusd"])), deadline)

    def _room(
        self, limits: Sequence[Limit], others: Sequence[_Hold], call: Call, least: int | None
    ) -> budgets.Room:
        """Holds must be read before this: a call that ends meanwhile counts twice, never not."""
        spent = list(_spent(self._root, limits, call))
        return budgets.room(limits, spent, [one.call for one in others], call, None, least)

    @contextlib.contextmanager
    def _locked(self, folder: Path) -> Iterator[None]:
        files.make_folders(self._root)
        files.make_folder(folder)
        with locks.held(folder / _LOCK, _LOCK_WAIT_S, "the list of budgets", self._tell):
            yield

    def _wait_for(self, other: _Hold, deadline: float) -> None:
        """Until that call has ended. Raises `LimitReached` when it takes too long."""
        what = f"what is left of the budget (by process {other.pid})"
        try:
            with _opened(other.path) as fd:
                locks.lock_file(fd, deadline, what, self._tell)
        except FileNotFoundError:
            return
        except LockBusy as busy:
            raise LimitReached(
                f"process {other.pid} may need all that is left of the budget for its call",
                "wait for it to end, or raise the budget",
            ) from busy


def _under_way(folder: Path) -> Iterator[_Hold]:
    """The holds of living processes; those of dead ones are removed."""
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(FileNotFoundError), _opened(path) as fd:
            try:
                locks.lock_file(fd, 0.0, "a budget")
            except LockBusy:
                yield _Hold(path, *_read(path))
            else:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def _kept(folder: Path, call: Call, nusd: int) -> Iterator[None]:
    """The hold of a call, as a file that is locked as long as it counts."""
    facts = {key: getattr(call, key) for key in ("session", "feature", "task", "project", "model")}
    told = {**facts, "ts": stamp(call.at.astimezone(UTC)), "cost_nusd": nusd}
    path = folder / f"{os.getpid()}-{os.urandom(4).hex()}.json"
    with _opened(path, os.O_CREAT | os.O_EXCL) as fd:
        try:
            locks.lock_file(fd, 0.0, "a budget")
            files.write_all(fd, json.dumps({"pid": os.getpid(), "call": told}).encode())
            yield
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    fd = files.open_safely(path, os.O_RDWR | flags)
    try:
        yield fd
    finally:
        os.close(fd)


def _read(path: Path) -> tuple[int, Plain]:
    """A damaged hold holds nothing."""
    try:
        found = json.loads(files.read_bytes(path, _LONGEST_BYTES))
        call = {**found["call"], "cost_nusd": int(found["call"]["cost_nusd"])}
        return int(found["pid"]), call
    except (ValueError, TypeError, KeyError):
        return 0, {"session": "", "model": "", "cost_nusd": 0}


def _spent(root: Path, limits: Sequence[Limit], call: Call) -> Iterator[Plain]:
    """The calls that may count towards `limits`, each with only what limits look at.

    Only journals of sessions that were used in the time of a limit are read; what a model cost
    before is known from their totals.
    """
    scopes = {limit.scope for limit in limits} - {"call"}
    since = _since(scopes, call.at)
    for row in rows(root) if scopes else ():
        if row["command"] == IMPORTED:
            continue
        if _concerns(row, scopes, since, call):
            yield from _calls(root, row)
        elif "model" in scopes:
            yield from _by_model(row)


def _concerns(row: Plain, scopes: set[str], since: str, call: Call) -> bool:
    if since and row["last_used"] >= since:
        return True
    if "session" in scopes and row["name"] == call.session:
        return True
    same = (row["project"], row["feature"]) == (call.project, call.feature)
    return same and bool(scopes & {"task", "feature"})


def _since(scopes: set[str], now: datetime) -> str:
    """From when on days and months count, a day early for clocks that change; empty: neither."""
    local = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    if "month" in scopes:
        local = local.replace(day=1)
    elif "day" not in scopes:
        return ""
    return stamp((local - timedelta(days=1)).astimezone(UTC))


def _calls(root: Path, row: Plain) -> Iterator[Plain]:
    with contextlib.suppress(FileNotFoundError):
        for entry in journal.entries(root / row["name"] / checkpoints.JOURNAL):
            if entry["type"] == "interaction":
                yield reports.call(row, {key: entry.get(key, "") for key in _KEPT})  # type: ignore[misc]


def _by_model(row: Plain) -> Iterator[Plain]:
    """A session's totals by model, in place of its calls."""
    for model, share in row["totals"]["by_model"].items():
        for nusd in (share["cost_nusd"], *[None] * share["unknown_costs"]):
            yield {"session": row["name"], "model": model, "cost_nusd": nusd}
