"""`resume`: the command that goes on in the agent's own window."""

import json
import subprocess

import pytest

from ai_sessions.records import About, Cost, Resume

from .conftest import call


def with_calls(store, *calls, name="plan-search"):
    store.append(name, list(calls))


def test_the_command_is_printed_with_its_folder(cli, store):
    assert cli("resume", "plan-s").out == "cd /home/me/wiki && claude --resume 0190-abc\n"


def test_the_agent_that_answered_last_is_taken_and_another_can_be_named(cli, store):
    codex = call(7, 0, 1, provider="codex", resume=Resume("th:1", "", "/a b"))
    with_calls(store, codex)

    assert cli("resume", "plan-search").out == "cd '/a b' && codex resume th:1\n"
    assert "claude --resume" in cli("resume", "plan-search", "--provider", "claude").out
    told = json.loads(cli("resume", "plan-search", "--json").out)
    assert told["command"] == ["codex", "resume", "th:1"]
    assert (told["cwd"], told["provider"]) == ("/a b", "codex")


@pytest.mark.parametrize("provider", ["claude", "codex", "gemini", "opencode"])
@pytest.mark.parametrize("id_", ["--dangerously-skip-permissions", "-c"])
@pytest.mark.parametrize("how", ["--print", "--exec"])
def test_an_id_never_becomes_an_option_of_the_agent(cli, store, provider, id_, how):
    with_calls(store, call(7, 0, 1, provider=provider, resume=Resume(id_)))
    answer = cli("resume", "plan-search", "--provider", provider, how)

    assert (answer.code, answer.out) == (9, "")
    assert f"not a conversation: {id_!r}" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["nobody"], 4, "no session"),
        (["plan-search", "--provider", "gemini"], 4, "no conversation of gemini"),
        (["plan-search", "--provider", "openai"], 4, "openai has no window"),
        (["plan-search", "--print", "--exec"], 2, "--print and --exec exclude each other"),
    ],
)
def test_what_cannot_be_resumed_is_said(cli, store, words, code, told):
    with_calls(store, call(8, 0, 1, provider="openai", resume=Resume("x")))
    answer = cli("resume", *words)

    assert answer.code == code
    assert told in answer.err


def test_a_session_without_a_conversation_is_not_found(cli, store):
    store.ensure("chat-x", store.read("plan-search").about)
    with_calls(store, call(9, 0, None, cost=Cost(), resume=None), name="chat-x")

    assert cli("resume", "chat-x").code == 4


def test_run_needs_the_agent_and_the_folder(cli, store, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli("resume", "plan-search", "--exec").code == 3

    (tmp_path / "claude").write_text("#!/bin/sh\n")
    (tmp_path / "claude").chmod(0o755)
    answer = cli("resume", "plan-search", "--exec")
    assert answer.code == 3
    assert "/home/me/wiki" in answer.err


def test_a_session_in_use_is_not_run_a_second_time(cli, store, monkeypatch):
    with store.turn("plan-search", 0):
        assert cli("resume", "plan-search", "--exec").code == 8


def test_a_conversation_of_a_folder_that_is_gone_goes_on_in_its_repository(
    cli, store, tmp_path, monkeypatch
):
    repo, tree = tmp_path / "shop", tmp_path / "tree"
    subprocess.run(["git", "init", "-q", repo], check=True)
    monkeypatch.chdir(repo)
    about = About("implement", "tree", str(tree), git_folder=f"{repo}/.git")
    store.ensure("implement-tree", about)
    with_calls(store, call(7, 0, 1, resume=Resume("th-1", "", str(tree))), name="implement-tree")
    answer = cli("resume", "implement-tree")

    assert answer.out == f"cd {repo} && claude --resume th-1\n"
    assert f"{tree} is gone" in answer.err
    assert cli("resume", "plan-s").out.startswith("cd /home/me/wiki && ")


def test_who_wrote_a_summary_last_is_not_gone_on_with(cli, store):
    codex = call(7, 0, 1, provider="codex", resume=Resume("th:1", "", "/a b"))
    aside = call(8, 0, 1, purpose="summary")
    with_calls(store, codex, aside)

    assert cli("resume", "plan-search").out == "cd '/a b' && codex resume th:1\n"
