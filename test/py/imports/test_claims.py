"""Calls of ours that no session has: kept by conversation, whatever happens to the file."""

import os

from ai_sessions.imports import claims

FIRST = ("s1", "2026-10-01T09:00:00.000Z", "2026-10-01T10:00:00.000Z")
SECOND = ("s2", "2026-10-02T09:00:00.000Z", "2026-10-02T10:00:00.000Z")


def test_what_was_added_is_read_by_its_provider(tmp_path):
    folder = tmp_path / "imports"
    claims.add(folder, "claude", *FIRST)
    claims.add(folder, "codex", *SECOND)

    assert list(claims.read(folder, "claude")) == [FIRST]
    assert list(claims.read(folder, "gemini")) == []


def test_a_torn_line_costs_only_itself(tmp_path):
    claims.add(tmp_path, "claude", *FIRST)
    with (tmp_path / "claude.calls").open("ab") as file:
        file.write(b'{"conversation": "s3", \xff')
    claims.add(tmp_path, "claude", *SECOND)

    assert list(claims.read(tmp_path, "claude")) == [FIRST, SECOND]


def test_nobody_else_may_read_it(tmp_path):
    claims.add(tmp_path, "claude", *FIRST)

    assert os.stat(tmp_path / "claude.calls").st_mode & 0o077 == 0
