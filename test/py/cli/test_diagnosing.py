"""`doctor`: the first page to look at, on machines that lack this or that."""

import json
import re
import shutil
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.diagnosis import places

SCRIPTS = Path(config.ROOT) / "scripts"
KEYS = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CODEX_API_KEY"),
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GEMINI_API_KEY"),
    *("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"),
    *("GOOGLE_API_KEY", "OPENROUTER_API_KEY", "LOCAL_MODEL_PATH", "ENV_KEEP"),
)


@pytest.fixture
def machine(root, tmp_path, monkeypatch):
    """One that has everything: git with an identity, bash, and an agent that is logged in."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    home, programs = tmp_path / "home", tmp_path / "programs"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude" / ".credentials.json").write_text("{}")
    programs.mkdir()
    for name in ("git", "bash"):
        (programs / name).symlink_to(shutil.which(name))
    agent(programs, "claude", "echo 2.1.329")
    monkeypatch.setenv("PATH", f"{programs}:{SCRIPTS}")
    monkeypatch.setenv("HOME", str(home))
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "Ada")
        monkeypatch.setenv(f"{name}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(places, "mounts_of", dict)
    return monkeypatch


def agent(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def status(answer):
    return {check["name"]: check["status"] for check in json.loads(answer.out)["checks"]}


def test_where_nothing_is_missing_all_is_well(cli, machine, store):
    answer = cli("doctor")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == "all is well"
    assert re.search(r"^ok +claude +2\.1\.329 .*30 days, logged in$", answer.out, re.MULTILINE)
    assert "hint: codex: npm install -g @openai/codex; then log in: codex login\n" in answer.out


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"PATH": str(SCRIPTS)}, ["git", "bash", "answers"]),
        ({"GIT_COMMITTER_NAME": None, "GIT_COMMITTER_EMAIL": None}, ["identity"]),
        ({"AI_PROVIDER": "codex"}, ["answers"]),
        ({"AI_MODEL": "auto"}, ["answers"]),
        ({"SESSION_DIR": "/dev/null/x"}, ["sessions", "store"]),
    ],
)
def test_what_is_missing_is_named_and_ends_with_1(cli, machine, variables, missing):
    for name, value in variables.items():
        if value is None:
            machine.delenv(name)
        else:
            machine.setenv(name, value)
    answer = cli("doctor")

    assert answer.code == 1
    assert "all is well" not in answer.out
    assert f"error: missing: {', '.join(missing)}\n" in answer.err
    assert all(f"hint: {name}: " in answer.out for name in missing)


@pytest.mark.parametrize(
    ("variables", "who"),
    [
        ({}, "claude: the first agent on your PATH"),
        ({"AI_PROVIDER": "echo"}, "echo: AI_PROVIDER (environment)"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "openai: OPENAI_BASE_URL is set"),
        (
            {"AI_MODEL": "auto", "AI_MODELS": "echo:one echo:two"},
            "auto, the best of 2 models: AI_MODEL (environment)",
        ),
    ],
)
def test_who_answers_is_told_without_asking_a_server(cli, machine, tmp_path, variables, who):
    for name, value in variables.items():
        machine.setenv(name, value)
    if "OPENAI_BASE_URL" in variables:
        (tmp_path / "programs" / "claude").unlink()

    assert re.search(rf"^ok +answers +{re.escape(who)}$", cli("doctor").out, re.MULTILINE)


def test_keys_are_named_and_never_shown(cli, machine):
    machine.setenv("OPENAI_API_KEY", "sk-mine")
    machine.setenv("CODEX_API_KEY", "sk-theirs")
    text, facts = cli("doctor").out, cli("doctor", "--json").out

    assert "OPENAI_API_KEY (environment), CODEX_API_KEY (environment)" in text
    assert json.loads(facts)["keys"] == dict.fromkeys(
        ("OPENAI_API_KEY", "CODEX_API_KEY"), "environment"
    )
    assert "sk-" not in text + facts


def test_drawbacks_are_told_and_end_with_0(cli, machine, tmp_path, root):
    (tmp_path / "home" / ".claude" / ".credentials.json").unlink()
    machine.setenv("PATH", str(tmp_path / "programs"))
    root.mkdir(mode=0o755)
    machine.setattr(places, "mounts_of", lambda: {str(root): "nfs"})
    answer = cli("doctor")

    last = "nothing is missing; to look at: claude, path, sessions, sessions disk"
    assert (answer.code, answer.out.splitlines()[-1]) == (0, last)
    assert re.search(
        rf"^hint: path: export PATH=.{re.escape(str(SCRIPTS))}.*:.?\$PATH", answer.out, re.M
    )
    assert f"hint: sessions: chmod 700 {root}\n" in answer.out


def test_keys_in_a_settings_file_that_others_may_read_are_told(cli, machine, tmp_path):
    file = tmp_path / "home" / ".config" / "ai-sessions" / ".env"
    file.parent.mkdir(parents=True)
    file.write_text("OPENAI_API_KEY=sk-mine\n")
    file.chmod(0o644)

    assert f"hint: settings: chmod 600 {file}\n" in cli("doctor").out


def test_an_agent_that_does_not_tell_its_version_is_there_all_the_same(cli, machine, tmp_path):
    agent(tmp_path / "programs", "claude", "exit 1")

    assert "version unknown" in cli("doctor").out


def test_the_object_has_stable_names(cli, machine, store):
    with store.turn("plan-search", 0):
        found = json.loads(cli("doctor", "--json").out)

    assert found.keys() == {
        *("schema", "ok", "code", "checks", "findings", "mended"),
        *("agents", "keys", "limits", "quotas", "store", "in_use"),
    }
    assert (found["ok"], found["code"], found["store"]["sessions"]) == (True, 0, 3)
    claude, codex, *_ = found["agents"]
    assert (claude["installed"], claude["version"], claude["login"]) == (
        True,
        "2.1.329",
        "logged in",
    )
    assert (codex["installed"], codex["log_in"]) == (False, "codex login")
    assert found["in_use"]["plan-search"].startswith("pid ")


def test_the_names_of_the_checks_are_stable(cli, machine):
    assert list(status(cli("doctor", "--json"))) == [
        *("git", "identity", "python", "bash", "imports", "answers"),
        *("claude", "codex", "gemini", "opencode", "keys", "path", "completion", "settings"),
        *("sessions", "store", "disk", "search", "tokens", "otel", "limit"),
    ]


def test_a_subscription_that_told_nothing_yet_is_unknown(cli, machine):
    out = cli("doctor").out

    assert re.findall(r"^ok +limit +(.*)$", out, re.M) == [
        "claude 5 h: unknown",
        "claude 7 d: unknown",
    ]


def test_an_agent_that_nobody_has_logged_in_has_no_subscription(cli, machine, tmp_path):
    (tmp_path / "home" / ".claude" / ".credentials.json").unlink()

    assert "limit" not in status(cli("doctor", "--json"))


def test_it_makes_no_store_by_looking(cli, machine, root):
    assert "0 sessions, 0 kB" in cli("doctor").out
    assert not root.exists()


def test_damage_is_found_and_mended(cli, machine, store, root):
    with (root / "plan-search" / "journal.jsonl").open("a") as journal:
        journal.write("{broken\n")
    hurt = cli("doctor", "--json")

    assert hurt.code == 1
    assert json.loads(hurt.out)["ok"] is False
    assert json.loads(hurt.out)["findings"][0]["where"] == "plan-search"
    assert "error: damage in 1 session\n" in cli("doctor").err
    assert cli("doctor", "--repair").code == 0
    assert cli("doctor").out.splitlines()[-1] == "all is well"


def test_of_one_session_only_that_is_told(cli, machine, store):
    assert cli("doctor", "plan-search").out == "all is well\n"


def test_a_folder_with_an_odd_name_is_no_damage(cli, machine, store, root):
    (root / "a..b").mkdir()
    answer = cli("doctor")

    assert (answer.code, "a..b: not a session name: never opened" in answer.out) == (0, True)
