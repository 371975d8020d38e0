"""What every ledger promises: limited amounts that processes share, and what was used of them.

A pool is what is limited: all calls, those of a feature or of a model, an account's quota. What was
used of it is kept per unit (nano-dollars, requests, tokens) and bucket, a span of time that begins
at a moment the pool's owner chooses; a window is a limit on the sum of some buckets.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import field
from typing import Protocol

from ai_sessions.lazy_dataclasses import dataclass

#: Units. Money is whole nano-dollars; the other two count calls that have no cost.
NUSD = "nusd"
UNPRICED = "unpriced"
"""Calls of a model whose price nobody knows: they count as nothing."""
PRESUMED = "presumed"
"""Calls of which nobody knows what they used: they count as what they held."""
#: The bucket of what is limited without a time, and the end of time.
EVER, END = 0, 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` of a unit in the buckets of `pool` that begin in [`since`, `until`).

    Times are microseconds since 1970. A pool that ends with `*` is all pools of that family:
    `model:opus*` has those of `model:claude-opus-4-1`, as the words of a model's name tell.
    """

    pool: str
    limit: int
    since: int = EVER
    until: int = END
    unit: str = NUSD


@dataclass(frozen=True, slots=True)
class Need:
    """How much of a unit a call holds in one bucket of a pool until it is on record."""

    pool: str
    amount: int
    bucket: int = EVER
    unit: str = NUSD


@dataclass(frozen=True, slots=True)
class Hold:
    """What a call holds of quotas of a provider, and the windows that must have room for it."""

    needs: tuple[Need, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """What a call holds while it is under way.

    `call`: id of the call it is for. `open`: the call may use more than it holds; in each pool one
    call may at a time. `until`: when it is over whatever became of its owner, in microseconds since
    1970; the owner's process, where it can be asked, ends it earlier.
    """

    call: str
    needs: tuple[Need, ...]
    open: bool = False
    until: int = END
    facts: "Recorded | None" = None
    """What is known of the call before it is made: counted when its owner dies."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call of a model as the ledger keeps it: what it used and what it was for, not a word of it.

    All texts are whole Unicode (no half surrogate pairs). A call without a session has an empty
    `uid`. `cost_nusd` None: nobody knows.
    """

    id: str
    at: str
    """RFC 3339 UTC, when it ended."""
    uid: str = ""
    session: str = ""
    command: str = ""
    feature: str = ""
    project: str = ""
    task: str = ""
    provider: str = ""
    model: str = ""
    purpose: str = ""
    status: str = "ok"
    cost_nusd: int | None = None
    cost_source: str = ""
    tokens: Mapping[str, int] = field(default_factory=dict)
    by_model: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Tokens of each model where it used several, with `cost_nusd` where that is known."""
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """How a window stands: used and held by calls under way; calls that have no cost."""

    window: Window
    used: int = 0
    held: int = 0
    unpriced: int = 0
    presumed: int = 0


@dataclass(frozen=True, slots=True)
class Holder:
    """A call under way: its id, its process, whether it may use more than it holds."""

    call: str
    pid: int
    open: bool
    held: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """What calls of one provider for one purpose cost: so many of them, so much in all.

    `unpriced`: calls that were answered, and nobody knows a price for. `model`: the one that the
    provider used last; empty: not known.
    """

    calls: int = 0
    nusd: int = 0
    unpriced: int = 0
    model: str = ""

    @property
    def mean_nusd(self) -> int | None:
        """None: there was no such call yet. 0: they are free, or nobody knows their price."""
        if not self.calls:
            return 0 if self.unpriced else None
        return self.nusd // self.calls


@dataclass(frozen=True, slots=True)
class View:
    """The windows as they stand, and the calls under way that hold a part of any of them."""

    windows: tuple[Used, ...]
    holders: tuple[Holder, ...] = ()


class Ledger(Protocol):
    """One record of what was used, for all processes of a user. Every method is one transaction.

    Raises `StorageError` when the medium fails; nothing is half-written then.
    """

    def view(self, windows: Sequence[Window]) -> View:
        """How windows stand. Leases whose owner died are settled first."""
        ...

    def earlier(self, provider: str, purpose: str) -> Earlier:
        """What such calls cost."""
        ...

    def find(self, call: str) -> Recorded | None:
        """A call by its id; None when it is not on record, as one that is under way."""
        ...

    def settle_gone(self) -> None:
        """Count the calls of leases whose owner died as what they held."""
        ...

    def reserve(self, lease: Lease, windows: Sequence[Window]) -> bool:
        """Hold the needs of a lease, all or none. False: one of the windows has no room for them,
        or another call holds an open lease in one of them.
        """
        ...

    def record(self, calls: Sequence[Recorded]) -> None:
        """Count calls, each once however often it is told, and end their leases.

        A call that is told again with another cost, session or model counts as it is told last, but
        a cost that is known is not replaced by one that is not, and a call of a session is not told
        by who has none.
        """
        ...

    def move(self, uid: str, project: str) -> None:
        """The calls of a session belong to another project from now on."""
        ...

    def withdraw_imported(self, calls: Set[str]) -> None:
        """Forget what sessions that are gone left of imported calls that are in another one now."""
        ...

    def presume(self, call: str) -> None:
        """End a lease whose call may have been made: it counts as what it held, until `record`
        tells what it used.
        """
        ...

    def release(self, call: str) -> None:
        """End a lease whose call was not made."""
        ...
