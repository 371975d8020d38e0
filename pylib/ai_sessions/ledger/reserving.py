"""Room under the limits of a user, reserved for a call while it is under way."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from ai_sessions.accounting import budgets
from ai_sessions.accounting.budgets import Allowance, Call, Limit, Reserved
from ai_sessions.errors import AiSessionsError, LimitReached, LockBusy, QuotaSpent, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import owners, pools, windows
from ai_sessions.ledger.contract import Earlier, Hold, Holder, Lease, Ledger, Recorded, View, Window
from ai_sessions.ledger.recorded import text
from ai_sessions.records import stamp

#: Between two looks whether a call that others wait for has ended.
_PAUSE_S = 0.05
#: From this long a wait on it is said whom we wait for.
_PATIENCE_S = 1.0
_US = 1_000_000
#: Looks at what is left that another process may make old before it is held.
_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A call that is about to be made. `takes_s`: the longest it may take."""

    id: str
    call: Call
    wait_s: float = 0.0
    takes_s: float = 0.0
    limits: tuple[Limit, ...] = ()
    """Limits of this call alone."""
    hold: Callable[[], Hold] = Hold
    """What it holds of quotas if it is made now: asked when there is room for its money."""

    def facts(self) -> Recorded:
        call = self.call
        return Recorded(
            id=self.id,
            at=stamp(call.at.astimezone(UTC)),
            uid=call.uid,
            session=text(call.session) if call.uid else "",
            command=text(call.command),
            feature=text(call.feature),
            project=text(call.project),
            task=text(call.task),
            provider=text(call.provider),
            model=text(call.model),
            purpose=text(call.purpose),
        )


class Budgets:
    """The limits of one user. `zone`: whose days; None: this machine's."""

    def __init__(
        self,
        ledger: Ledger,
        limits: Sequence[Limit],
        *,
        tell: Callable[[str], None] = lambda _text: None,
        zone: tzinfo | None = None,
        settle: Callable[[], bool] = lambda: False,
    ) -> None:
        """`settle`: accounts for calls that were cut off, which count as what they held until then;
        False: there was none.
        """
        self._ledger, self._limits = ledger, tuple(limits)
        self._tell, self._zone, self._settle = tell, zone, settle

    @contextlib.contextmanager
    def reserve(self, upcoming: Upcoming) -> Iterator[Reserved]:
        """What the call may cost, held for it during the `with` body, which puts it on record.

        Waits while calls under way hold what this one needs of money. Raises `LimitReached`,
        `QuotaSpent` when a quota has no room, and `StorageError` when a limit holds and the ledger
        cannot be asked.
        """
        limits = budgets.holding_for((*self._limits, *upcoming.limits), upcoming.call)
        try:
            reserved = Reserved(self._room_for(upcoming))
        except (StorageError, LockBusy):
            if any(limit.scope != "call" for limit in limits):
                raise
            # who needs no budget is told by who cannot put the call on record
            yield Reserved(_alone(limits, upcoming.call))
            return
        try:
            yield reserved
        finally:
            self._end(upcoming.id, was_called=reserved.called)

    def _room_for(self, upcoming: Upcoming) -> Allowance:
        """Before it is refused, calls that were cut off are settled: they may have cost less."""
        try:
            return self._reserved(upcoming)
        except QuotaSpent:  # what was cut off has counted there
            raise
        except LimitReached:
            if not self._settle():
                raise
            return self._reserved(upcoming)

    def _end(self, id_: str, *, was_called: bool) -> None:
        """A call that is on record holds nothing any more."""
        try:
            (self._ledger.presume if was_called else self._ledger.release)(id_)
        except AiSessionsError as error:
            self._tell(f"warning: the ledger: {error.message}")

    def _reserved(self, upcoming: Upcoming) -> Allowance:
        earlier = self._ledger.earlier(upcoming.call.provider, upcoming.call.purpose)
        call = budgets.resolved(upcoming.call, earlier.model)
        upcoming = replace(upcoming, call=call)
        limits = budgets.holding_for((*self._limits, *upcoming.limits), call)
        by_limit = {limit: windows.of_limit(limit, call, self._zone) for limit in limits}
        wanted = [one for found in by_limit.values() for one in found]
        wait = _Wait(upcoming.wait_s, self._tell)
        races = 0
        while races < _TRIES:
            view = self._ledger.view(wanted)
            room = budgets.room(_spent(by_limit, view), view.holders, call, earlier)
            if room.waits_for:
                wait.for_one(room.waits_for)
                continue
            hold = upcoming.hold()
            lease = _lease(upcoming, room, wanted, hold)
            if self._ledger.reserve(lease, [*wanted, *hold.windows]):
                return room.allowance
            self._check_quotas(hold)
            races += 1
        raise LockBusy("others take what is left of the budget again and again", "run it again")

    def _check_quotas(self, hold: Hold) -> None:
        """Raises `QuotaSpent` when one has no room; the next look at the money would not help."""
        for one in self._ledger.view(hold.windows).windows:
            if not pools.has_room(one, hold.needs):
                window = one.window
                unit = window.unit.replace("/", " in this ")
                raise QuotaSpent(
                    f"{window.pool}: {one.used + one.held:,} of {window.limit:,} {unit} used",
                    "wait for its reset, or ask another model",
                )


def _lease(upcoming: Upcoming, room: budgets.Room, wanted: Sequence[Window], hold: Hold) -> Lease:
    facts = upcoming.facts()
    until = owners.now() + int(upcoming.takes_s * _US)
    needs = (*windows.needs(facts, room.held_nusd, wanted), *hold.needs)
    return Lease(upcoming.id, needs, room.open, until, facts)


def _spent(by_limit: dict[Limit, list[Window]], view: View) -> list[budgets.Spent]:
    used = iter(view.windows)
    return [
        windows.spent(limit, [next(used) for _one in found]) for limit, found in by_limit.items()
    ]


def _alone(limits: Sequence[Limit], call: Call) -> Allowance:
    """For limits on a single call nothing has to be known of others."""
    found = [budgets.Spent(limit) for limit in limits]
    return budgets.room(found, (), call, Earlier()).allowance


class _Wait:
    """Waiting for calls under way, for `wait_s` in all."""

    def __init__(self, wait_s: float, tell: Callable[[str], None]) -> None:
        self._began, self._wait_s, self._tell = time.monotonic(), wait_s, tell
        self._is_told = False

    def for_one(self, holder: Holder) -> None:
        """Raises `LimitReached` when it takes too long."""
        waited = time.monotonic() - self._began
        if waited >= self._wait_s:
            raise LimitReached(
                f"process {holder.pid} may need all that is left of the budget for its call",
                "wait for it to end (--lock-wait S waits longer), or raise the budget",
            )
        if waited >= _PATIENCE_S and not self._is_told:
            self._is_told = True
            self._tell(f"waiting: what is left of the budget is held by process {holder.pid}")
        time.sleep(min(_PAUSE_S, self._wait_s - waited))
