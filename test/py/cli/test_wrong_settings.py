"""A setting with a wrong value: every command refuses it, whether it needs the setting or not."""

import subprocess

import pytest

from ai_sessions.cli import commands

ARGUMENTS = {
    "init": ["pay"],
    "plan": ["pay", "--check"],
    "implement": ["pay", "--next", "--dry-run"],
    "review": ["pay", "--dry-run"],
    "verify": ["pay", "--evidence-only"],
    "status": ["pay"],
    "show": ["plan-payment"],
    "render": ["plan-payment"],
    "resume": ["plan-payment", "--print"],
    "search": ["word"],
    "import": ["--from", "all"],
    "clean": ["--older-than", "30", "--dry-run"],
    "restore": ["plan-payment"],
    "rename": ["plan-payment", "other"],
    "remove": ["plan-payment"],
    "redact": ["plan-payment", "1"],
    "pin": ["plan-payment"],
    "fork": ["plan-payment", "other"],
    "create": ["notes"],
    "chat": ["notes", "hello"],
    "say": ["notes", "hello", "--role", "user"],
    "remember": ["notes", "be brief"],
    "forget": ["notes", "1"],
    "state": ["notes"],
    "context": ["notes"],
    "summarize": ["notes"],
    "clear": ["notes"],
    "deactivate": ["notes"],
    "tree": ["notes"],
    "tag": ["notes", "a"],
    "describe": ["notes", "what for"],
    "link": ["notes", "other"],
    "models": ["list"],
    "todo": ["report"],
    "bot": ["telegram", "--check"],
}
#: What has to help and to complete words even then.
WITHOUT = ("help", "completion")
COMMANDS = [name for name in commands.BY_NAME if name not in WITHOUT]


@pytest.fixture
def repository(store, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_it_in_one_line(cli, repository, monkeypatch, name):
    monkeypatch.setenv("USE_SESSIONS", "maybe")
    answer = cli(name, *ARGUMENTS.get(name, []))

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "error: USE_SESSIONS='maybe' (environment): use true or false\n"


@pytest.mark.parametrize("name", ["plan", "list", "stats", "search", "todo"])
def test_a_provider_that_nobody_has_is_refused_with_the_names_there_are(
    cli, repository, monkeypatch, name
):
    monkeypatch.setenv("AI_PROVIDER", "claud")
    answer = cli(name, *ARGUMENTS.get(name, []))

    assert answer.code == 3
    assert answer.err.startswith("error: AI_PROVIDER='claud' (environment): no such provider\n")
    assert "did you mean claude? there are: claude, codex," in answer.err


@pytest.mark.parametrize("words", [["help"], ["--version"], ["plan", "--help"], ["list", "-h"]])
def test_help_is_there_all_the_same(cli, repository, monkeypatch, words):
    monkeypatch.setenv("USE_SESSIONS", "maybe")

    assert cli(*words).code == 0
