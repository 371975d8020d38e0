"""The history of a feature: whole lines."""

import json
from concurrent.futures import ThreadPoolExecutor

from ai_sessions.workspace.events import add_event


def test_events_of_many_writers_are_whole_lines(space):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: add_event(space, "2025-01-01T00:00:00Z", "call", n=i), range(32)))

    lines = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert sorted(line["n"] for line in lines) == list(range(32))
