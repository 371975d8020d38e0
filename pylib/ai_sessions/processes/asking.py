"""Short questions to programs that are not foreign code: git, and the version of a tool.

Nothing stands between us and such a program, which is ten times as cheap as `running.run`. It is
ended with its process group when it takes too long or we are interrupted; a daemon that it starts
on purpose (git's own housekeeping, an agent for keys) lives on.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ai_sessions import signals
from ai_sessions.processes import table

_PATIENCE_S = 5.0
#: Between asking it to end and making it.
_GRACE_S = 2.0


def ask(
    words: Sequence[str],
    cwd: Path | None,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    *,
    timeout_s: float | None = None,
    may_use_terminal: bool = False,
) -> "subprocess.CompletedProcess[bytes]":
    """What it answers, and how it ended. Raises `OSError` when it cannot be started, and
    `subprocess.TimeoutExpired`.

    `may_use_terminal`: it may ask the person for a password, so it stays in our session.
    """
    with contextlib.ExitStack() as stack:
        with signals.deferred():
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=not may_use_terminal,
            )
            stack.callback(_close, process)
        said, complained = process.communicate(stdin, timeout_s)
        return subprocess.CompletedProcess(words, process.returncode, said, complained)


def first_line(
    words: Sequence[str], environment: Mapping[str, str], timeout_s: float = _PATIENCE_S
) -> str:
    """The first line that a program prints; empty when it cannot be run, fails or is too slow."""
    try:
        done = ask(words, None, environment, timeout_s=timeout_s)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines and done.returncode == 0 else ""


def _close(process: "subprocess.Popen[bytes]") -> None:
    """End it, with all that it started, unless it has ended by itself."""
    if process.poll() is None:
        _signal_all(process, signal.SIGTERM)  # git takes its lock files away
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        _signal_all(process, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(OSError, ValueError):
            if pipe:
                pipe.close()
    process.wait()


def _signal_all(process: "subprocess.Popen[bytes]", number: int) -> None:
    for pid in (*table.descendants_of(process.pid), process.pid):
        with contextlib.suppress(OSError):
            if process.returncode is None or pid != process.pid:
                os.kill(pid, number)
