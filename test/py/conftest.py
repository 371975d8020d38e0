"""For many folders: reports over calls, what `stats --by` tells of a store that holds just these;
and the clock of commands that run.
"""

import collections

import pytest
from running import Clock

from ai_sessions.index import Index
from ai_sessions.index.calls import EVERY, by
from ai_sessions.processes import running
from ai_sessions.records import About
from ai_sessions.store.memory import MemoryStore


def reported(key, calls, zone=None, wanted=EVERY):
    """What `stats --by` tells of calls, each with the facts of its session."""
    store = MemoryStore()
    bare = {"type": "interaction", "messages": [], "status": "ok", "provider": ""}
    entries = collections.defaultdict(list)
    for number, one in enumerate(calls):
        if one["session"] not in entries:
            facts = (one.get(name, "") for name in ("command", "feature", "project"))
            about = About(*facts, interface=one.get("interface", ""))
            store.ensure(one["session"], about)
        entries[one["session"]].append({**bare, "id": f"{number}", **one})
    for name, added in entries.items():
        store.append(name, added)
    return by(Index(store.source()), key, wanted, zone).answer


@pytest.fixture
def report():
    return reported


@pytest.fixture
def clock(monkeypatch):
    """The clock of commands that run, which a test moves on."""
    clock = Clock()
    monkeypatch.setattr(running, "time", clock)
    return clock
