"""Running an agent's command: its own process group, two clocks, and every byte kept.

The prompt travels on standard input (never in argv, where other users could read it). Lines of
standard output are handed on as they come.
"""

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from ai_sessions.disk import files
from ai_sessions.errors import ProviderError, StorageError

#: A longer line is handed on in pieces, so that one runaway tool result cannot eat all memory.
LONGEST_LINE = 32 << 20
#: Seconds between asking a group to stop and making it.
GRACE_S = 5.0
_STDERR_KEPT = 8000
_SIGNALLED = 128
_TIMED_OUT = 124

Source = Literal["out", "err"]
Kept = Mapping[Source, IO[bytes] | None]


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. `environment` is the child's, complete."""

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    stdin: str = ""
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    log_dir: Path | None = None
    """Where raw output goes, as `<time>-<name>.out` and `.err`; None keeps nothing."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `exit_code` as a shell says it: 124 timed out, 128+n killed by signal n."""

    exit_code: int
    stderr: str
    """The end of standard error."""
    timed_out: str = ""
    """Which clock ran out, for people; empty when none did."""


def run(command: Command, on_line: Callable[[str], None]) -> Ended:
    """Run to the end, calling `on_line` for each line of standard output.

    Whatever happens, the whole group is gone afterwards. Raises `ProviderError` when it cannot be
    started; an interruption of ours stops the group first and goes on up.
    """
    with _logs(command) as logs:
        process = _started(command)
        try:
            return _watched(process, command, on_line, logs)
        finally:
            _stop(process)
            _close(process)


def _started(command: Command) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command.argv),
            cwd=command.cwd,
            env=dict(command.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        name = command.argv[0]
        raise ProviderError(
            f"cannot start {name}: {error.strerror}", f"install {name}, or choose another provider"
        ) from error


def _watched(
    process: subprocess.Popen[bytes], command: Command, on_line: Callable[[str], None], logs: Kept
) -> Ended:
    heard: queue.SimpleQueue[tuple[Source, bytes | None]] = queue.SimpleQueue()
    _in_background(lambda: _feed(process, command.stdin))
    _in_background(lambda: _read(process.stdout, "out", heard))
    _in_background(lambda: _read(process.stderr, "err", heard))
    clocks = _Clocks(command.timeout_s, command.silence_s)
    stderr, open_ends = b"", 2
    while open_ends:
        try:
            source, data = heard.get(timeout=clocks.left())
        except queue.Empty:
            if why := clocks.ran_out():
                return Ended(_TIMED_OUT, _text(stderr), why)
            if process.poll() is not None:  # someone it left behind still holds the pipe
                break
            continue
        clocks.heard()
        if data is None:
            open_ends -= 1
            continue
        _keep(logs[source], data)
        if source == "err":
            stderr = (stderr + data)[-_STDERR_KEPT:]
        elif data.strip():
            on_line(data.decode("utf-8", "replace").rstrip("\r\n"))
    return Ended(_exit_code(process, clocks), _text(stderr))


class _Clocks:
    """How long the whole may take, and how long silence may last."""

    def __init__(self, timeout_s: float, silence_s: float) -> None:
        self._timeout_s, self._silence_s = timeout_s, silence_s
        self._deadline = time.monotonic() + timeout_s
        self.heard()

    def heard(self) -> None:
        self._silent_until = time.monotonic() + self._silence_s

    def left(self) -> float:
        """Seconds to wait at most before looking again."""
        until = min(self._deadline, self._silent_until) - time.monotonic()
        return max(0.0, min(until, 1.0))

    def ran_out(self) -> str:
        now = time.monotonic()
        if now >= self._deadline:
            return f"took longer than {self._timeout_s:g} s"
        if now >= self._silent_until:
            return f"said nothing for {self._silence_s:g} s"
        return ""


def _exit_code(process: subprocess.Popen[bytes], clocks: _Clocks) -> int:
    while True:
        try:
            code = process.wait(timeout=clocks.left())
        except subprocess.TimeoutExpired:
            if clocks.ran_out():
                return _TIMED_OUT
        else:
            return code if code >= 0 else _SIGNALLED - code


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _feed(process: subprocess.Popen[bytes], text: str) -> None:
    """A child that does not read its prompt is no error of ours."""
    with contextlib.suppress(OSError, ValueError):
        assert process.stdin is not None  # noqa: S101 (we asked for a pipe)
        process.stdin.write(text.encode("utf-8", "replace"))
        process.stdin.close()


def _read(
    pipe: IO[bytes] | None,
    source: Source,
    heard: "queue.SimpleQueue[tuple[Source, bytes | None]]",
) -> None:
    with contextlib.suppress(OSError, ValueError):
        while pipe and (line := pipe.readline(LONGEST_LINE)):
            heard.put((source, line))
    heard.put((source, None))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group: ask, wait, insist."""
    if not _signal_group(process, signal.SIGTERM):
        process.wait()
        return
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
        if not _signal_group(process, 0):
            return
        if process.returncode is not None:
            time.sleep(0.02)  # only grandchildren are left
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """False when nobody is left in the group."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says EPERM for zombies
        return False
    return True


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        with contextlib.suppress(OSError, ValueError):
            if pipe:
                pipe.close()


@contextlib.contextmanager
def _logs(command: Command) -> Iterator[Kept]:
    """Files for raw output; a full disk costs the log, never the call."""
    kept: dict[Source, IO[bytes] | None] = {"out": None, "err": None}
    if command.log_dir is not None:
        stem = (
            f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.path.basename(command.argv[0])}"
        )
        with contextlib.suppress(OSError, StorageError):
            files.make_folders(command.log_dir, sync=False)
            for source in kept:
                path = command.log_dir / f"{stem}-{os.getpid()}.{source}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                kept[source] = os.fdopen(files.open_safely(path, flags), "ab")
    try:
        yield kept
    finally:
        for file in kept.values():
            with contextlib.suppress(OSError):
                if file:
                    file.close()


def _keep(file: IO[bytes] | None, data: bytes) -> None:
    if file:
        with contextlib.suppress(OSError):
            file.write(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()
