"""What a process of ours could not end because it was killed itself: found and ended by the next.

A supervisor ends all when we are gone, so this is for the case that it was killed too, and for
systems without subreapers. While a command runs, a file names its main process and the mark in its
environment. The file is locked by us, so that the kernel says whether we are still there. A number
that belongs to another process by now is never signalled: it has another start time and no mark.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions.processes import table
from ai_sessions.processes.table import Process

_SUFFIX = ".json"
#: How long the end of a killed process may take, and how often to look for more of them.
_WAIT_S = 5.0
_LOOKS = 10
_LOOK_S = 0.02


def new_mark() -> str:
    """The name of a variable for one command. A command of a command carries both of theirs."""
    return f"AI_SESSIONS_CHILD_{os.urandom(8).hex().upper()}"


def usual_folder() -> Path | None:
    """A private folder of this user's, emptied with the machine's temporary files; None when
    somebody else has made it.
    """
    path = Path(tempfile.gettempdir()) / f"ai-sessions-{os.getuid()}"
    with contextlib.suppress(OSError):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
        is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
        if is_private and found.st_uid == os.getuid():
            return path
    return None


@contextlib.contextmanager
def noted(folder: Path | None, mark: str, pid: int) -> Iterator[None]:
    """Say in `folder` that this runs, until the body ends. A full disk costs the note alone."""
    fd = -1
    if folder is not None:
        with contextlib.suppress(OSError):
            fd = _written(folder, mark, pid)
    try:
        yield
    finally:
        if folder is not None and fd >= 0:
            with contextlib.suppress(OSError):
                (folder / f"{mark}{_SUFFIX}").unlink()
            os.close(fd)


def end(folder: Path | None) -> None:
    """End what is noted in `folder` by processes that are no more."""
    if folder is None:
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX):
                _end_noted(Path(entry.path))


def end_marked(mark: str, is_kept: Callable[[Process], bool] = lambda _one: False) -> None:
    """End all processes that carry this mark and are not kept, with what they have started."""
    _end(lambda one: one.carries(mark) and not is_kept(one))


def _written(folder: Path, mark: str, pid: int) -> int:
    """The descriptor of a new note, locked. It gets its name when it is whole."""
    main = table.of(pid) if table.HAS_PROC else None
    note = {"mark": mark, "pid": pid, "start": main.start if main else ""}
    note["machine"] = table.machine()
    begun = folder / mark
    fd = os.open(begun, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(fd, json.dumps(note).encode())
        begun.rename(folder / f"{mark}{_SUFFIX}")
    except BaseException:
        os.close(fd)
        begun.unlink(missing_ok=True)
        raise
    return fd


def _end_noted(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        note = _note(os.read(fd, 1 << 12))
        here, there = table.machine(), str(note.get("machine"))
        if note and here != there and here.partition(" ")[0] == there.partition(" ")[0]:
            return  # of another container on this machine, whose processes we cannot see
        if note and here == there:
            _end(_is_noted(note))
        path.unlink()
    except BlockingIOError:  # it is under way
        pass
    finally:
        os.close(fd)


def _note(data: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    return {}


def _is_noted(note: Mapping[str, Any]) -> Callable[[Process], bool]:
    mark, main = str(note.get("mark")), (note.get("pid"), note.get("start"))
    return lambda one: (one.pid, one.start) == main or one.carries(mark)


def _end(is_it: Callable[[Process], bool]) -> None:
    for _look in range(_LOOKS):
        everybody = table.listed()
        found = [one for one in everybody if is_it(one)]
        found += table.descendants([one.pid for one in found], everybody)
        running = {one.pid: one for one in found if not one.is_dead and one.pid != os.getpid()}
        if not running:
            return
        _kill(list(running.values()))


def _kill(processes: Collection[Process]) -> None:
    """Kill these and wait until they have ended, as far as it can be waited for."""
    with contextlib.ExitStack() as stack:
        handles = []
        for one in processes:
            with contextlib.suppress(OSError):
                handle = _killed(one)
                if handle >= 0:
                    stack.callback(os.close, handle)
                    handles.append(handle)
        if handles:
            _await(handles)
        else:
            time.sleep(_LOOK_S)


def _killed(one: Process) -> int:
    """Kill it, unless its number is another's by now. A handle that tells its end; -1: none."""
    if not hasattr(os, "pidfd_open"):
        again = table.of(one.pid)
        if again and again.start == one.start:
            os.kill(one.pid, signal.SIGKILL)
        return -1
    handle = os.pidfd_open(one.pid)
    again = table.of(one.pid)
    if again and again.start == one.start:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    return handle


def _await(handles: Sequence[int]) -> None:
    deadline = time.monotonic() + _WAIT_S
    poll = select.poll()
    waiting = set(handles)
    for handle in waiting:
        poll.register(handle, select.POLLIN)
    while waiting and (left := deadline - time.monotonic()) > 0:
        for handle, _event in poll.poll(1000 * left):
            poll.unregister(handle)
            waiting.discard(handle)
