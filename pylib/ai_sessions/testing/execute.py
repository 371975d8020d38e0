"""Run one command, contained: no shell, own process group, limited time and memory, no keys."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ai_sessions import controls, signals
from ai_sessions.environment import without_git, without_secrets
from ai_sessions.errors import ConfigError

TIMED_OUT = 124
NOT_EXECUTABLE = 126
NOT_FOUND = 127
_OUTPUT_BYTES = 1 << 20
_GRACE_S = 2.0
_LOOK_S = 0.1
#: How long processes that a command left behind may go on with its report.
_REPORT_S = 10.0

#: Facts about a tool around us that would mislead the same tool inside the tests.
_FOREIGN = (
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "NODE_TEST_CONTEXT"),
    *("PYTEST_CURRENT_TEST", "PYTEST_XDIST_*", "BATS_[!L]*"),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command did. `exit_code` as the shell says it; `output`: stdout and stderr, plain."""

    exit_code: int
    output: str
    duration_ms: int


@dataclass(slots=True)
class _Kept:
    """The first and the last bytes of an output; what lies between is counted only."""

    limit: int
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = self.limit // 2 - len(self.head)
        if room > 0:
            self.head += chunk[:room]
            chunk = chunk[room:]
        self.tail += chunk
        if len(self.tail) > self.limit:
            self._trim()

    def text(self) -> str:
        if len(self.tail) > self.limit // 2:
            self._trim()
        gap = f"\n[... {self.dropped} bytes left out ...]\n".encode() if self.dropped else b""
        return controls.plain((self.head + gap + self.tail).decode("utf-8", "replace"))

    def _trim(self) -> None:
        excess = len(self.tail) - self.limit // 2
        del self.tail[:excess]
        self.dropped += excess


def environment_for_tests(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without secrets and without what tools around us left there."""
    kept = {
        name: value
        for name, value in without_git(without_secrets(environ)).items()
        if not any(fnmatchcase(name.upper(), pattern) for pattern in _FOREIGN)
    }
    # Two edits within one second and of equal size would otherwise run the older byte code.
    kept.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    return kept


def execute(
    command: Sequence[str],
    cwd: Path,
    timeout_s: float,
    environ: Mapping[str, str],
    limit_bytes: int = _OUTPUT_BYTES,
    *,
    is_reported: Callable[[], bool] = lambda: True,
) -> Finished:
    """Run `command`; everything it started is gone when this returns or raises.

    `is_reported`: whether the report that the command writes is whole. Processes that it left
    behind are given some time to finish it before they are killed.
    Raises `ConfigError` when `cwd` is no folder; a command that cannot start is an exit code.
    """
    if not cwd.is_dir():
        raise ConfigError(f"{cwd} is not a folder")
    started = time.monotonic()
    kept = _Kept(limit_bytes)
    with contextlib.ExitStack() as stack:
        with signals.deferred():
            try:
                process = stack.enter_context(_start(command, cwd, environ))
            except (OSError, ValueError) as error:
                return _not_started(command, error)
            stack.enter_context(_ended_with(process))
        in_time = _listen(process, kept, started + timeout_s, is_reported)
    code = _exit_code(process.returncode) if in_time else TIMED_OUT
    return Finished(code, kept.text(), round((time.monotonic() - started) * 1000))


def _start(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,  # its own group, and no terminal to ask questions on
    )


def _not_started(command: Sequence[str], error: Exception) -> Finished:
    missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
    reason = "command not found" if missing else getattr(error, "strerror", None) or str(error)
    name = command[0] if command else "(empty command)"
    return Finished(NOT_FOUND if missing else NOT_EXECUTABLE, f"{name}: {reason}\n", 0)


def _listen(
    process: "subprocess.Popen[bytes]",
    kept: _Kept,
    deadline: float,
    is_reported: Callable[[], bool],
) -> bool:
    """Keep what it says until it ends; False when the deadline came first."""
    assert process.stdout is not None  # noqa: S101  (stdout=PIPE)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        ended = False
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(min(left, _LOOK_S)):
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    break
                kept.add(chunk)
            elif ended:
                break  # a daemon that left the group still holds the pipe
            if not ended and process.poll() is not None:
                ended = True
                _await_report(process, is_reported, deadline)
                _signal_group(process, signal.SIGKILL)  # children that it left behind
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, deadline - time.monotonic()))
    if process.returncode is None:
        return False
    _await_report(process, is_reported, deadline)
    return True


def _await_report(
    process: "subprocess.Popen[bytes]", is_reported: Callable[[], bool], deadline: float
) -> None:
    """Wait until the report is whole, or until nobody is left in the group to write it."""
    deadline = min(deadline, time.monotonic() + _REPORT_S)
    while not is_reported() and _group_lives(process) and time.monotonic() < deadline:
        time.sleep(_LOOK_S / 10)


def _group_lives(process: "subprocess.Popen[bytes]") -> bool:
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


@contextlib.contextmanager
def _ended_with(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Whatever happens inside, our own interruption too, the whole group has ended after it."""
    try:
        yield
    finally:
        try:
            if process.poll() is None:
                _signal_group(process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE_S)
        finally:
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    # PermissionError: macOS says so of a group whose members are all dead but not yet reaped
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _exit_code(returncode: int) -> int:
    return returncode if returncode >= 0 else 128 - returncode
