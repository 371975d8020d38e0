"""A process that reserves 70 cents of 100 and hangs: `ledger_holder.py ROOT`."""

import sys
from pathlib import Path

from ai_sessions.ledger.contract import Lease, Need, Recorded, Window
from ai_sessions.ledger.database import Database
from ai_sessions.ledger.sqlite import SqliteLedger

CENT = 10_000_000

ledger = SqliteLedger(Database(Path(sys.argv[1]), lambda _connection, _damaged: None))
lease = Lease("hung", (Need("all", 70 * CENT),), facts=Recorded("hung", ""))
assert ledger.reserve(lease, [Window("all", 100 * CENT)])
print("held", flush=True)
sys.stdin.read()
