"""A ledger in a folder of its own, and calls to count in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.ledger.contract import END, EVER, Lease, Need, Recorded, Window
from ai_sessions.ledger.database import Database
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.records import stamp

CENT = 10_000_000
NOW = datetime.now(UTC)


def ledger_at(root: Path, fill=lambda _connection, _damaged: None, **options) -> SqliteLedger:
    return SqliteLedger(Database(root, fill, is_safe=False, **options))


def call(id_: str, cents: int | None = 10, **changes) -> Recorded:
    facts = {
        **{"uid": "u1", "session": "plan-a", "command": "plan", "feature": "a", "project": "/shop"},
        **{"task": "T1.1", "provider": "claude", "model": "claude-opus-4-1", "purpose": "green"},
    }
    nusd = None if cents is None else cents * CENT
    return Recorded(**{"id": id_, "at": stamp(NOW), **facts, "cost_nusd": nusd, **changes})


def lease(id_: str, cents: int, pool: str = "all", **changes) -> Lease:
    return Lease(id_, (Need(pool, cents * CENT),), facts=call(id_, None), **changes)


def window(cents: int, pool: str = "all", since: int = EVER) -> Window:
    return Window(pool, cents * CENT, since)


def used(ledger, pool="all", **span):
    """Cents that were used of a pool."""
    [found] = ledger.view([Window(pool, END, **span)]).windows
    return found.used / CENT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def ledger(root: Path) -> SqliteLedger:
    return ledger_at(root)
