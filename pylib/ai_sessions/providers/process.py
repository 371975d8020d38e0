"""Running an agent's command: its own process group, two clocks, and every byte kept.

The prompt travels on standard input (never in argv, where other users could read it). Lines of
standard output are handed on as they come; while they are worked on, nothing more is read, so a
talkative agent waits instead of filling our memory.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from ai_sessions import signals
from ai_sessions.errors import ProviderError
from ai_sessions.providers import logs

#: A longer line is handed on in pieces, so that one runaway tool result cannot eat all memory.
LONGEST_LINE = 32 << 20
#: Seconds between asking a group to stop and making it.
GRACE_S = 5.0
#: The same for what an agent that is gone already left behind.
ORPHANS_GRACE_S = 0.3
_CHUNK = 1 << 16
_STDERR_KEPT = 8000
_LONGEST_ERROR = 1 << 16
_SIGNALLED = 128
_STOPPED = _SIGNALLED + signal.SIGTERM
_TIMED_OUT = 124
#: Seconds after which we look again whether it has ended without closing its output.
_LOOK_S = 1.0
#: Seconds between two times that `Command.stop` is asked.
_ASK_S = 0.25
#: linux/prctl.h
_PR_SET_PDEATHSIG = 1

Channel = Literal["in", "out", "err"]


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
    stop: Callable[[], str] = lambda: ""
    """Asked now and then: why it has to stop, or empty."""
    on_error: Callable[[str], None] = lambda _line: None
    """Called for each line of standard error."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `exit_code` as a shell says it: 124 timed out, 128+n killed by signal n."""

    exit_code: int
    stderr: str
    """The end of standard error."""
    timed_out: str = ""
    """Which clock ran out, for people; empty when none did."""
    stopped: str = ""
    """Why `Command.stop` had it end; empty when it did not."""


def run(command: Command, on_line: Callable[[str], None]) -> Ended:
    """Run to the end, calling `on_line` for each line of standard output.

    Whatever happens, the whole group is gone afterwards. Raises `ProviderError` when it cannot be
    started; an interruption of ours stops the group first and goes on up.
    """
    name = os.path.basename(command.argv[0])
    with logs.raw(command.log_dir, name, "out", "err") as raw, contextlib.ExitStack() as stack:
        with signals.deferred():
            process = _started(command)
            stack.callback(_close, process)
            stack.callback(_stop, process)
        return _Talk(process, command, on_line, raw).ended()


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
            preexec_fn=_bound_to_us(),  # noqa: PLW1509 (it does nothing but two system calls)
            bufsize=0,
        )
    except OSError as error:
        name = os.path.basename(command.argv[0])
        if not command.cwd.is_dir():
            raise ProviderError(f"cannot start {name} in {command.cwd}: no such folder") from error
        raise ProviderError(
            f"cannot start {name}: {error.strerror}", f"install {name}, or choose another provider"
        ) from error


def _bound_to_us() -> Callable[[], None] | None:
    """What a child does first on Linux, so that it ends when we are killed with -9.

    Elsewhere nothing can be done about it: an orphaned agent goes on working, and costing.
    """
    if sys.platform != "linux":
        return None
    import ctypes

    prctl, us = ctypes.CDLL(None).prctl, os.getpid()

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != us:  # we were gone before it could ask
            os._exit(_SIGNALLED + signal.SIGTERM)

    return bind


class _Talk:
    """One conversation with a child: feeds it, listens to it, minds the clocks."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        command: Command,
        on_line: Callable[[str], None],
        raw: logs.Raw,
    ) -> None:
        self._process, self._on_line, self._raw = process, on_line, raw
        self._clocks = _Clocks(command.timeout_s, command.silence_s)
        self._lines, self._errors = _Lines(LONGEST_LINE), _Lines(_LONGEST_ERROR)
        self._stderr = b""
        self._stop, self._on_error = command.stop, command.on_error
        self._stopped = ""
        self._asked_at = 0.0
        self._prompt = memoryview(command.stdin.encode("utf-8", "replace"))
        self._selector = selectors.DefaultSelector()

    def ended(self) -> Ended:
        with self._selector:
            self._open(self._process.stdin, "in", selectors.EVENT_WRITE)
            self._open(self._process.stdout, "out", selectors.EVENT_READ)
            self._open(self._process.stderr, "err", selectors.EVENT_READ)
            timed_out = self._listened()
        self._say(self._lines.rest())
        if self._stopped:
            return Ended(_STOPPED, _text(self._stderr).strip(), stopped=self._stopped)
        code = _TIMED_OUT if timed_out else _exit_code(self._process, self._clocks)
        timed_out = timed_out or (self._clocks.ran_out() if code == _TIMED_OUT else "")
        return Ended(code, _text(self._stderr).strip(), timed_out)

    def _open(self, pipe: IO[bytes] | None, channel: Channel, events: int) -> None:
        if pipe:
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, events, channel)

    def _listened(self) -> str:
        """Until it closed its output, or ended; or which clock ran out."""
        while any(key.data != "in" for key in self._selector.get_map().values()):
            ready = self._selector.select(self._clocks.left())
            for key, _events in ready:
                self._moved(key)
            if why := self._clocks.ran_out():
                return why
            if self._has_to_stop():
                break
            if not ready and self._process.poll() is not None:
                break  # someone it left behind still holds the pipe
        return ""

    def _has_to_stop(self) -> bool:
        now = time.monotonic()
        if now >= self._asked_at:
            self._asked_at = now + _ASK_S
            self._stopped = self._stop()
        return bool(self._stopped)

    def _moved(self, key: selectors.SelectorKey) -> None:
        """A pipe can be read or written; a closed one is listened to no more."""
        fd = key.fd
        try:
            more = self._feed(fd) if key.data == "in" else self._hear(fd, key.data)
        except BlockingIOError:
            return
        except OSError:  # a child that does not read its prompt is no error of ours
            more = False
        if not more:
            self._selector.unregister(key.fileobj)
            if key.data == "in" and self._process.stdin:
                self._process.stdin.close()

    def _feed(self, fd: int) -> bool:
        if self._prompt:
            self._prompt = self._prompt[os.write(fd, self._prompt[:_CHUNK]) :]
        return bool(self._prompt)

    def _hear(self, fd: int, channel: Channel) -> bool:
        data = os.read(fd, _CHUNK)
        self._clocks.heard()
        self._raw.keep(channel, data)
        if channel == "err":
            self._stderr = (self._stderr + data)[-_STDERR_KEPT:]
            for line in self._errors.add(data):
                self._on_error(_text(line))
        else:
            for line in self._lines.add(data):
                self._say(line)
        return bool(data)

    def _say(self, line: bytes) -> None:
        if line.strip():
            self._on_line(_text(line))


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
        return max(0.0, min(until, _LOOK_S))

    def ran_out(self) -> str:
        now = time.monotonic()
        if now >= self._deadline:
            return f"it took longer than {self._timeout_s:g} s"
        if now >= self._silent_until:
            return f"it said nothing for {self._silence_s:g} s"
        return ""


class _Lines:
    """Bytes in, lines out; what has no end yet waits, up to `longest` bytes."""

    def __init__(self, longest: int) -> None:
        self._held = bytearray()
        self._longest = longest

    def add(self, data: bytes) -> Iterator[bytes]:
        start = len(self._held)
        self._held += data
        while (end := self._held.find(b"\n", start)) >= 0:
            yield from self._pieces(end)
            del self._held[:1]
            start = 0
        yield from self._pieces(len(self._held) // self._longest * self._longest)

    def rest(self) -> bytes:
        return bytes(self._held)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size > 0:
            piece = bytes(self._held[: min(size, self._longest)])
            del self._held[: len(piece)]
            size -= len(piece)
            yield piece


def _exit_code(process: subprocess.Popen[bytes], clocks: _Clocks) -> int:
    while True:
        try:
            code = process.wait(timeout=clocks.left())
        except subprocess.TimeoutExpired:
            if clocks.ran_out():
                return _TIMED_OUT
        else:
            return code if code >= 0 else _SIGNALLED - code


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group: ask, wait, insist; a second Ctrl-C insists at once."""
    try:
        _ask_to_stop(process)
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _ask_to_stop(process: subprocess.Popen[bytes]) -> None:
    if not _signal_group(process, signal.SIGTERM):
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE_S)
    # What is left may be dead and only not yet collected by init, so we do not wait long for it.
    deadline = time.monotonic() + ORPHANS_GRACE_S
    while _signal_group(process, 0) and time.monotonic() < deadline:
        time.sleep(0.02)


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


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\r\n")
