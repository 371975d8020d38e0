"""A process that holds one request of a quota of 2 and hangs: `quota_holder.py ROOT`."""

import sys
from pathlib import Path

from quota_racer import NOW, place

from ai_sessions.ledger.database import Database
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.rotation.records import Need

ledger = SqliteLedger(Database(Path(sys.argv[1]), lambda _connection, _damaged: None))
assert Quotas(ledger, lambda: NOW).reserve("hung", place("m"), Need(7), 60, NOW)
print("held", flush=True)
sys.stdin.read()
