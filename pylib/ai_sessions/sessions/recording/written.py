"""A recorded file as it is on disk: ours or not, and where it would go on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.sessions.recording.forms import Form
from ai_sessions.sessions.recording.marks import Mark

#: The last line, with the mark, is shorter than that.
_END_BYTES = 2048
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """A file of ours. `whole`: it is as it was written."""

    fd: int
    mark: Mark
    whole: bool

    def head(self) -> bytes:
        return os.pread(self.fd, self.mark.head, 0)


@contextlib.contextmanager
def opened(folder: int, name: str, form: Form) -> Iterator[Written | None]:
    """None: there is no such file, or it is not ours (`is_another`). Raises `OSError`, and
    `StorageError` for what is no file.
    """
    try:
        fd = files.open_safely(name, os.O_RDONLY, folder=folder)
    except FileNotFoundError:
        yield None
        return
    try:
        yield _looked(fd, form)
    finally:
        os.close(fd)


def mark_of(folder: int, name: str, form: Form) -> Mark | None:
    """The mark of a file; None: it is not there, or not ours."""
    with contextlib.suppress(OSError, StorageError), opened(folder, name, form) as found:
        return found.mark if found else None
    return None


def is_another(folder: int, name: str, form: Form) -> bool:
    """Whether a file is not ours. An empty one is nobody's: a power cut may leave it."""
    try:
        there = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return there.st_size > 0 and mark_of(folder, name, form) is None


def set_time(fd: int, seconds: int) -> None:
    """Give a file the time that its mark tells. Where that cannot be, it is written anew."""
    with contextlib.suppress(OSError):
        os.utime(fd, ns=(seconds * _NS, seconds * _NS))


def _looked(fd: int, form: Form) -> Written | None:
    there = os.fstat(fd)
    end = os.pread(fd, _END_BYTES, max(0, there.st_size - _END_BYTES))
    lines = end.splitlines(keepends=True)  # an editor may have put something behind it
    mark = next(filter(None, map(form.mark, reversed(lines))), None)
    if mark is None:
        return None
    foot = form.foot(mark).encode()
    whole = (
        there.st_size == mark.head + mark.body + len(foot)
        and there.st_mtime_ns == mark.written * _NS
        and end.endswith(foot)
    )
    return Written(fd, mark, whole)
