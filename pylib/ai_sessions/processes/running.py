"""Run a command to its end, or to ours: clocks, a stop from outside, and nothing left behind.

The command and all that it started, daemons too, have ended when the body of `started` is left.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from ai_sessions import signals
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes import launching, leftovers
from ai_sessions.stopping import Stop

TIMED_OUT = 124
_SIGNALLED = 128
_STOPPED = _SIGNALLED + signal.SIGTERM
_CHUNK = 1 << 16
#: Seconds between two times that a caller's question is asked.
_ASK_S = 0.25
#: The same for whether a report is whole, which is waited for when all else is done.
_REPORTED_S = 0.01
#: Seconds that the end of killed processes may take, before we go on without it.
_KILLED_S = 5.0
#: What is read of a pipe that somebody out of our reach keeps open.
_LEFT_IN_PIPE = 1 << 22


class CannotStart(OSError):
    """A command that cannot be started: `errno` and `strerror` say why."""


Channel = Literal["out", "err"]
Output = Iterator[tuple[Channel, bytes]]


@dataclass(frozen=True, slots=True)
class Command:
    """What to start. `environment` is the child's, complete."""

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    stdin: bytes | None = None
    """None: it has no input to wait for."""
    is_merged: bool = False
    """Standard error is heard with standard output, in their order."""
    timeout_s: float = 1800.0
    silence_s: float = float("inf")
    grace_s: float = 5.0
    """Between asking it to end and making it."""
    left_behind_s: float = 0.0
    """The same for processes that it has left behind."""
    finished_s: float = 20.0
    """How long it may go on in silence when it has said all (`Watch.has_said_all`)."""
    stop: Stop | None = None
    may_adopt: bool = True
    """False: as on a system whose kernel has no subreapers."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is asked while it runs. `why_stop`: asked now and then, a reason or empty."""

    why_stop: Callable[[], str] | None = None
    has_said_all: Callable[[], bool] | None = None
    """Asked after output: whether nothing is to come any more."""
    is_reported: Callable[[], bool] | None = None
    """Whether a report is whole that processes may be writing which it left behind."""
    report_s: float = 10.0
    """How long those may take."""
    sign_of_life: Callable[[], None] | None = None
    """Called now and then."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `exit_code` as a shell says it: 124 timed out, 128+n killed by signal n."""

    exit_code: int
    timed_out: str = ""
    """Which clock ran out, for people; empty when none did."""
    stopped: str = ""
    """Why `Watch.why_stop` had it stopped; empty when it did not."""
    cancelled: bool = False
    """`Command.stop` was set."""
    hung: bool = False
    """It had said all, did not end, and was ended. Its exit code is 0."""


@contextlib.contextmanager
def started(
    command: Command, watch: Watch | None = None, notes: Path | None = None
) -> Iterator[Running]:
    """Run it for the length of a `with` body, which takes its output (`Running.output`).

    `notes`: the folder where a file names the command for as long as it runs (None: the usual one).
    What a killed process of ours has noted there is ended first. Raises `CannotStart`. What the
    body raises ends it and goes on up, as an interruption does.
    """
    folder = notes or leftovers.usual_folder()
    leftovers.end(folder)
    mark = leftovers.new_mark()
    with contextlib.ExitStack() as stack:
        with signals.deferred():
            launched = _launched(command, mark)
            stack.callback(launched.close)
            talk = Running(launched, mark, command, watch or Watch())
            stack.callback(talk.close)
            if launched.pid:
                stack.enter_context(leftovers.noted(folder, mark, launched.pid))
        talk.wake = stack.enter_context(command.stop.wakes()) if command.stop else None
        yield talk


def _launched(command: Command, mark: str) -> launching.Launched:
    try:
        return launching.start(
            command.argv,
            command.cwd,
            command.environment,
            mark,
            command.grace_s,
            has_input=command.stdin is not None,
            is_merged=command.is_merged,
            may_adopt=command.may_adopt,
        )
    except OSError as error:
        raise CannotStart(error.errno, error.strerror or str(error)) from error


class Running:
    """A command and its supervisor: feeds it, listens, minds the clocks."""

    def __init__(
        self, launched: launching.Launched, mark: str, command: Command, watch: Watch
    ) -> None:
        self._launched, self._mark = launched, mark
        self._command, self._watch = command, watch
        self._asks = bool(watch.why_stop or watch.sign_of_life)
        self.wake: int | None = None
        """What can be read once the command has to stop (`Stop.wakes`)."""
        self._input = memoryview(command.stdin or b"")
        self._clocks = _Clocks(command, watch)
        self._told = bytearray(launched.news)
        self._status: int | None = None
        """How the command itself has ended, as `waitpid` says it."""
        self._is_gone = False
        """All that it started has ended."""
        self._timed_out, self._stopped = "", ""
        self._cancelled = self._hung = False
        self._has_said_all = False
        self._insist_at: float | None = None
        self._give_up_at: float | None = None
        self._selector = selectors.DefaultSelector()

    def output(self) -> Output:
        """What it says, as it comes, until all has ended, or the supervisor cannot end it. Nothing
        more is read while the caller works on a part of it.
        """
        with self._selector:
            self._listen_to(self.wake)
            while not self._is_gone:
                for key, _events in self._selector.select(self._patience_s()):
                    yield from self._moved(key.fd, key.data)
                self._mind(time.monotonic())
            yield from self._rest()

    def ended(self) -> Ended:
        """How it ended, when its output has."""
        how = (self._timed_out, self._stopped, self._cancelled, self._hung)
        return Ended(self._exit_code(), *how)

    def close(self) -> None:
        """End what is not yet gone: ask, wait, insist; a second Ctrl-C insists at once."""
        self._selector.close()
        try:
            if not self._is_gone:
                self._launched.ask()
                self._await_end(self._command.grace_s)
        finally:
            if not self._is_gone:
                self._launched.insist()
                self._await_end(_KILLED_S)
            if not self._launched.is_done:  # its supervisor was killed, or suspended
                leftovers.end_marked(self._mark)

    def _listen_to(self, wake: int | None) -> None:
        launched = self._launched
        named = (("in", launched.stdin), ("out", launched.out), ("err", launched.err))
        for name, fd in (*named, ("told", launched.told.fileno()), ("wake", wake)):
            if fd is not None and fd >= 0:
                os.set_blocking(fd, False)
                events = selectors.EVENT_WRITE if name == "in" else selectors.EVENT_READ
                self._selector.register(fd, events, name)
        self._take_news()

    def _moved(self, fd: int, name: str) -> Output:
        """A pipe can be read or written; a closed one is listened to no more."""
        if name == "wake":
            self._selector.unregister(fd)
        elif name == "told":
            self._take_news()
        elif name == "in":
            self._feed(fd)
        elif (data := _read(fd)) is not None:
            yield from self._taken(fd, name, data)

    def _taken(self, fd: int, name: str, data: bytes) -> Output:
        if not data:
            self._selector.unregister(fd)
            return
        self._clocks.heard()
        yield "err" if name == "err" else "out", data
        ask = self._watch.has_said_all
        self._has_said_all = bool(ask and ask())

    def _feed(self, fd: int) -> None:
        try:
            self._input = self._input[os.write(fd, self._input[:_CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:  # a command that does not read its input is no error of ours
            self._input = memoryview(b"")
        if not self._input:
            self._selector.unregister(fd)
            self._launched.close_input()

    def _take_news(self) -> None:
        """From the supervisor; its end is the end of all."""
        try:
            while news := self._launched.told.recv(_CHUNK):
                self._told += news
            self._is_gone = True  # its supervisor was killed
        except BlockingIOError:
            pass
        except OSError:
            self._is_gone = True
        *lines, rest = self._told.split(b"\n")
        self._told = rest
        for line in lines:
            word, _space, status = line.partition(b" ")
            if word == b"exited":
                self._status = int(status)
                self._clocks.exited()
            elif word == b"done":
                self._is_gone = self._launched.is_done = True

    def _mind(self, now: float) -> None:
        """What has to be done now, apart from listening."""
        if self._insist_at is None:
            if self._status is not None:
                self._mind_those_left_behind(now)
            elif self._has_to_end(now):
                self._end(now, self._command.grace_s)
        elif self._give_up_at is None and now >= self._insist_at:
            self._insist(now)
        elif self._give_up_at is not None and now >= self._give_up_at:
            self._is_gone = True  # out of our reach, as a program of another user is

    def _has_to_end(self, now: float) -> bool:
        """Whether it has to; why is noted, one reason only."""
        if is_time := self._clocks.is_time_to_ask(now):
            self._give_sign()
        ask = self._watch.why_stop
        if self._command.stop and self._command.stop.is_set():
            self._cancelled = True
        elif self._has_said_all and now >= self._clocks.finished_at():
            self._hung = True
        elif why := self._clocks.ran_out(now):
            self._timed_out = why
        elif ask and is_time:
            self._stopped = ask()
        return bool(self._cancelled or self._hung or self._timed_out or self._stopped)

    def _give_sign(self) -> None:
        if self._watch.sign_of_life:
            self._watch.sign_of_life()

    def _mind_those_left_behind(self, now: float) -> None:
        is_reported = self._watch.is_reported
        if is_reported is None or is_reported() or now >= self._clocks.report_until:
            self._end(now, self._command.left_behind_s)

    def _end(self, now: float, grace_s: float) -> None:
        self._insist_at = now + grace_s
        if grace_s > 0:
            self._launched.ask()
        else:
            self._insist(now)

    def _insist(self, now: float) -> None:
        self._launched.insist()
        self._give_up_at = now + _KILLED_S

    def _patience_s(self) -> float | None:
        """Seconds to listen at most before looking again."""
        if self._give_up_at is not None:
            until = self._give_up_at
        elif self._insist_at is not None:
            until = self._insist_at
        elif self._status is not None:
            return _REPORTED_S
        else:
            until = self._clocks.next(self._has_said_all, self._asks)
        return max(0.0, until - time.monotonic())

    def _await_end(self, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._launched.told, selectors.EVENT_READ)
            while not self._is_gone and (left := deadline - time.monotonic()) > 0:
                if selector.select(left):
                    self._take_news()

    def _rest(self) -> Output:
        """What is still in the pipes."""
        for key in list(self._selector.get_map().values()):
            left = _LEFT_IN_PIPE if key.data in ("out", "err") else 0
            while left > 0 and (data := _read(key.fd)):
                yield from self._taken(key.fd, key.data, data)
                left -= len(data)

    def _exit_code(self) -> int:
        if self._timed_out:
            return TIMED_OUT
        if self._stopped or self._cancelled:
            return _STOPPED
        if self._hung:
            return 0
        if self._status is None:
            return _SIGNALLED + signal.SIGKILL
        code = os.waitstatus_to_exitcode(self._status)
        return code if code >= 0 else _SIGNALLED - code


class _Clocks:
    """How long the whole may take, how long silence may last, and when to ask again."""

    def __init__(self, command: Command, watch: Watch) -> None:
        self._command, self._watch = command, watch
        self._deadline = time.monotonic() + command.timeout_s
        self._ask_at = 0.0
        self.report_until = self._deadline
        self.heard()

    def heard(self) -> None:
        self._heard_at = time.monotonic()

    def exited(self) -> None:
        """From now on, only a report is waited for."""
        self.report_until = min(self._deadline, time.monotonic() + self._watch.report_s)

    def finished_at(self) -> float:
        """When one that has said all has been silent for too long."""
        return self._heard_at + self._command.finished_s

    def is_time_to_ask(self, now: float) -> bool:
        if now < self._ask_at:
            return False
        self._ask_at = now + _ASK_S
        return True

    def next(self, has_said_all: bool, asks: bool) -> float:
        """When to look again, at the latest."""
        times = [self._deadline, self._heard_at + self._command.silence_s]
        if has_said_all:
            times.append(self.finished_at())
        if asks:
            times.append(self._ask_at)
        return min(times)

    def ran_out(self, now: float) -> str:
        if now >= self._deadline:
            return f"it took longer than {round(self._command.timeout_s, 1):g} s"
        if now >= self._heard_at + self._command.silence_s:
            return f"it said nothing for {self._command.silence_s:g} s"
        return ""


def _read(fd: int) -> bytes | None:
    """Empty at the end; None when there is nothing now."""
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""
