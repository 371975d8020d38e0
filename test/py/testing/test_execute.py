"""Running a command contained: its exit code, its end, its output, its environment."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from running import is_running

from ai_sessions.errors import ConfigError
from ai_sessions.processes.output import Ends
from ai_sessions.testing import execute as module
from ai_sessions.testing.execute import environment_for_tests, execute

PATH = {"PATH": os.environ["PATH"]}


def sh(script: str, cwd: Path, timeout_s: float = 60, limit_bytes: int = 1 << 20):
    return execute(["sh", "-c", script], cwd, timeout_s, PATH, limit_bytes)


@pytest.fixture
def late(monkeypatch, clock):
    """The time of a command is up as soon as it has said something."""

    class Heard(Ends):
        def add(self, data: bytes) -> None:
            super().add(data)
            clock.advance()

    monkeypatch.setattr(module, "Ends", Heard)


def goes_on(pid: int) -> bool:
    """False once the process is gone; a kill takes a moment to arrive."""
    deadline = time.monotonic() + 60
    while is_running(pid):
        if time.monotonic() > deadline:
            return True
    return False


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137), ("kill -15 $$", 143)]
)
def test_the_exit_code_is_what_a_shell_would_say(script, code, tmp_path):
    assert sh(script, tmp_path).exit_code == code


def test_a_command_that_is_not_there_is_127(tmp_path):
    done = execute(["no-such-tool", "x"], tmp_path, 5, PATH)

    assert (done.exit_code, done.output) == (127, "no-such-tool: command not found\n")


def test_a_command_that_may_not_be_run_is_126(tmp_path):
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")

    assert execute([str(tool)], tmp_path, 5, PATH).exit_code == 126


def test_a_folder_that_is_not_there_is_our_mistake_not_the_commands(tmp_path):
    with pytest.raises(ConfigError, match="is not a folder"):
        sh("exit 0", tmp_path / "gone")


@pytest.mark.usefixtures("late")
def test_a_command_that_takes_too_long_is_124_and_keeps_what_it_said(tmp_path):
    done = sh("echo begun; sleep 60", tmp_path)

    assert (done.exit_code, done.output) == (124, "begun\n")


@pytest.mark.usefixtures("late")
def test_its_children_end_with_it_when_the_time_is_up(tmp_path):
    done = sh("sleep 61 & echo $!; sleep 62", tmp_path)

    assert done.exit_code == 124
    assert not goes_on(int(done.output))


def test_a_child_left_behind_neither_holds_us_up_nor_lives_on(tmp_path):
    done = sh("sleep 63 & echo $!", tmp_path, timeout_s=60)

    assert done.exit_code == 0
    assert done.duration_ms < 60_000
    assert not goes_on(int(done.output))


@pytest.mark.usefixtures("late")
def test_a_command_that_ignores_the_polite_signal_ends_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GRACE_S", 0.2)

    done = sh("trap '' TERM; echo $$; while :; do sleep 1; done", tmp_path)

    assert done.exit_code == 124
    assert not goes_on(int(done.output))


def test_our_own_interruption_ends_the_group_too(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 64 & echo $! > {pid_file}; wait"
    here = os.getpid()

    def interrupt() -> None:
        while not (pid_file.exists() and pid_file.read_text().endswith("\n")):
            pass
        os.kill(here, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        sh(script, tmp_path)

    assert not goes_on(int(pid_file.read_text()))


def test_there_is_no_terminal_and_no_input_to_wait_for(tmp_path):
    done = sh("cat; tty; exit 0", tmp_path)

    assert done.output == "not a tty\n"


def test_stdout_and_stderr_come_in_their_order_without_control_characters(tmp_path):
    done = sh(r"printf '\033[31mred\033[0m\a\r\n'; echo two >&2; echo three", tmp_path)

    assert done.output == "red\ntwo\nthree\n"


def test_of_a_flood_the_beginning_and_the_end_are_kept(tmp_path):
    code = "import sys; sys.stdout.write('first\\n' + 'x' * 300_000 + '\\nlast\\n')"
    done = execute([sys.executable, "-c", code], tmp_path, 20, PATH, limit_bytes=2000)

    assert done.output.startswith("first\n")
    assert done.output.endswith("\nlast\n")
    assert "bytes left out ..." in done.output
    assert len(done.output) < 2100


def test_no_byte_is_lost_below_the_limit(tmp_path):
    code = "import sys; sys.stdout.write('y' * 1900)"
    done = execute([sys.executable, "-c", code], tmp_path, 20, PATH, limit_bytes=2000)

    assert done.output == "y" * 1900


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "SSH_AUTH_SOCK",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "MAKEFLAGS",
        "NODE_TEST_CONTEXT",
        "BATS_RUN_TMPDIR",
    ],
)
def test_secrets_and_the_tools_around_us_do_not_reach_the_tests(name):
    assert name not in environment_for_tests({name: "x", "PATH": "/bin"})


@pytest.mark.parametrize("name", ["PATH", "HOME", "BATS_LIB_PATH", "TOKENIZERS", "PYTHONPATH"])
def test_what_tests_need_stays(name):
    assert environment_for_tests({name: "x"})[name] == "x"


def test_what_the_user_lets_through_is_given_to_the_tests():
    given = environment_for_tests({"TEST_TOKEN": "t", "ENV_KEEP": "TEST_TOKEN"})

    assert given["TEST_TOKEN"] == "t"
