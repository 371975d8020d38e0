"""Calls that no session keeps: noted while under way, settled once by their agent's log."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.providers.meters import Used
from ai_sessions.records import Cost, Usage
from ai_sessions.sessions import unkept
from ai_sessions.sessions.cut_off import Books
from ai_sessions.store.memory import MemoryStore

BEGAN = datetime(2026, 11, 21, 3, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=5)
CALLING = {"id": "call-9", "at": "2026-11-21T03:00:00.000Z", "provider": "claude"}
SESSION = {"name": "plan-a", "uid": "u1", "command": "plan", "feature": "a", "project": "/shop"}
UNDER_WAY = {**SESSION, "calling": {**CALLING, "task": "T1", "resume": "id-1"}}


@pytest.fixture
def settled(tmp_path):
    """Settle what is left; what was told, and what agents' logs were asked for."""
    told, asked = [], []

    def logged(*call):
        asked.append(call)
        return Used({"opus": Usage(9, 1)}, Cost(30, "prices:x"), {"opus": 30})

    def settle(cost_of=lambda _id: None):
        books = Books(MemoryStore(), lambda: BEGAN + timedelta(hours=2), logged)
        found = unkept.settle(books, tmp_path, lambda *one: told.append(one), cost_of)
        return found, told, asked

    return settle


@pytest.fixture
def gone(monkeypatch):
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: None)


def test_one_whose_process_is_gone_is_told_once(tmp_path, settled, monkeypatch):
    unkept.note(tmp_path, UNDER_WAY)
    sign = unkept.folder(tmp_path, "plan-a") / "20261121T030000Z-claude-7.out"
    sign.touch()
    os.utime(sign, (ENDED.timestamp(), ENDED.timestamp()))
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: None)
    found, [(session, [entry])], asked = settled()

    assert found
    assert session == SESSION
    assert asked == [("claude", "id-1", BEGAN, ENDED + timedelta(seconds=2))]
    assert (entry["id"], entry["cost_nusd"], entry["status"]) == ("call-9", 30, "interrupted")
    assert (entry["resume"]["id"], entry["task"]) == ("id-1", "T1")
    assert settled()[0] is False
    assert list((tmp_path / ".imports/under-way").iterdir()) == []


def test_one_that_is_under_way_is_left_alone(tmp_path, settled):
    unkept.note(tmp_path, UNDER_WAY)

    assert settled() == (False, [], [])


def test_one_that_came_to_its_end_leaves_nothing(tmp_path, settled, gone):
    unkept.note(tmp_path, UNDER_WAY)
    unkept.note(tmp_path, {**SESSION, "calling": {}})

    assert settled() == (False, [], [])


def test_one_that_was_told_before_its_note_was_taken_back_is_not_told_again(
    tmp_path, settled, gone
):
    unkept.note(tmp_path, UNDER_WAY)

    assert settled({"call-9": 7}.get)[1] == []
    assert settled()[0] is False


def test_a_note_that_is_damaged_costs_only_itself(tmp_path, settled, gone):
    unkept.note(tmp_path, {**UNDER_WAY, "name": "plan-b"})
    (unkept.folder(tmp_path, "plan-b") / "call.json").write_text("{")
    unkept.note(tmp_path, UNDER_WAY)

    assert len(settled()[1]) == 1


def test_nobody_else_may_read_it(tmp_path):
    unkept.note(tmp_path, UNDER_WAY)

    for path in (tmp_path / ".imports").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
