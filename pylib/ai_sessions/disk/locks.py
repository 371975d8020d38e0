"""Kernel locks on files: free the moment their process dies, first come first served.

A lock file is never deleted. Who deletes one all the same splits its users in two, so after
locking we check that the path still leads to the file we hold, and start again when it does not.
"""

import contextlib
import errno
import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from ai_sessions import site_packages
from ai_sessions.disk import files
from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.stopping import GIVEN_UP

_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
_HOLDER_BYTES = 200
#: A wait shorter than this is nobody's concern (a write takes a millisecond).
PATIENCE_S = 1.0

#: How long we try before we stand in line, and the pauses between.
_QUICK_S = 0.1
_BETWEEN_S = (0.0002, 0.001)
#: The pauses of who may give up, after `PATIENCE_S`: some are long, so that a machine may rest.
_SELDOM_S = (0.0005, 0.01)

Tell = Callable[[str], None]


def silent(_text: str) -> None:
    """For who does not want to be told."""


class GivenUp(LockBusy):
    """Nobody waits any more for the work that needs the lock (`stopping.GIVEN_UP`)."""

    kind = "given_up"


class Lock:
    """A lock that is held until `release`, or until this process ends."""

    __slots__ = ("_fd",)

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def is_at(self, path: Path) -> bool:
        """Whether it is held still, and `path` leads to the file that it is held on."""
        return self._fd >= 0 and files.same_file(path, self._fd)

    @property
    def descriptor(self) -> int:
        """For a process that is begun with it, and holds the lock, too."""
        return self._fd

    def hand_over(self) -> None:
        """Leave the lock to the processes that have its descriptor: it is free when they end."""
        fd, self._fd = self._fd, -1
        os.close(fd)

    def release(self) -> None:
        """Let the next one in. A second call does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            # Unlocking first: a child forked meanwhile may keep the descriptor open.
            with contextlib.suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)


def acquire(path: Path | str, wait_s: float, what: str, tell: Tell = silent) -> Lock:
    """Lock the file `path`, made when missing (its folder is not).

    `what` names the thing in messages ("session plan-x"); `tell` hears whom we wait for. Raises
    `LockBusy` after `wait_s`, `FileNotFoundError` when the folder is gone, `StorageError`.
    """
    deadline = time.monotonic() + wait_s
    while True:
        fd = _opened(path)
        try:
            lock_file(fd, deadline, what, tell)
            if files.same_file(path, fd):
                _sign(fd)
                return Lock(fd)
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
        if time.monotonic() > deadline:
            raise _busy(what, "", wait_s)


@contextlib.contextmanager
def held(path: Path, wait_s: float, what: str, tell: Tell = silent) -> Iterator[None]:
    """`acquire` for the length of a `with` body."""
    lock = acquire(path, wait_s, what, tell)
    try:
        yield
    finally:
        lock.release()


def lock_file(fd: int, deadline: float, what: str, tell: Tell = silent) -> None:
    """Lock an open file until it is closed. `deadline` in seconds of `time.monotonic`.

    Raises as `acquire`, and `GivenUp` when nobody waits for this any more.
    """
    site_packages.use()  # a fast command seldom has something to write
    from filelock import lock_descriptor  # 47 ms, needed by writers only

    try:
        if lock_descriptor(fd, blocking=False):
            return
        started = time.monotonic()
        holder = holder_of(fd)
        if _caught(fd, min(deadline, started + min(_QUICK_S, PATIENCE_S))):
            return
        wait = _queued if GIVEN_UP.get() is None else _polled
        if deadline > started and wait(
            fd, deadline, lambda: tell(f"waiting: {_in_use(what, holder_of(fd) or holder)}")
        ):
            return
        if _is_given_up():
            raise GivenUp(_in_use(what, holder))
        raise _busy(what, holder_of(fd) or holder, time.monotonic() - started)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        raise StorageError(
            f"{what}: this file system has no locks ({error.strerror})",
            "put SESSION_DIR on a local disk",
        ) from error


def held_by(path: Path) -> str | None:
    """Who holds the lock file now, as `holder_of` says; None: nobody, or it cannot be asked.

    Asking shares the lock for an instant, because flock can be tried and not looked at.
    """
    with contextlib.suppress(OSError, StorageError):
        fd = files.open_safely(path, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return holder_of(fd)
        finally:
            os.close(fd)
    return None


def holder_of(fd: int) -> str:
    """What the last holder wrote into a lock file: `pid 123, since 2025-…Z`, or empty."""
    try:
        text = os.pread(fd, _HOLDER_BYTES, 0).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return text if text.startswith("pid ") else ""


def _opened(path: Path | str) -> int:
    try:
        return files.open_safely(path, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise files.storage_error(error, path) from error


def _sign(fd: int) -> None:
    """Leave our pid for people; on a full disk the lock is good without it.

    What stands there already is not written again: it would make the next sync slower.
    """
    with contextlib.suppress(OSError):
        text = _signature(os.getpid(), int(time.time()))
        if os.pread(fd, _HOLDER_BYTES, 0) != text:
            written = os.pwrite(fd, text, 0)
            os.ftruncate(fd, written)


@lru_cache(maxsize=1)
def _signature(pid: int, second: int) -> bytes:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
    return f"pid {pid}, since {since}\n".encode()


def _in_use(what: str, holder: str) -> str:
    return f"{what} is in use by {holder}" if holder else f"{what} is in use"


def _busy(what: str, holder: str, waited_s: float) -> LockBusy:
    waited = f" (waited {waited_s:.0f} s)" if waited_s >= 1 else ""
    return LockBusy(
        _in_use(what, holder) + waited,
        "it is released when that is done or the process ends: wait; do not delete the lock file",
    )


def _caught(fd: int, deadline: float) -> bool:
    """Try again and again for an instant; False when `deadline` came first.

    Most holds take a millisecond. A queue hands the lock to a process that has to be woken first,
    so with everyone in it a crowd of writers spends its time waking up.
    """
    return _tried(fd, deadline, _BETWEEN_S)


def _tried(fd: int, deadline: float, between_s: tuple[float, float]) -> bool:
    while time.monotonic() < deadline and not _is_given_up():
        time.sleep(random.uniform(*between_s))  # noqa: S311 (no secret)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _is_given_up() -> bool:
    ask = GIVEN_UP.get()
    return ask is not None and ask()


def _polled(fd: int, deadline: float, impatient: Callable[[], None]) -> bool:
    """As `_queued`, for who may give up: a thread that the kernel has in its queue cannot be
    called back, and would be left behind until the lock is free.
    """
    if _caught(fd, min(deadline, time.monotonic() + PATIENCE_S)):
        return True
    if time.monotonic() < deadline and not _is_given_up():
        impatient()
    return _tried(fd, deadline, _SELDOM_S)


def _queued(fd: int, deadline: float, impatient: Callable[[], None]) -> bool:
    """Wait in the kernel's queue; False when `deadline` came first.

    Polling would be unfair: who has just released wins again and the others starve. A thread does
    the waiting because flock knows no time limit. It works on a duplicate of `fd` (the same lock),
    so a late success is given back by closing that, whatever has become of `fd`.
    """
    duplicate = os.dup(fd)
    mutex, done = threading.Lock(), threading.Event()
    state = {"granted": False, "abandoned": False}

    def wait() -> None:
        with contextlib.suppress(OSError):
            fcntl.flock(duplicate, fcntl.LOCK_EX)
            with mutex:
                state["granted"] = not state["abandoned"]
            if not state["granted"]:
                fcntl.flock(duplicate, fcntl.LOCK_UN)
        os.close(duplicate)
        done.set()

    threading.Thread(target=wait, name="lock-queue", daemon=True).start()
    try:
        left = deadline - time.monotonic()
        if left > PATIENCE_S and not done.wait(PATIENCE_S):
            impatient()
        done.wait(max(0.0, deadline - time.monotonic()))
    finally:
        with mutex:
            state["abandoned"] = not state["granted"]
    return state["granted"]
