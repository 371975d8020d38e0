"""A program that is asked something cannot keep us waiting."""

import os
import shutil
import signal
import subprocess
import threading

import pytest
from running import is_running, says, up_when

from ai_sessions.processes import asking
from ai_sessions.processes.asking import ask, ask_with_hooks, first_line

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "WORD": "two words"}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo; echo ' 1.2 '; echo more", "1.2"),
        ('echo "$WORD"', "two words"),
        ("echo 1.2; exit 3", ""),
        ("kill -9 $$", ""),
        (":", ""),
        ("printf '\\377x'", "\ufffdx"),
        ("cat", ""),
    ],
)
def test_the_first_line_of_what_went_well_is_the_answer(script, told):
    assert first_line(["/bin/sh", "-c", script], ENVIRONMENT) == told


def test_what_is_not_there_says_nothing(tmp_path):
    assert first_line([str(tmp_path / "none")], ENVIRONMENT) == ""


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path, monkeypatch):
    up_when(monkeypatch, says(tmp_path / "pid"))
    script = f"sleep 600 & echo $! >{tmp_path}/pid; wait"

    assert first_line(["/bin/sh", "-c", script], ENVIRONMENT) == ""
    pid = int((tmp_path / "pid").read_text())
    assert any(not is_running(pid) for _ in range(100_000))  # the kernel takes a moment


def test_one_that_is_ended_leaves_no_descriptor_open(tmp_path):
    before = os.listdir("/dev/fd")
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        ask(["sleep", "600"], tmp_path, ENVIRONMENT, b"x", timeout_s=0.05)

    assert caught.value.timeout == 0.05  # nothing was collected while the error is held
    assert os.listdir("/dev/fd") == before


def test_an_answer_has_both_streams_and_the_exit_code(tmp_path):
    done = ask(["sh", "-c", "cat; echo no >&2; exit 4"], tmp_path, ENVIRONMENT, b"given")

    assert (done.stdout, done.stderr, done.returncode) == (b"given", b"no\n", 4)


@pytest.mark.parametrize("exit_code", [0, 4])
def test_its_end_is_waited_for_without_looking_again_and_again(tmp_path, monkeypatch, exit_code):
    monkeypatch.setattr(subprocess.time, "sleep", lambda _s: pytest.fail("looked again"))
    script = f"exec >&- 2>&-; sleep 0.01; exit {exit_code}"

    for question in (ask, ask_with_hooks):
        done = question(["sh", "-c", script], tmp_path, ENVIRONMENT, timeout_s=60.0)
        assert done.returncode == exit_code


def test_without_a_descriptor_of_its_process_it_is_waited_for_all_the_same(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)

    assert ask(["sh", "-c", "exec >&-; exit 4"], tmp_path, ENVIRONMENT, timeout_s=60.0).returncode


def test_without_input_there_is_nothing_to_wait_for(tmp_path):
    assert ask(["cat"], tmp_path, ENVIRONMENT).stdout == b""


def test_much_that_goes_in_and_comes_out_does_not_lock_up(tmp_path):
    much = b"x" * 1_000_000

    assert ask(["cat"], tmp_path, ENVIRONMENT, much).stdout == much


def test_an_interruption_ends_it_with_what_it_started(tmp_path, monkeypatch):
    """It may clean up: git takes its lock files away."""
    monkeypatch.setattr(asking, "_GRACE_S", 60.0)  # a busy machine may take longer than we grant
    fifo = tmp_path / "pids"
    os.mkfifo(fifo)
    script = f"trap 'rm {tmp_path}/lock; exit' TERM; touch {tmp_path}/lock; sleep 600 & "
    script += f"echo $$ $! >{fifo}; while :; do wait; done"  # until it is its turn to be told
    pids = []

    def interrupt():
        pids.extend(map(int, fifo.read_text().split()))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        ask(["sh", "-c", script], tmp_path, ENVIRONMENT)
    thread.join()

    assert not (tmp_path / "lock").exists()
    assert all(any(not is_running(pid) for _ in range(100_000)) for pid in pids)


def test_what_a_hook_leaves_behind_holds_nothing_up_and_is_ended(tmp_path):
    script = "cat; sleep 600 & echo $!; echo no >&2; exit 4"
    done = ask_with_hooks(["sh", "-c", script], tmp_path, ENVIRONMENT, b"1 ")
    pid = int(done.stdout.split()[1])

    assert (done.stderr, done.returncode) == (b"no\n", 4)
    assert not is_running(pid)


#: A hook with a daemon that runs a copy of `cat` under another name, and is told when it does.
DAEMON = "cp {cat} {name}; setsid -f sh -c 'echo $$ >pid; exec ./{name} hold >ready'"


def outlives_its_hook(folder, name, script=DAEMON):
    """Whether what a hook has started runs still when the hook has ended."""
    for fifo in ("hold", "ready"):
        os.mkfifo(folder / fifo)
    hold = os.open(folder / "hold", os.O_RDWR)
    os.write(hold, b"it runs\n")
    script = script.format(cat=shutil.which("cat"), name=name) + "; read said <ready; cat pid"
    try:
        pid = int(ask_with_hooks(["sh", "-c", script], folder, ENVIRONMENT).stdout)
        is_alive = is_running(pid)
        if is_alive:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(hold)
    return is_alive


@pytest.mark.parametrize("name", ["server", "gitlike", "my-gpg-agent"])
def test_a_outlives_its_hook_in_a_session_of_its_own_is_ended(tmp_path, name):
    assert not outlives_its_hook(tmp_path, name)


def test_a_script_is_not_kept_for_its_name(tmp_path):
    script = "printf '#!/bin/sh\\ncat hold >ready\\n' >{name}; chmod +x {name}"

    assert not outlives_its_hook(
        tmp_path, "gpg-agent", f"{script}; setsid -f sh -c 'echo $$ >pid; exec ./{{name}}'"
    )


@pytest.mark.parametrize("name", ["gpg-agent", "ssh-agent", "git", "git-credential-cache--daemon"])
def test_keepers_of_keys_and_gits_housekeeping_live_on(tmp_path, name):
    assert outlives_its_hook(tmp_path, name)


@pytest.mark.parametrize(("name", "lives_on"), [("git", False), ("gpg-agent", True)])
def test_git_in_our_process_group_is_at_work_for_the_hook_and_ends(tmp_path, name, lives_on):
    """A keeper of keys leaves the group only after whoever has started it has gone on."""
    script = "cp {cat} {name}; ./{name} hold >ready & echo $! >pid"

    assert outlives_its_hook(tmp_path, name, script) is lives_on


def test_a_hook_sees_the_environment_and_stays_in_our_session(tmp_path):
    script = 'echo "$WORD" $(ps -o sid= -p $$ 2>/dev/null || cut -d" " -f6 /proc/$$/stat)'
    done = ask_with_hooks(["/bin/sh", "-c", script], tmp_path, ENVIRONMENT)

    assert done.stdout.split() == [b"two", b"words", str(os.getsid(0)).encode()]


@pytest.mark.parametrize("question", [ask, ask_with_hooks])
def test_a_program_that_is_not_there_is_an_error(question, tmp_path):
    with pytest.raises(FileNotFoundError):
        question(["no-such-program"], tmp_path, ENVIRONMENT)
