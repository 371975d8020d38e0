"""The line to paste when the shell does not find our commands, or does not complete them."""

import subprocess
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.diagnosis import shell

SCRIPTS = Path(config.ROOT) / "scripts"


def test_our_scripts_on_the_path_are_well_also_through_a_link(tmp_path):
    (tmp_path / "ai-session.sh").symlink_to(SCRIPTS / "ai-session.sh")

    assert shell.on_path({"PATH": str(SCRIPTS)}).status == "ok"
    assert shell.on_path({"PATH": str(tmp_path)}).status == "ok"


@pytest.mark.parametrize("path", ["", "/usr/bin"])
def test_without_them_there_is_a_line_to_paste(path):
    check = shell.on_path({"PATH": path})
    pasted = f'{check.hint}; printf %s "$PATH"'
    done = subprocess.run(
        ["bash", "-c", pasted], env={"PATH": "/bin"}, capture_output=True, text=True, check=True
    )

    assert (check.status, done.stdout) == ("warning", f"{SCRIPTS}:/bin")


def test_another_copy_on_the_path_is_told(tmp_path):
    other = tmp_path / "ai-session.sh"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)

    assert str(other) in shell.on_path({"PATH": str(tmp_path)}).detail


def test_a_folder_that_needs_quotes_is_quoted(monkeypatch):
    monkeypatch.setattr(config, "ROOT", "/a b/$c")

    assert shell.on_path({}).hint == """export PATH='/a b/$c/scripts':"$PATH\""""


@pytest.mark.parametrize(
    ("name", "start", "line"),
    [
        ("bash", ".bashrc", 'eval "$(ai-session.sh completion bash)"'),
        ("zsh", ".zshrc", 'eval "$(ai-session.sh completion zsh)"'),
        ("fish", ".config/fish/config.fish", "ai-session.sh completion fish | source"),
    ],
)
def test_completion_is_set_up_when_the_shell_starts_with_it(tmp_path, name, start, line):
    environment = {"SHELL": f"/bin/{name}"}
    before = shell.completion(environment, tmp_path)
    (tmp_path / start).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / start).write_text(f"# mine\n{line}\n")
    after = shell.completion(environment, tmp_path)

    assert (before.status, before.hint) == ("ok", f"add this line to it: {line}")
    assert (after.detail, after.hint) == (f"set up in {tmp_path / start}", "")


def test_a_shell_we_do_not_know_is_left_alone(tmp_path):
    assert shell.completion({"SHELL": "/bin/tcsh"}, tmp_path).hint == ""
    assert shell.completion({}, tmp_path).status == "ok"
