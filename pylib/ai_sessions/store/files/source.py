"""The store on disk as an index reads it. Light on imports, as `list` is answered through it.

A session's state is the stat of its journal (inode, size, both times), compared for equality: a
journal only grows, so this is right after appends, crashes, restores and clocks that go back, where
a folder's or a checkpoint's time is not. Without a journal (the first layout) it is the stat of
`metadata.json`.
"""

from __future__ import annotations

import os

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.store.files import checkpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Plain = dict[str, Any]

#: Of a cursor: one session a line, its name and its state.
_BETWEEN, _END = "\t", "\n"


class FileSource:
    """The sessions under one folder. `Source` of store.contract."""

    __slots__ = ("root",)

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.fspath(root)

    def changes(self, since: str = "") -> tuple[str, list[str]]:
        names = self.names()
        same, fresh = 0, list[str]()
        for name in names:
            line = f"{name}{_BETWEEN}{_state(f'{self.root}/{name}')}{_END}"
            if not fresh and since.startswith(line, same):
                same += len(line)
            else:  # from the first line that differs
                fresh.append(line)
        if not fresh and same == len(since):
            return since, []
        cursor = since[:same] + "".join(fresh)
        if not since:
            return cursor, names
        gone = set(since[same:].splitlines(keepends=True))
        changed = {_name_in(line) for line in fresh if line not in gone}
        gone.difference_update(fresh)
        return cursor, sorted(changed.union(map(_name_in, gone)))

    def names(self) -> list[str]:
        return checkpoints.names(self.root)

    def row(self, name: str) -> Plain | None:
        return checkpoints.readable_row(self.root, name)

    def rows(self) -> Iterator[Plain]:
        return checkpoints.rows(self.root)

    def follow(self, name: str, bookmark: str = "") -> FileIncrement:
        return FileIncrement(f"{self.root}/{name}", name, bookmark)

    def entry_at(self, name: str, place: int) -> Plain | None:
        from ai_sessions.store.files import journal

        folder = f"{self.root}/{name}"
        try:
            if os.path.lexists(f"{folder}/{checkpoints.JOURNAL}"):
                return journal.entry_at(f"{folder}/{checkpoints.JOURNAL}", place)
            old = enumerate(checkpoints.entries(folder, name))
            return next((entry for number, entry in old if number == place), None)
        except (OSError, StorageError):
            return None


class FileIncrement:
    """What is new in one session. A bookmark is the journal's inode, a place in it, and the mark
    of the line before that place, so that a journal which was replaced is noticed.
    """

    def __init__(self, folder: str, name: str, bookmark: str) -> None:
        self._folder, self._name = folder, name
        self._path = f"{folder}/{checkpoints.JOURNAL}"
        self._start = _place_of(self._path, bookmark)
        self.whole = not self._start
        self.bookmark = bookmark

    def __iter__(self) -> Iterator[tuple[int, Plain]]:
        from ai_sessions.store.files import journal

        try:
            with journal.opened(self._path) as file:
                end = yield from journal.placed(file, self._start)
                mark = journal.mark_at(file.fileno(), end)
                self.bookmark = f"{os.fstat(file.fileno()).st_ino}:{end}:{mark}"
        except FileNotFoundError:
            yield from self._old()
        except OSError as error:
            raise files.storage_error(error, self._path) from error

    def _old(self) -> Iterator[tuple[int, Plain]]:
        """A session of the first layout has no places to go on from: it is told whole."""
        try:
            yield from enumerate(checkpoints.entries(self._folder, self._name))
        except FileNotFoundError:
            return


def _name_in(line: str) -> str:
    return line.partition(_BETWEEN)[0]


def _place_of(path: str, bookmark: str) -> int:
    """Where to go on reading; 0 when there is nothing to go on from."""
    from ai_sessions.store.files import journal

    inode, _, rest = bookmark.partition(":")
    place, _, mark = rest.partition(":")
    if not place.isdecimal():
        return 0
    try:
        fd = files.open_safely(path, os.O_RDONLY)
    except (OSError, StorageError):
        return 0
    try:
        same = str(os.fstat(fd).st_ino) == inode
        return int(place) if same and journal.mark_at(fd, int(place)) == mark else 0
    finally:
        os.close(fd)


def _state(folder: str) -> str:
    """Which files a session has and what state they are in; empty when it has none."""
    for sign, name in (("", checkpoints.JOURNAL), ("-", checkpoints.NAME)):
        try:
            there = os.lstat(f"{folder}/{name}")
        except OSError:
            continue
        if there.st_size:
            return f"{sign}{there.st_ino} {there.st_size} {there.st_mtime_ns} {there.st_ctime_ns}"
    return ""
