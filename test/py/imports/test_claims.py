"""Calls of ours that no session has: kept by conversation, whatever happens to the file."""

import os

from ai_sessions.imports import claims

FIRST = ("s1", "2026-10-01T09:00:00.000Z", "2026-10-01T10:00:00.000Z")
SECOND = ("s2", "2026-10-02T09:00:00.000Z", "2026-10-02T10:00:00.000Z")


def call(provider, conversation, _began, ended):
    """One of an hour, as a journal has it."""
    resume = {"id": conversation}
    return {"provider": provider, "resume": resume, "ts": ended, "duration_ms": 3_600_000}


def test_what_was_added_is_read_by_its_provider(tmp_path):
    folder = tmp_path / "imports"
    claims.add(folder, [call("claude", *FIRST), call("codex", *SECOND)])

    assert list(claims.read(folder, "claude")) == [FIRST]
    assert list(claims.read(folder, "gemini")) == []


def test_a_call_of_which_its_agent_keeps_nothing_is_left_out(tmp_path):
    claims.add(tmp_path, [{**call("claude", *FIRST), "resume": None}, call("", *SECOND)])

    assert list(tmp_path.iterdir()) == []


def test_a_torn_line_costs_only_itself(tmp_path):
    claims.add(tmp_path, [call("claude", *FIRST)])
    with (tmp_path / "claude.calls").open("ab") as file:
        file.write(b'{"conversation": "s3", \xff')
    claims.add(tmp_path, [call("claude", *SECOND)])

    assert list(claims.read(tmp_path, "claude")) == [FIRST, SECOND]


def test_nobody_else_may_read_it(tmp_path):
    claims.add(tmp_path, [call("claude", *FIRST)])

    assert os.stat(tmp_path / "claude.calls").st_mode & 0o077 == 0
