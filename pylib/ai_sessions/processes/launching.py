"""Starting a command under a supervisor. Those that have ended their command start the next one."""

from __future__ import annotations

import _socket
import contextlib
import errno
import marshal
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass

_PYLIB = str(Path(__file__).resolve().parents[2])
#: Two lines say how it began: `starting`, and `running` or `failed`.
_LINES_OF_START = 2
_SERVE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from ai_sessions.processes.supervisor import serve; serve(int(sys.argv[2]))"
)
#: Without it, a closed socket would end a host program that does not ignore SIGPIPE.
_NO_SIGNAL = getattr(_socket, "MSG_NOSIGNAL", 0)
_MOST_IDLE = 4
#: For a supervisor that somebody has suspended.
_PATIENCE_S = 60.0


class _Supervisor:
    """A supervisor process, and the socket to talk to it over."""

    def __init__(self) -> None:
        self.socket, theirs = _socket.socketpair()
        words = [sys.executable, "-I", "-S", "-c", _SERVE, _PYLIB, str(theirs.fileno())]
        with contextlib.closing(theirs):
            self.process = subprocess.Popen(
                words,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def begin(self, streams: Sequence[int], spec: bytes) -> bytes | None:
        """Have it start a command; the rest of what it tells about that, empty when the command
        has killed it at once. None when it was not there any more. Raises `OSError` when the
        command cannot be started.
        """
        self.socket.settimeout(_PATIENCE_S)
        fds = struct.pack(f"{len(streams)}i", *streams)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, fds)]
            self.socket.sendmsg([b"S"], rights, _NO_SIGNAL)
            self.socket.sendall(len(spec).to_bytes(8, "big") + spec, _NO_SIGNAL)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while heard.count(b"\n") < _LINES_OF_START and (more := self.socket.recv(1 << 8)):
                heard += more
        self.socket.setblocking(False)
        return heard.partition(b"\n")[2] if heard else None


class _Pool:
    """The supervisors of this process that have nothing to do. A process that was forked from ours
    begins with none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._idle: list[_Supervisor] = []
        self._retired: list[subprocess.Popen[bytes]] = []

    def take(self) -> _Supervisor:
        """One that is ours alone until it is given back or retired."""
        with self._lock:
            if self._owner != os.getpid():
                self._owner, self._idle, self._retired = os.getpid(), [], []
            self._retired = [one for one in self._retired if one.poll() is None]
            if self._idle:
                return self._idle.pop()
        return _Supervisor()

    def give_back(self, supervisor: _Supervisor) -> None:
        """Let the next command have it."""
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(supervisor)
                return
        self.retire(supervisor)

    def retire(self, supervisor: _Supervisor) -> None:
        """It ends, with all that is left of its command, also when somebody has suspended it."""
        supervisor.socket.close()
        supervisor.process.send_signal(signal.SIGCONT)
        with self._lock:
            self._retired.append(supervisor.process)


#: The one piece of state: starting a supervisor for each command would take 10 ms more.
_POOL = _Pool()


def prepare() -> None:
    """Start a supervisor beside other work, so that the first command need not wait for it."""
    with contextlib.suppress(OSError):  # the command that needs it says so
        _POOL.give_back(_POOL.take())


@dataclass(slots=True)
class Launched:
    """A command that runs. `err` is -1 when standard error goes where standard output goes, `stdin`
    when there is none; `pid` is 0 when the command has killed its supervisor at once.
    """

    pid: int
    stdin: int
    out: int
    err: int
    news: bytes
    """What its supervisor has told already (see `supervisor.py`)."""
    is_done: bool = False
    """To be set when the supervisor has said that nothing is left."""
    _supervisor: _Supervisor = field(kw_only=True)

    @property
    def told(self) -> _socket.socket:
        """Where its supervisor tells what becomes of it."""
        return self._supervisor.socket

    def ask(self) -> None:
        """Ask all processes of the command to end."""
        self._say(b"T")

    def insist(self) -> None:
        """Make them end."""
        self._say(b"K")

    def close_input(self) -> None:
        """Nothing more is to come."""
        fd, self.stdin = self.stdin, -1
        if fd >= 0:
            os.close(fd)

    def close(self) -> None:
        """Close the pipes. What is not done is ended by its supervisor, which is not used again."""
        self.close_input()
        os.close(self.out)
        if self.err >= 0:
            os.close(self.err)
        (_POOL.give_back if self.is_done else _POOL.retire)(self._supervisor)

    def _say(self, word: bytes) -> None:
        with contextlib.suppress(OSError):  # it was killed
            self.told.send(word, _NO_SIGNAL)


def start(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    mark: str,
    grace_s: float,
    *,
    has_input: bool,
    is_merged: bool,
    may_adopt: bool = True,
) -> Launched:
    """Start a command in a session of its own. Raises `OSError` when it cannot be started.

    `mark`: a variable that is set for it, to know its processes by. `grace_s`: between asking and
    making it end, when we are gone. `is_merged`: standard error goes where standard output goes.
    `may_adopt` False: as on a system whose kernel has no subreapers.
    """
    words = [os.fsencode(word) for word in argv]
    variables = {os.fsencode(name): os.fsencode(value) for name, value in environment.items()}
    variables[mark.encode()] = b"1"
    if not words or any(b"\0" in text for text in (*words, *variables, *variables.values())):
        raise OSError(errno.EINVAL, "a word is empty or holds a NUL byte")
    spec = marshal.dumps((words, os.fsencode(cwd), variables, mark, float(grace_s), may_adopt))
    with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
        stdin, given_in = _pipe_in(ours, theirs) if has_input else (-1, _null(theirs))
        out, given_out = _pipe_out(ours, theirs)
        err, given_err = (-1, given_out) if is_merged else _pipe_out(ours, theirs)
        supervisor, news = _begun([given_in, given_out, given_err], spec)
        pid, news = _running(supervisor, news)
        ours.pop_all()
        return Launched(pid, stdin, out, err, news, _supervisor=supervisor)


def _begun(streams: Sequence[int], spec: bytes) -> tuple[_Supervisor, bytes]:
    """Who has started it, and what he told. One that was killed while it was idle is replaced."""
    for _time in range(_MOST_IDLE + 2):
        supervisor = _POOL.take()
        try:
            news = supervisor.begin(streams, spec)
        except BaseException:
            _POOL.retire(supervisor)
            raise
        if news is not None:
            return supervisor, news
        _POOL.retire(supervisor)
    raise OSError(errno.ESRCH, "its supervisor does not start")


def _running(supervisor: _Supervisor, news: bytes) -> tuple[int, bytes]:
    """The command's pid, and the rest of the news."""
    line, _end, rest = news.partition(b"\n")
    word, _space, number = line.partition(b" ")
    if word == b"failed":
        _POOL.give_back(supervisor)
        raise OSError(int(number), os.strerror(int(number)))
    return (int(number), rest) if word == b"running" else (0, b"")


def _pipe_in(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[int, int]:
    reads, writes = os.pipe()
    ours.callback(os.close, writes)
    theirs.callback(os.close, reads)
    return writes, reads


def _pipe_out(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[int, int]:
    reads, writes = os.pipe()
    ours.callback(os.close, reads)
    theirs.callback(os.close, writes)
    return reads, writes


def _null(theirs: contextlib.ExitStack) -> int:
    fd = os.open(os.devnull, os.O_RDONLY)
    theirs.callback(os.close, fd)
    return fd
