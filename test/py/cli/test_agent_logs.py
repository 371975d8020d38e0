"""`import --from`: what it says of what it passed over, and of logs that it does not find."""

import json
import sys
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The only log, of claude; three calls are in it."""
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".claude/projects/-src-shop/a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text((FIXTURES / "claude-transcript.jsonl").read_text())
    return path


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python itself unpacks zstd")
def test_what_was_passed_over_is_said_with_its_reason(cli, root, log, tmp_path, monkeypatch):
    with log.open("a") as file:
        file.write('{"type":"assistant", broken\n')
    log.with_name("b.jsonl.gz").write_bytes(b"no gzip")
    log.with_name("c.jsonl.zst").write_bytes(b"packed")
    monkeypatch.setenv("PATH", str(tmp_path))

    answer = cli("import", "--from", "claude")

    assert "3 new calls" in answer.out
    assert answer.out.endswith(
        "(1 unreadable line, 1 unreadable file, 1 packed log left: install zstd)\n"
    )


def test_programs_are_told_the_same_by_numbers(cli, root, log):
    log.with_name("b.jsonl.gz").write_bytes(b"no gzip")

    (told,) = json.loads(cli("import", "--from", "claude", "--json").out)["imported"]

    names = ("calls", "unreadable", "unreadable_files", "packed_files", "waiting_files")
    assert [told[name] for name in names] == [3, 0, 1, 0, 0]


def test_a_variable_that_leads_nowhere_is_named(cli, root, log, monkeypatch, tmp_path):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "nowhere"))

    answer = cli("import", "--from", "claude")

    assert answer.code == 4
    assert f"no logs of claude in {tmp_path}/nowhere (CLAUDE_CONFIG_DIR names it)" in answer.err


@pytest.fixture
def counted(cli):
    """How many calls `stats` and an export have."""

    def count():
        told = json.loads(cli("stats", "--json").out)
        exported = json.loads(cli("export").out)
        return told["interactions"], sum(len(one["interactions"]) for one in exported)

    return count


def test_a_removed_session_that_comes_in_anew_counts_once(cli, root, log, counted):
    [name] = json.loads(cli("import", "--from", "claude", "--json").out)["imported"][0]["sessions"]
    cli("remove", name)
    assert counted() == (3, 3)

    assert cli("import", "--from", "claude", "--anew").code == 0
    assert counted() == (3, 3)
    cli("remove", name)
    assert counted() == (3, 3)


@pytest.fixture
def twice(cli, root, log):
    """The session `other` is in the trash, and its calls came in anew; the new session's name."""
    [name] = json.loads(cli("import", "--from", "claude", "--json").out)["imported"][0]["sessions"]
    cli("rename", name, "other")
    cli("remove", "other")
    assert cli("import", "--from", "claude", "--anew").code == 0
    return name


def test_a_removed_session_stays_removed_while_another_has_its_calls(cli, twice, counted):
    answer = cli("restore", "other")

    assert answer.code == 2
    assert f"calls of other are in session {twice} now" in answer.err
    assert f"ai-session.sh remove {twice}, then restore other" in answer.err
    assert counted() == (3, 3)


def test_doing_what_it_says_counts_every_call_once(cli, twice, counted, log):
    lines = log.read_text()
    log.with_name("b.jsonl").write_text(lines.replace('"id":"', '"id":"b').replace("req_", "req_b"))
    assert "new call" in cli("import", "--from", "claude").out
    before = counted()
    assert before > (3, 3)

    cli("remove", twice)
    assert cli("restore", "other").code == 0
    assert counted() == before
    cli("import", "--from", "all", "--anew")
    assert counted() == before
    cli("remove", "other")
    assert counted() == before
