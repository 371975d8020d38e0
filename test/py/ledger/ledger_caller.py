"""A process that makes calls under a shared budget of a day.

`ledger_caller.py ROOT spend LIMIT COST…`: calls that cost so much, in turn and again from the
first, until one is refused; with `obey` they stop at what they are told. Prints what each cost.
`hang LIMIT` holds for ever, `hang-unseen LIMIT` for a call without a session. Amounts are cents.
"""

import itertools
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from ai_sessions.accounting.budgets import Call, Limit
from ai_sessions.errors import LimitReached
from ai_sessions.index import Index
from ai_sessions.ledger.holding import Ledger
from ai_sessions.records import About, Cost, Interaction, stamp
from ai_sessions.store.files import FileStore

CENT = 10_000_000
#: Calls under way at once are what is tested, so each takes a moment.
_TAKES_S = 0.01


def main(root: str, what: str, limit: str, *costs: str) -> None:
    now = datetime.now(UTC)
    session = f"plan-{uuid.uuid4().hex[:8]}"
    ledger = Ledger(
        Path(root), [Limit("day", int(limit) * CENT)], Index(FileStore(Path(root)).source(), root)
    )
    call = Call(now, session, provider="claude", purpose="green", obeys=what == "obey")
    if what.startswith("hang"):
        unrecorded = list if what == "hang-unseen" else None
        with ledger.hold(call, 0, unrecorded):
            print("held", flush=True)
            sys.stdin.read()
    store = FileStore(Path(root), fsync="none")
    store.ensure(session, About("plan", "a"))
    for cost in itertools.cycle(int(cost) * CENT for cost in costs):
        try:
            print(made(store, ledger, call, cost))
        except LimitReached:
            return


def made(store: FileStore, ledger: Ledger, call: Call, nusd: int) -> int:
    """Make one call; what it cost."""
    with ledger.hold(call, 60) as allowed:
        if call.obeys and allowed.left_nusd is not None:
            nusd = min(nusd, allowed.left_nusd)
        time.sleep(_TAKES_S)
        paid = Interaction(
            id=str(uuid.uuid4()),
            at=stamp(call.at),
            provider=call.provider,
            model="m",
            messages=(),
            cost=Cost(nusd, "client"),
            purpose=call.purpose,
        )
        store.append(call.session, [paid])
    return nusd


if __name__ == "__main__":
    main(*sys.argv[1:])
