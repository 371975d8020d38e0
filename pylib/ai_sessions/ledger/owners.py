"""Whose lease it is: a process of this machine, which can be asked whether it is still there."""

from __future__ import annotations

import os
import time
from functools import lru_cache

from ai_sessions.processes import table


class Owner:
    """A process. `machine` is this start of the machine, so no other process has the same three."""

    __slots__ = ("machine", "pid", "start")

    def __init__(self, pid: int, start: str, machine: str) -> None:
        self.pid, self.start, self.machine = pid, start, machine

    def is_gone(self, until: int) -> bool:
        """Whether its lease, which ends at `until` (microseconds since 1970), is nobody's now."""
        if self.machine != table.machine():
            return until < now()
        found = table.of(self.pid)
        return found is None or found.is_dead or found.start != self.start


def ourselves() -> Owner:
    """This process."""
    pid = os.getpid()
    return Owner(pid, _start(pid), table.machine())


@lru_cache(maxsize=1)
def _start(pid: int) -> str:
    """When this process began, which no fork of it has in common."""
    found = table.of(pid)
    return found.start if found else ""


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1_000
