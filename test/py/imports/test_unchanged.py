"""A look at sizes and times tells whether an import would find anything."""

import json
from datetime import UTC, datetime

import pytest

from ai_sessions.imports import SOURCES
from ai_sessions.imports.importer import Importer
from ai_sessions.imports.unchanged import FOLDER, has_nothing_new
from ai_sessions.records import Cost
from ai_sessions.store.files import FileStore

CLAUDE = SOURCES["claude"]


@pytest.fixture
def imported(tmp_path):
    """A log that was imported: where, and the logs."""
    log = tmp_path / ".claude/projects/-src/s1.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("{}\n")
    root = tmp_path / "sessions"
    importer = Importer(CLAUDE, root, lambda _at: FileStore(root), lambda *_call: Cost())
    usage = {"input_tokens": 5}
    message = {"id": "m", "model": "claude-opus-4-1", "usage": usage}
    at = "2026-10-01T10:00:00.000Z"
    line = {"type": "assistant", "message": message, "requestId": "r", "timestamp": at}
    log.write_text(json.dumps(line) + "\n")
    importer.run([log], datetime.now(UTC))
    return root, [log]


def test_logs_that_were_read_to_their_end_have_nothing_new(imported):
    root, logs = imported

    assert has_nothing_new(str(root), CLAUDE, logs)


def test_a_log_that_has_grown_or_is_new_has_something(imported, tmp_path):
    root, logs = imported
    other = tmp_path / "other.jsonl"
    other.touch()
    assert not has_nothing_new(str(root), CLAUDE, [*logs, other])
    with logs[0].open("a") as file:
        file.write("{}\n")

    assert not has_nothing_new(str(root), CLAUDE, logs)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 9}', '{"schema": 1, "whole": false}'])
def test_without_a_state_that_can_be_read_nobody_knows(imported, text):
    root, logs = imported
    (root / FOLDER / "claude.json").write_text(text)

    assert not has_nothing_new(str(root), CLAUDE, logs)
