"""What Tab offers, asked by the shells themselves where they are installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from scripted import plan_of

ROOT = Path(__file__).resolve().parents[3]
OURS = ROOT / "scripts/ai-session.sh"
PLAN = plan_of(
    "{id: T1.1, title: One, files: {src: [a.py], tests: [test_a.py]}}",
    "{id: T1.2, title: Two, files: {src: [b.py], tests: [test_b.py]}}",
)


@pytest.fixture
def project(store, tmp_path, monkeypatch):
    """Features `pay` and `pay-later` in a folder with a space in its name."""
    monkeypatch.setenv("SESSION_DIR", str(store.root))
    folder = tmp_path / "my shop"
    (folder / ".git").mkdir(parents=True)
    for feature in ("pay", "pay-later"):
        (folder / ".ai-session" / feature).mkdir(parents=True)
    (folder / ".ai-session/pay/plan.yaml").write_text(PLAN)
    (folder / "todo list.md").write_text("")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def offered(cli, monkeypatch):
    """What is offered for the last one of these words."""

    def ask(*words):
        with monkeypatch.context() as patch:
            patch.setenv("_AI_SESSION_COMPLETE", "bash_complete")
            patch.setenv("COMP_WORDS", "\n".join(words))
            patch.setenv("COMP_CWORD", str(len(words) - 1))
            answer = cli("completion")
        assert (answer.code, answer.err) == (0, "")
        return [line.partition(",")[2] for line in answer.out.split("\n") if line]

    return ask


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ai-session.sh sho", ["show"]),
        ("ai-session.sh show plan-", ["plan-payment", "plan-search"]),
        ("ai-session.sh help impl", ["implement"]),
        ("ai-session.sh config BUDGET_M", ["BUDGET_MONTH", "BUDGET_MODEL"]),
        ("ai-session.sh config se", ["set"]),
        ("ai-session.sh config set BUDGET_D", ["BUDGET_DAY"]),
        ("ai-session.sh restore ", []),
        ("implement.sh pa", ["pay", "pay-later"]),
        ("./scripts/implement.sh pay --task ", ["T1.1", "T1.2"]),
        ("implement.sh pay-later --task ", []),
        ("implement.sh --task T", ["T1.1", "T1.2"]),
        ("implement.sh pay --provider cl", ["claude"]),
        ("review.sh pay --with co", ["codex"]),
        ("status.sh pay-", ["pay-later"]),
        ("verify.sh pay --jun", ["--junit"]),
        ("track-session-todo.sh re", ["report"]),
        ("track-session-todo.sh end impl", ["implement-payment"]),
        ("init-session.sh p", []),
        ("assistant.sh c", ["chat"]),
        ("assistant.sh --sug", ["--suggest-model"]),
        ("assistant.sh --favorite meta-llama/llama-3.2", ["meta-llama/llama-3.2-3b-instruct:free"]),
        ("assistant.sh ask --model deepseek/deepseek-r1", []),
    ],
)
def test_names_of_features_tasks_sessions_and_providers_are_offered(offered, line, found):
    assert offered(*line.split(" ")) == found


def test_outside_of_a_repository_nothing_is_offered_and_nothing_said(offered):
    assert offered("implement.sh", "") == []


def ask_shell(shell, script, project):
    """What a real shell prints, after it ran what `completion` gave it."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    environment = {name: os.environ[name] for name in ("PATH", "SESSION_DIR")}
    done = subprocess.run(
        [shell, "-c", script],
        capture_output=True,
        text=True,
        cwd=project,
        env={**environment, "HOME": str(project), "OURS": str(OURS)},
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("implement.sh pay --task T1", ["T1.1", "T1.2"]),
        ("ai-session.sh rest", ["restore"]),
        ("plan.sh pay --import todo", ["todo list.md"]),
        ("status.sh nothing", []),
    ],
)
def test_bash_completes(project, words, found):
    script = f"""
        eval "$("$OURS" completion bash)"
        complete -p implement.sh >/dev/null
        COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _ai_sessions
        printf '%s\\n' ${{COMPREPLY[@]+"${{COMPREPLY[@]}}"}}"""

    assert [line for line in ask_shell("bash", script, project) if line] == found


def test_fish_completes(project):
    script = '"$OURS" completion fish | source; complete -C "implement.sh pay --task T1"'

    assert ask_shell("fish", script, project) == ["T1.1", "T1.2"]


def test_zsh_understands_what_it_gets(project):
    script = """
        compdef() { print -l -- "$@"; }
        eval "$("$OURS" completion zsh)"
        compadd() { print -l -- $plain; }
        words=(implement.sh pay --task T1) CURRENT=4
        _ai_sessions"""

    lines = ask_shell("zsh", script, project)

    assert lines[0] == "_ai_sessions"
    assert "implement.sh" in lines
    assert lines[-2:] == ["T1.1", "T1.2"]
