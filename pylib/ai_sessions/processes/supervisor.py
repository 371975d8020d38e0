"""The process between us and a command, which ends all that the command has started.

Run by `launching.py`, not imported by it. On Linux it is made the parent of every process below it
whose own parent has ended, daemons in sessions of their own included; when it has no children,
nothing is left. Where the kernel cannot do that, it looks for the command's process group and for
the mark that the command's environment carries. It serves one command after the other, because
starting Python takes longer than starting most commands.

We and it talk over a socket. To it: `S` with the three standard streams, then what to start; then
`T` (ask all to end) or `K` (make them). A closed socket means that we are gone, even by `kill -9`:
it asks, and after the grace period insists. From it, a line each: `starting`, then `running PID` or
`failed ERRNO`; `exited STATUS`, as `waitpid` says it; `done` when nothing is left.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` takes 3 ms to load
import _socket
import contextlib
import errno
import marshal
import os
import select
import sys
import time

from ai_sessions.processes import table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
_SPEC_LENGTH = 8
#: Pauses between two looks at processes that do not tell us when they end, or cannot be ended.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.02, 2.0
_STOPPING = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP)
#: Python itself ignores these, and has the others as the command finds them.
_IGNORED = (_signal.SIGPIPE, _signal.SIGXFSZ)
_STREAMS = 3
_INT = 4


def serve(fd: int) -> None:
    """Run what comes over the socket until its other end is closed."""
    socket = _socket.socket(fileno=fd)
    os.set_inheritable(fd, False)
    wakes = _woken_by(_signal.SIGCHLD, *_STOPPING)
    adopts = _adopts_orphans()
    while (streams := _streams(socket)) is not None:
        if streams:
            with contextlib.suppress(BlockingIOError):
                os.read(wakes, 1 << 12)  # what came while we had nothing to do
            _Supervisor(socket, wakes, adopts).run(streams)


def _streams(socket: _socket.socket) -> Sequence[int] | None:
    """Those of the next command; none for a word that was meant for the last one, and None at the
    end.
    """
    try:
        word, ancillary, *_rest = socket.recvmsg(1, _socket.CMSG_SPACE(_STREAMS * _INT))
    except ConnectionResetError:
        return None
    fds = [fd for _level, _type, data in ancillary for fd in memoryview(data).cast("i")]
    for fd in fds:
        os.set_inheritable(fd, False)
    return fds if word else None


def _adopts_orphans() -> bool:
    """Whether the kernel makes us the parent of all that is left of our commands."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0)
    except (OSError, AttributeError):
        return False


class _Supervisor:
    """Watches one command."""

    def __init__(self, socket: _socket.socket, wakes: int, adopts: bool) -> None:
        self._socket, self._wakes = socket, wakes
        self._argv, self._cwd, self._environment, self._mark, self._grace_s, may = _spec(socket)
        self._adopts = adopts and may
        self._main = self._group = 0
        self._is_alone = False
        """Nobody is left to wait for."""
        self._kill_at: float | None = None
        self._pause_s = _FIRST_PAUSE_S

    def run(self, streams: Sequence[int]) -> None:
        """Start it and watch it until nothing is left."""
        self._tell("starting")  # the command might kill us before we can say that it runs
        try:
            self._main = self._group = self._started(streams)
        except OSError as error:
            self._tell(f"failed {error.errno}")
            return
        finally:
            for fd in streams:
                os.close(fd)
            os.chdir("/")
        self._tell(f"running {self._main}")
        self._watch()
        self._tell("done")

    def _watch(self) -> None:
        wakes = self._wakes
        poll = select.poll()
        poll.register(wakes, select.POLLIN)
        poll.register(self._socket.fileno(), select.POLLIN)
        while not self._is_over():
            ready = dict(poll.poll(self._patience_ms()))
            if wakes in ready and any(number in _STOPPING for number in os.read(wakes, 1 << 12)):
                self._ask()
                self._kill_at = time.monotonic() + self._grace_s
            if self._socket.fileno() in ready and not self._obeyed():
                poll.unregister(self._socket.fileno())
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._kill()

    def _patience_ms(self) -> float | None:
        """Until when to wait for news; None: for ever."""
        pauses = []
        if self._kill_at is not None:
            left = self._kill_at - time.monotonic()
            pauses.append(left if left > 0 else self._pause_s)
        if self._main == 0 and not self._adopts:
            pauses.append(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LAST_PAUSE_S) if pauses else _FIRST_PAUSE_S
        return 1000 * min(pauses) if pauses else None

    def _obeyed(self) -> bool:
        """Do what came over the socket; False when nothing more can come."""
        try:
            words = self._socket.recv(1 << 8)
        except OSError:
            words = b""
        if b"K" in words:
            self._kill_at = time.monotonic()
        elif not words and self._kill_at is None:
            self._ask()
            self._kill_at = time.monotonic() + self._grace_s
        elif words:
            self._ask()
        return bool(words)

    def _ask(self) -> None:
        for pid in self._members():
            _signalled(pid, _signal.SIGTERM)

    def _kill(self) -> None:
        """Stop all first, so that none starts others while we look."""
        stopped: set[int] = set()
        while new := [pid for pid in self._members() if pid not in stopped]:
            for pid in new:
                _signalled(pid, _signal.SIGSTOP)
                stopped.add(pid)
        for pid in stopped:
            _signalled(pid, _signal.SIGKILL)

    def _is_over(self) -> bool:
        self._reap()
        return self._main == 0 and (self._is_alone if self._adopts else not self._members())

    def _reap(self) -> None:
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._main:
                    self._main = 0
                    self._tell(f"exited {ended[1]}")
        except ChildProcessError:
            self._is_alone = True

    def _members(self) -> list[int]:
        if self._adopts:
            return table.descendants_of(os.getpid())
        everybody = table.listed()
        us = os.getpid()
        found = [one for one in everybody if one.group == self._group or one.carries(self._mark)]
        found += table.descendants([us, *(one.pid for one in found)], everybody)
        return list({one.pid: one for one in found if not one.is_dead and one.pid != us})

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):  # we are gone: the poll says so
            self._socket.sendall(f"{line}\n".encode())

    def _started(self, streams: Sequence[int]) -> int:
        """The command's pid. Raises `OSError` when it cannot be started."""
        os.chdir(self._cwd)
        actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(streams)]
        denied: OSError | None = None
        for path in _candidates(self._argv[0], self._environment):
            try:
                return os.posix_spawn(
                    path,
                    self._argv,
                    self._environment,
                    file_actions=actions,
                    setsid=True,  # its own group, and no terminal to ask questions on
                    setsigdef=_IGNORED,
                )
            except (FileNotFoundError, NotADirectoryError):
                continue
            except PermissionError as error:
                denied = error
        raise denied or FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _candidates(name: bytes, environment: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """Where a command may be, in the order of its own PATH."""
    if b"/" in name:
        yield name
        return
    for folder in environment.get(b"PATH", os.fsencode(os.defpath)).split(b":"):
        yield os.path.join(folder or b".", name)


def _signalled(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):  # it has ended, or is another user's by now
        os.kill(pid, number)


def _woken_by(*numbers: int) -> int:
    """A descriptor that can be read when one of these signals has come: their numbers."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    os.set_blocking(writes, False)
    _signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    for number in numbers:
        _signal.signal(number, _ignore)
    return reads


def _ignore(_number: int, _frame: object) -> None:
    """A handler, since signals without one wake nobody."""


def _spec(
    socket: _socket.socket,
) -> tuple[list[bytes], bytes, Mapping[bytes, bytes], str, float, bool]:
    """What to start: its length, then the arguments of `launching.start`."""
    length = int.from_bytes(_received(socket, _SPEC_LENGTH), "big")
    spec: tuple[list[bytes], bytes, Mapping[bytes, bytes], str, float, bool]
    spec = marshal.loads(_received(socket, length))  # noqa: S302 (from our own process)
    return spec


def _received(socket: _socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        more = socket.recv(length - len(data))
        if not more:
            os._exit(0)  # we were gone before we had said what to start
        data += more
    return bytes(data)
