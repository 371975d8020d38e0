"""The ledger in one SQLite file below SESSION_DIR, which all processes of a user share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ai_sessions.ledger import counting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Set

    from ai_sessions.ledger.contract import Earlier, Lease, Recorded, View, Window
    from ai_sessions.ledger.database import Database

    Find = Callable[[str, str], Recorded | None]


def _in_no_session(_session: str, _id: str) -> Recorded | None:
    return None


class SqliteLedger:
    """`Ledger` of contract. Safe to use from several threads and processes."""

    def __init__(self, database: Database, find: Find = _in_no_session) -> None:
        """`find`: the call of an id as a session of that name has it, if it does."""
        self._database, self._find = database, find

    def view(self, windows: Sequence[Window]) -> View:
        if self._database.read(counting.is_anyone_gone):
            self.settle_gone()
        return self._database.read(partial(counting.view, windows))

    def earlier(self, provider: str, purpose: str) -> Earlier:
        return self._database.read(partial(counting.earlier, provider, purpose))

    def reserve(self, lease: Lease, windows: Sequence[Window]) -> bool:
        return self._database.write(partial(counting.reserve, lease, windows))

    def record(self, calls: Sequence[Recorded]) -> None:
        self._database.write(partial(counting.record_all, calls))

    def move(self, uid: str, project: str) -> None:
        self._database.write(partial(counting.move, uid, project))

    def withdraw_imported(self, calls: Set[str]) -> None:
        self._database.write(partial(counting.withdraw_imported, calls))

    def presume(self, call: str) -> None:
        self._database.write(partial(counting.presume, call))

    def release(self, call: str) -> None:
        self._database.write(partial(counting.end, call))

    def settle_gone(self) -> None:
        """Count the calls of leases whose owner died as what they held."""
        settled = self._database.write(counting.presume_gone)
        # Who was killed after its answer was saved has left what it cost in the session.
        found = (self._find(one.session, one.id) for one in settled if one.uid)
        if saved := [one for one in found if one]:
            self.record(saved)
