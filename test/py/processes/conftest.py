"""Commands for these tests: Python scripts that say which processes they have started."""

import os
import sys
import textwrap
from pathlib import Path

import pytest

from ai_sessions.processes import running

#: What scripts begin with: `sleeper(session)` starts a process that would outlive its parent, once
#: it has said its pid; with `session` it is a daemon of the usual kind, by two forks.
PROLOGUE = """
import os, signal, subprocess, sys, time
def say(*words):
    print(*words, flush=True)
def sleeper(session=False):
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        if session:
            os.setsid()
            if os.fork():
                os._exit(0)
        say(os.getpid())
        os.close(writes)
        time.sleep(600)
    os.close(writes)
    os.read(reads, 1)
    if session:
        os.waitpid(pid, 0)
"""


class Run:
    """One run of a script: how it ended, what it said, which pids it named."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        self.heard = lambda: None

    def __call__(self, script: str, watch: running.Watch | None = None, **more) -> running.Ended:
        words = [sys.executable, "-I", "-S", "-c", PROLOGUE + textwrap.dedent(script)]
        more = {"timeout_s": 120.0, **more}
        command = running.Command(words, self.folder, {"PATH": os.environ["PATH"]}, **more)
        with running.started(command, watch, self.folder) as child:
            for channel, data in child.output():
                self.hear(channel, data)
        return child.ended()

    def hear(self, _channel: str, data: bytes) -> None:
        self.said += data.decode()
        self.heard()

    @property
    def pids(self) -> list[int]:
        return [int(word) for word in self.said.split() if word.isdigit()]


@pytest.fixture
def play(tmp_path):
    return Run(tmp_path)


@pytest.fixture
def another(tmp_path):
    return lambda: Run(tmp_path)
