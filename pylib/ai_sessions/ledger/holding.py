"""Room in a budget, held for a call while it is under way.

What was spent is looked up in the index; calls without a session leave a note of it (`notes`). What
a call without an answer yet may cost is in a file of its own beside that, which its process keeps
locked: a killed one's hold ends with its lock. Looking and holding is one step under one lock, so
two calls never count on the same money. Calls that were imported from an agent's own logs do not
count: nobody can stop them.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_sessions import names, times
from ai_sessions.accounting import budgets
from ai_sessions.accounting.budgets import Allowance, Call, Limit
from ai_sessions.disk import files, locks
from ai_sessions.errors import LimitReached, LockBusy, StorageError
from ai_sessions.index import Index, calls
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import notes
from ai_sessions.records import stamp

Plain = dict[str, Any]

_LOCK = ".lock"
_LOCK_WAIT_S = 30.0
_LONGEST_BYTES = 1 << 16
#: What is known of a call that was interrupted: not what it cost.
_CUT_OFF: Plain = {"status": "interrupted", "cost_nusd": None}
_UNCOUNTED = "this call does not count towards your budgets"

#: Costs of the calls that were made during a hold and that no journal has.
Unrecorded = Callable[[], Sequence[Plain]]


@dataclass(frozen=True, slots=True)
class _Hold:
    """A call that is under way: its file, its process, and what it holds as if it had cost it."""

    path: Path
    pid: int
    call: Plain


class Ledger:
    """The limits of one user on the sessions under `root`. Without limits it touches nothing."""

    def __init__(
        self,
        root: Path,
        limits: Sequence[Limit],
        index: Index,
        *,
        tell: Callable[[str], None] = locks.silent,
    ) -> None:
        """`index`: of the sessions under `root`, where what was spent is looked up."""
        self._root = root
        self._index = index
        self._folder = root / notes.FOLDER
        self._limits = tuple(limits)
        self._tell = tell

    @contextlib.contextmanager
    def hold(
        self,
        call: Call,
        wait_s: float,
        unrecorded: Unrecorded | None = None,
        also: Sequence[Limit] = (),
    ) -> Iterator[Allowance]:
        """What the call may cost, held for it during the `with` body, which puts it on record.

        Where it does not, for want of a session, `unrecorded` tells afterwards what was spent.
        `also`: limits of this call alone. Waits while calls under way hold what this one needs, for
        each `wait_s` at most. Raises `LimitReached`.
        """
        limits = budgets.holding_for((*self._limits, *also), call)
        if all(limit.scope == "call" for limit in limits):
            yield self._room(limits, (), call).allowance
            return
        with contextlib.ExitStack() as stack:
            yield self._held(limits, call, wait_s, unrecorded, stack)

    def _held(
        self,
        limits: Sequence[Limit],
        call: Call,
        wait_s: float,
        unrecorded: Unrecorded | None,
        stack: contextlib.ExitStack,
    ) -> Allowance:
        """`stack`: where the hold goes, to be given back with it."""
        self._spent(limits, call)  # what is new is read before others have to wait
        try:
            while True:
                with files.reported(self._folder), self._locked():
                    others = list(self._under_way())
                    room = self._room(limits, others, call)
                    if room.waits_for is None:
                        hold = {**_told(call), "cost_nusd": room.held_nusd, "capped": room.capped}
                        stack.enter_context(self._kept(hold, unrecorded))
                        return room.allowance
                [other] = [one for one in others if one.call is room.waits_for]
                self._wait_for(other, time.monotonic() + wait_s)
        except StorageError as error:
            if unrecorded is None:
                raise
            self._tell(f"warning: {_UNCOUNTED}: {error}")
            return self._room(limits, (), call).allowance

    def _room(self, limits: Sequence[Limit], others: Sequence[_Hold], call: Call) -> budgets.Room:
        """Holds must be read before this: a call that ends meanwhile counts twice, never not."""
        spent = self._spent(limits, call)
        return budgets.room(limits, spent, [one.call for one in others], call, None)

    def _spent(self, limits: Sequence[Limit], call: Call) -> list[Plain]:
        """The calls that may count towards `limits`, each with only what limits look at."""
        concerned = _concerned({limit.scope for limit in limits} - {"call"}, call)
        if concerned is None:
            return []
        return calls.spent(self._index, concerned, lambda mark: notes.Increment(self._root, mark))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        files.make_folders(self._root)
        files.make_folder(self._folder)
        with locks.held(self._folder / _LOCK, _LOCK_WAIT_S, "the list of budgets", self._tell):
            yield

    def _under_way(self) -> Iterator[_Hold]:
        """The holds of living processes. Those of dead ones are removed; one that would have left
        no record leaves a note that its cost is not known.
        """
        for path in sorted(self._folder.glob("*.json")):
            with contextlib.suppress(FileNotFoundError), _opened(path) as fd:
                try:
                    locks.lock_file(fd, 0.0, "a budget")
                except LockBusy:
                    yield _read(path)
                else:
                    if (dead := _read(path).call).get("notes"):
                        notes.add(self._root, {**dead, **_CUT_OFF})
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _kept(self, hold: Plain, unrecorded: Unrecorded | None) -> Iterator[None]:
        """The hold of a call, as a file that is locked as long as it counts."""
        path = self._folder / f"{os.getpid()}-{os.urandom(4).hex()}.json"
        with _opened(path, os.O_CREAT | os.O_EXCL) as fd:
            try:
                locks.lock_file(fd, 0.0, "a budget")
                facts = {"pid": os.getpid(), "call": {**hold, "notes": bool(unrecorded)}}
                files.write_all(fd, json.dumps(facts).encode())
                yield
            except Exception:
                raise
            except BaseException:  # Ctrl-C: it may have cost, and nobody will know
                self._record(hold, [_CUT_OFF] if unrecorded else [])
                raise
            finally:
                # Notes come before the hold goes, as a record does.
                self._record(hold, unrecorded() if unrecorded else [])
                path.unlink(missing_ok=True)

    def _record(self, hold: Plain, made: Sequence[Plain]) -> None:
        """Too late to refuse anything: what cannot be noted is said."""
        if not made:
            return
        try:
            with files.reported(self._folder), self._locked():
                for one in made:
                    notes.add(self._root, {**hold, **one})
        except (LockBusy, StorageError) as error:
            self._tell(f"warning: {_UNCOUNTED}: {error}")

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
                "wait for it to end (--lock-wait S waits longer), or raise the budget",
            ) from busy


def _told(call: Call) -> Plain:
    return {
        **{key: getattr(call, key) for key in notes.FACTS},
        "ts": stamp(call.at.astimezone(UTC)),
    }


@contextlib.contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    fd = files.open_safely(path, os.O_RDWR | flags)
    try:
        yield fd
    finally:
        os.close(fd)


def _read(path: Path) -> _Hold:
    """A damaged hold holds nothing."""
    try:
        found = json.loads(files.read_bytes(path, _LONGEST_BYTES))
        call = {**found["call"], "cost_nusd": int(found["call"]["cost_nusd"])}
        return _Hold(path, int(found["pid"]), {"capped": False, **call})
    except (ValueError, TypeError, KeyError):
        return _Hold(path, 0, {"session": "", "model": "", "capped": True, "cost_nusd": 0})


def _concerned(scopes: set[str], call: Call) -> calls.Concerned | None:
    """Only sessions that were used in the time of a limit are looked at call by call; what a model
    cost before is one sum.
    """
    if not scopes:
        return None
    own = scopes & {"task", "feature"}
    return calls.Concerned(
        used_since=_since(scopes, call.at),
        session=call.session if "session" in scopes else "",
        feature=(call.project, call.feature) if own else None,
        others_by_model="model" in scopes,
        not_command=names.IMPORTED,
    )


def _since(scopes: set[str], now: datetime) -> str:
    """When the month or the day of `now` began, on this machine; empty without such a limit."""
    period = next((scope for scope in ("month", "day") if scope in scopes), "")
    return stamp(times.began(now, period, None)) if period else ""
