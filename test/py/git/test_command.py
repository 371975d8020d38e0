"""The one way to run git: environment, locks, errors."""

import os
import subprocess
from pathlib import Path

import pytest

from ai_sessions import git
from ai_sessions.environment import LOCAL_TO_GIT
from ai_sessions.errors import ConfigError, LockBusy, TimedOut
from ai_sessions.git import command

from .conftest import hook, put, run, write


def test_a_repository_named_by_the_environment_is_not_ours(repo, empty, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(empty / ".git"))

    assert git.top_level(repo) == repo


def test_looking_needs_no_lock(repo):
    (repo / ".git" / "index.lock").touch()
    put(repo, "a.txt", "A")

    assert git.changed_since(repo, "HEAD") == ("a.txt",)


def test_without_git_it_says_so(repo, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(repo, "src")))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.status(repo)


def test_git_has_to_be_on_the_path(monkeypatch, tmp_path):
    git.need()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.need()


def test_the_environment_of_an_outer_git_is_left_behind(repo):
    local = run(repo, "rev-parse", "--local-env-vars").split()

    assert set(local) <= LOCAL_TO_GIT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_COMMON_DIR", "{}/.git"),
        ("GIT_OBJECT_DIRECTORY", "{}/.git/objects"),
        ("GIT_NAMESPACE", "another"),
        ("GIT_CONFIG_PARAMETERS", "'core.worktree'='{}'"),
        ("GIT_WORK_TREE", "{}"),
    ],
)
def test_no_variable_of_git_leads_to_another_repository(repo, empty, monkeypatch, name, value):
    before = git.head(repo), git.status(repo)
    monkeypatch.setenv(name, value.format(empty))

    assert (git.head(repo), git.status(repo)) == before


def test_settings_of_an_outer_git_are_not_ours(repo, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Somebody else")

    assert git.identity(repo) == "Dev <dev@example.com>"


@pytest.mark.parametrize(
    ("key", "theirs", "ours"),
    [
        ("core.fsmonitor", "./watch", "false"),
        ("core.untrackedCache", "true", "false"),
        ("core.trustctime", "false", "true"),
        ("core.checkStat", "minimal", "default"),
        ("core.quotePath", "true", "false"),
        ("core.safecrlf", "true", "false"),
        ("core.hooksPath", "hooks", os.devnull),
    ],
)
def test_settings_by_which_a_repository_deceives_are_ours(repo, key, theirs, ours):
    run(repo, "config", key, theirs)

    assert command.read(repo, "config", "--get", key).decode().strip() == ours


def test_looking_starts_no_program_of_the_repository(repo):
    for name in ("watch", "hooks/post-index-change"):
        put(repo, name, "#!/bin/sh\ntouch started\n")
        (repo / name).chmod(0o755)
    run(repo, "config", "core.fsmonitor", "./watch")
    run(repo, "config", "core.hooksPath", "hooks")

    git.snapshot(repo)
    git.status(repo)

    assert not (repo / "started").exists()


def test_writing_runs_hooks_unless_they_are_left_out(repo):
    hook(repo, "post-checkout", "touch ran")

    command.write(repo, *command.NO_HOOKS, "checkout", "-q", "-b", "one")
    assert not (repo / "ran").exists()
    command.write(repo, "checkout", "-q", "-b", "two")
    assert (repo / "ran").exists()


@pytest.mark.parametrize("ask", [command.call, command.write])
def test_names_are_no_patterns(repo, ask):
    write(repo, **{"*.txt": "x", "b.txt": "x"})

    done = ask(repo, "ls-files", "--others", "--", "*.txt")

    assert done.stdout == b"*.txt\n"


def test_a_reply_is_english_and_never_a_question(repo, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "1")

    for ask in (command.call, command.write):
        done = ask(repo, "-c", "alias.e=!env", "e")
        said = dict(line.partition("=")[::2] for line in command.text(done).splitlines())
        assert said["GIT_TERMINAL_PROMPT"] == "0"
        assert said["GIT_NO_REPLACE_OBJECTS"] == "1"
        wanted = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"} if ask is command.call else {}
        assert {key: said.get(key) for key in wanted} == wanted
    assert (said["LANGUAGE"], said["LC_ALL"]) == ("en", "de_DE.UTF-8")  # hooks are the user's


def test_an_environment_of_its_own_is_all_that_a_command_gets(repo, monkeypatch):
    monkeypatch.setenv("MINE", "1")
    given = {"PATH": os.environ["PATH"], "GIT_DIR": "/nowhere"}

    done = command.write(repo, "-c", "alias.e=!env", "e", environment=given)

    assert "MINE=" not in command.text(done)
    assert "/nowhere" not in command.text(done)
    more = command.call(repo, "-c", "alias.e=!env", "e", environment={"MORE": "2"})
    assert "MORE=2" in command.text(more)
    assert "MINE=1" in command.text(more)


def test_many_names_go_in_on_stdin_whatever_is_in_them(repo):
    names = ["new\nline", "caf\udce9", ":(glob)**", " x", "-n"]
    for name in names:
        put(repo, name, "x")

    command.read(repo, "add", *command.from_stdin(names), stdin=names)

    listed = command.split(command.read(repo, "ls-files", "-z"))
    assert set(names) < set(listed)
    assert command.from_stdin([]) == ()


def test_bytes_go_in_as_they_are(repo):
    id_ = command.read(repo, "hash-object", "-w", "--stdin", stdin=b"a\0b").strip().decode()

    assert command.read(repo, "cat-file", "blob", id_) == b"a\0b"


def test_what_git_cannot_do_is_an_error_of_one_line(repo):
    with pytest.raises(ConfigError) as error:
        command.read(repo, "cat-file", "blob", "nowhere")

    assert error.value.message.startswith("git cat-file failed: fatal: ")


def test_a_folder_that_is_not_there_is_told(repo):
    with pytest.raises(ConfigError, match="gone is not a folder"):
        command.call(repo / "gone", "status")


def test_a_lock_of_another_git_is_told_as_such(repo):
    (repo / ".git" / "index.lock").touch()

    with pytest.raises(LockBusy, match="another git process is at work: fatal: ") as error:
        command.checked(command.write(repo, "add", "a.txt"), "git add")

    assert "delete the named lock file" in error.value.hint


def said(stderr=b"", stdout=b"", code=1):
    return subprocess.CompletedProcess(["git"], code, stdout, stderr)


@pytest.mark.parametrize(
    ("done", "line"),
    [
        (said(b"\n  fatal: no\x1b[31m\nmore\n"), "fatal: no"),
        (said(b"", b"on stdout\n"), "on stdout"),
        (said(b" \n", b"on stdout\n"), "exit 1"),
        (said(b"caf\xe9"), "caf\N{REPLACEMENT CHARACTER}"),
        (said(code=128), "exit 128"),
    ],
)
def test_the_first_line_is_told_without_control_characters(done, line):
    assert command.first_line(done) == line


def test_what_went_well_is_passed_on():
    done = said(b"warning", b"x\0y\0", 0)

    assert command.checked(done, "git x") is done
    assert command.busy(done) is None
    assert command.busy(said(b"\xff")) is None
    assert command.split(done.stdout) == ["x", "y"]


def test_what_a_line_announces_is_told_with_it(repo):
    put(repo, ".gitignore", "left\n")
    put(repo, "left", "x")

    done = command.write(repo, "add", "left")

    told = "The following paths are ignored by one of your .gitignore files: left"
    assert command.first_line(done) == told


@pytest.mark.parametrize("ask", [command.call, command.write])
def test_git_that_hangs_is_ended(repo, ask):
    with pytest.raises(TimedOut, match=r"git hangs did not end within 0.1 s"):
        ask(repo, "-c", "alias.hangs=!exec sleep 600", "hangs", timeout_s=0.1)
