"""The ledger in one SQLite file below SESSION_DIR, which all processes of a user share."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions.ledger import counting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set

    from ai_sessions.ledger.contract import Earlier, Lease, Recorded, View, Window
    from ai_sessions.ledger.database import Answer, Ask, Database
    from ai_sessions.ledger.pending import Pending

    Find = Callable[[str, str], Recorded | None]


def _in_no_session(_uid: str, _id: str) -> Recorded | None:
    return None


class SqliteLedger:
    """`Ledger` of contract. Safe to use from several threads and processes."""

    def __init__(
        self,
        database: Database,
        find: Find = _in_no_session,
        notes: Sequence[str] = (),
        pending: Callable[[], Pending] | None = None,
    ) -> None:
        """`find`: the call of an id as the session of a uid has it, if it does. `notes`: the files
        with what comes before anything that is asked here, where there are any; `pending` reads
        them.
        """
        self._database, self._find = database, find
        self._notes, self._pending = notes, pending

    def view(self, windows: Sequence[Window]) -> View:
        if self.read(counting.is_anyone_gone):
            self.settle_gone()
        return self.read(partial(counting.view, windows))

    def earlier(self, provider: str, purpose: str) -> Earlier:
        return self.read(partial(counting.earlier, provider, purpose))

    def find(self, call: str) -> Recorded | None:
        return self.read(partial(counting.find, call))

    def reserve(self, lease: Lease, windows: Sequence[Window]) -> bool:
        return self.write(partial(counting.reserve, lease, windows))

    def record(self, calls: Sequence[Recorded]) -> None:
        self.write(partial(counting.record_all, calls))

    def move(self, uid: str, project: str) -> None:
        self.write(partial(counting.move, uid, project))

    def withdraw_imported(self, calls: Set[str]) -> None:
        self.write(partial(counting.withdraw_imported, calls))

    def presume(self, call: str) -> None:
        self.write(partial(counting.presume, call))

    def release(self, call: str) -> None:
        self.write(partial(counting.end, call))

    def settle_gone(self) -> None:
        """Count the calls of leases whose owner died as what they held."""
        settled = self.write(counting.presume_gone)
        # Who was killed after its answer was saved has left what it cost in the session.
        found = (self._find(one.uid, one.id) for one in settled if one.uid)
        if saved := [one for one in found if one]:
            self.record(saved)

    def read(self, ask: Ask[Answer]) -> Answer:
        """The answer of one transaction that changes nothing, for who keeps more in the file."""
        self.catch_up()
        return self._database.read(ask)

    def write(self, change: Ask[Answer]) -> Answer:
        """The answer of one transaction that is alone."""
        self.catch_up()
        return self._database.write(change)

    def catch_up(self) -> None:
        """Count what was noted. Raises `StorageError`, `LockBusy`."""
        if self._pending and any(map(os.path.lexists, self._notes)):
            self._pending().tell(self._database.write)
