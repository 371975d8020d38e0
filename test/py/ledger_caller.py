"""A process that makes calls under a shared budget: `ledger_caller.py ROOT spend LIMIT COST`.

Amounts are cents. Prints how many calls it made until one was refused; `hang LIMIT` holds for ever.
"""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

from ai_sessions.budgets import Call, Limit
from ai_sessions.errors import LimitReached
from ai_sessions.ledger import Ledger
from ai_sessions.records import About, Cost, Interaction, stamp
from ai_sessions.store.files import FileStore

CENT = 10_000_000


def main(root: str, what: str, limit: str, cost: str = "0") -> None:
    now = datetime.now(UTC)
    session = f"plan-{uuid.uuid4().hex[:8]}"
    ledger = Ledger(Path(root), [Limit("day", int(limit) * CENT)])
    call = Call(now, session, provider="claude", purpose="green")
    if what == "hang":
        with ledger.hold(call, None, 0):
            print("held", flush=True)
            sys.stdin.read()
    print(calls(FileStore(Path(root), fsync="none"), ledger, call, int(cost) * CENT))


def calls(store: FileStore, ledger: Ledger, call: Call, nusd: int) -> int:
    made = 0
    store.ensure(call.session, About("plan", "a"))
    while True:
        try:
            with ledger.hold(call, None, 60):
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
                made += 1
        except LimitReached:
            return made


if __name__ == "__main__":
    main(*sys.argv[1:])
