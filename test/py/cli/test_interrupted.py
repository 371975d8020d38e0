"""A signal at each step of a task: its exit code, nothing left running, and the way to go on."""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from running import is_running
from scripted import git

LAUNCH = Path(__file__).parents[3] / "pylib" / "ai_sessions" / "cli" / "launch.py"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
PLAN = """\
schema: 1
feature: pay
title: Payments
defaults:
  test: {runner: opaque, cmd: [sh, check.sh, "{tests}"]}
phases:
  - id: P1
    title: One
    tasks:
      - id: T1.1
        title: Pay
        files: {src: [pay.sh], tests: [tests/pay.sh]}
        tests: [tests/pay.sh]
"""
#: Whatever runs passes here; one of them waits, and so does a daemon that it has started.
GATE = """\
echo "$what" >>"$RAN"
[ "$(wc -l <"$RAN")" -eq "${STOP:-0}" ] || return 0
echo $$ >>"$PIDS"
if [ "$what" = hook ]; then
  echo here >"$PIPE"
else
  setsid sh -c 'echo $$ >>"$PIDS"; echo here >"$PIPE"; exec sleep 600' </dev/null >/dev/null 2>&1 &
fi
exec sleep 600
"""
AGENT = """\
#!/bin/sh
[ "$1" != --version ] || { echo '2.1.329 (Claude Code)'; exit 0; }
while [ $# -gt 0 ]; do
  case $1 in --session-id | --resume) id=$2 ;; esac
  shift
done
case $(cat) in *'make them pass'*) step=green ;; *) step=red ;; esac
what=$step
. "$GATE"
case $step in
red) mkdir -p tests && echo '. ./pay.sh && [ "$(pay)" = paid ]' >tests/pay.sh ;;
green) echo 'pay() { echo paid; }' >pay.sh ;;
esac
printf '{"type":"result","subtype":"success","is_error":false,"session_id":"%s",' "$id"
printf '"result":"Done","usage":{"input_tokens":1,"output_tokens":1},"total_cost_usd":0.01}\\n'
"""
#: What of it all runs when, and which signal comes then.
STEPS = (
    ("test", signal.SIGHUP),
    ("red", signal.SIGINT),
    ("test", signal.SIGTERM),
    ("hook", signal.SIGHUP),
    ("green", signal.SIGTERM),
    ("test", signal.SIGHUP),
    ("test", signal.SIGINT),
    ("hook", signal.SIGTERM),
)


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def repo(tmp_path, monkeypatch):
    home, made = tmp_path / "home", tmp_path / "shop"
    os.mkfifo(tmp_path / "pipe")
    put(tmp_path / "gate", GATE)
    put(tmp_path / "bin/claude", AGENT)
    put(home / ".gitconfig", "[user]\nname = T\nemail = t@example.com\n")
    put(made / "check.sh", 'what=test; . "$GATE"; . "$1"\n')
    put(made / ".ai-session/.gitignore", "cache/\nlogs/\nlocks/\n")
    put(made / ".ai-session/pay/plan.yaml", PLAN)
    for name in ("RAN", "PIDS", "PIPE", "GATE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("AI_PROVIDER", "claude")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    git(made, "init", "-q", "-b", "main")
    put(made / ".git/hooks/pre-commit", 'what=hook; . "$GATE"\n')
    put(tmp_path / "ran", "")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "Begin")
    return made


@pytest.fixture
def begin(repo):
    """Begin a command, which ends with the test. `stop`: which of all that runs is to wait."""
    begun = []

    def started(*words, stop=0):
        command = subprocess.Popen(
            [sys.executable, "-I", "-S", LAUNCH, *words],
            cwd=repo,
            env={**os.environ, "STOP": str(stop)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun.append(command)
        return command

    started("plan", "pay", "--approve").communicate()
    put(repo.parent / "ran", "")
    yield started
    for command in begun:
        command.kill()


def until_it_waits(folder):
    pipe = os.open(folder / "pipe", os.O_RDWR)
    try:
        assert select.select([pipe], [], [], 60)[0]
        os.read(pipe, 100)
    finally:
        os.close(pipe)


@pytest.fixture
def _heard():
    """A shell that starts us in the background has an interruption ignored, `nohup` a hangup."""
    interruption = signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, interruption)
    signal.signal(signal.SIGHUP, hangup)


@pytest.mark.skipif(not shutil.which("setsid"), reason="needs setsid")
@pytest.mark.usefixtures("_heard")
@pytest.mark.parametrize(
    ("number", "what", "sent"), [(at, *step) for at, step in enumerate(STEPS, 1)]
)
def test_a_signal_ends_all_that_runs_and_the_next_run_goes_on(
    repo, tmp_path, begin, number, what, sent
):
    running = begin("implement", "pay", "--task", "T1.1", stop=number)
    until_it_waits(tmp_path)
    assert (tmp_path / "ran").read_text().split()[-1] == what

    running.send_signal(sent)
    said = running.communicate()[0]

    assert running.returncode == CODES[sent]
    assert said.endswith("error: interrupted\nhint: run the same command again to go on\n")
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == (1 if what == "hook" else 2)
    assert not any(map(is_running, pids))
    again = begin("implement", "pay", "--task", "T1.1")
    assert again.communicate()[0].splitlines()[-1].startswith("Next: ")
    assert again.returncode == 0
    assert git(repo, "status", "--porcelain") == ""
