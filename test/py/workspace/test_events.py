"""The history of a feature: whole lines."""

import json
from concurrent.futures import ThreadPoolExecutor

from ai_sessions.workspace.events import add_event, set_aside, take_up


def test_events_of_many_writers_are_whole_lines(space):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: add_event(space, "2025-01-01T00:00:00Z", "call", n=i), range(32)))

    lines = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert sorted(line["n"] for line in lines) == list(range(32))


def test_lines_that_were_set_aside_come_back_once(space):
    add_event(space, "2025-01-01T00:00:00Z", "red")
    known = space.text("events.jsonl")
    set_aside(space, known.encode() + b'{"event": "call"}\n')
    set_aside(space, b"")

    take_up(space)
    take_up(space)

    assert space.text("events.jsonl") == known + '{"event": "call"}\n'
