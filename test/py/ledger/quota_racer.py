"""A process that uses up a quota beside others: `quota_racer.py ROOT NAME`.

It begins when it is told a line, and prints how many calls it got and how many of its looks at the
quota fitted no moment at all.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from ai_sessions.catalog.rotation import ModelEntry, Pool, PoolLimit
from ai_sessions.ledger.database import Database
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.rotation.records import Need, Place

NOW = datetime(2026, 11, 29, 12, 34, 56, tzinfo=UTC)
QUOTA, TOKENS = 200, 7
LIMITS = (PoolLimit("requests", "day", QUOTA), PoolLimit("tokens", "day", QUOTA * TOKENS * 2))


def place(model: str) -> Place:
    return Place(Pool("open", "Open", "http://x", limits=LIMITS), ModelEntry(model, model, "open"))


def race(root: Path, name: str) -> tuple[int, int]:
    ledger = SqliteLedger(Database(root, lambda _connection, _damaged: None, is_safe=False))
    quotas, where = Quotas(ledger, lambda: NOW), place(f"model-{name}")
    got = torn = 0
    while quotas.reserve(f"{name}-{got}", where, Need(TOKENS), 60, NOW):
        requests, tokens = quotas.candidates([where], NOW)[0].windows
        whole = requests.used * TOKENS == tokens.used and requests.held * TOKENS == tokens.held
        torn += not (whole and 0 < requests.used + requests.held <= QUOTA)
        quotas.settle(f"{name}-{got}", TOKENS, NOW)
        got += 1
    return got, torn


if __name__ == "__main__":
    print("here", flush=True)
    sys.stdin.readline()
    print(*race(Path(sys.argv[1]), sys.argv[2]), flush=True)
    sys.stdin.read()  # killed, or let go
