"""Commands run to their end; whether a process still runs, asked of the kernel (`ps` may lack); a
clock for those that have to run out of time.
"""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ai_sessions.processes import asking
from ai_sessions.processes.running import Command, Ended, started


def is_running(pid: int) -> bool:
    """False once it has ended, also while nobody has waited for it (a zombie; needs /proc)."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return False


class Clock:
    """In place of the module `time` of what runs commands: hours pass when a test says so, so that
    a command has said what it has to say before its time is up, however long it takes to start.
    """

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    def advance(self, seconds: float = 3600.0) -> None:
        self.ahead_s += seconds


def up_when(monkeypatch: pytest.MonkeyPatch, is_so: Callable[[], bool]) -> None:
    """The time of a program that is asked something is up once this is so, and no sooner."""
    communicate = asking._Process.communicate

    def patient(process, given, timeout_s):
        while True:
            try:
                return communicate(process, given, 0.05)
            except subprocess.TimeoutExpired:
                if is_so():
                    raise subprocess.TimeoutExpired(process.args, timeout_s) from None

    monkeypatch.setattr(asking._Process, "communicate", patient)


def says(path: Path) -> Callable[[], bool]:
    """Whether a line is there, to its end."""
    return lambda: path.exists() and path.read_text().endswith("\n")


def ran(command: Command, notes: Path) -> Ended:
    """Run it to its end, with its output thrown away."""
    with started(command, None, notes) as child:
        for _part in child.output():
            pass
    return child.ended()
