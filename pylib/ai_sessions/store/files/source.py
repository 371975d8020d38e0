"""The store on disk as an index reads it. Light on imports, as `list` is answered through it.

A session's state is the stat of its journal (inode, size, both times), compared for equality: a
journal only grows, so this is right after appends, crashes, restores and clocks that go back, where
a folder's or a checkpoint's time is not. Without a journal (the first layout) it is the stat of
`metadata.json`.

A cursor has two lines: the names of all sessions, and their states in the same order. Most looks
find that nothing changed, so texts are compared before they are taken apart.
"""

from __future__ import annotations

import os
import sys

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.names import is_session
from ai_sessions.store.files import checkpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Plain = dict[str, Any]

#: Behind each name of a cursor; no name has a slash.
_END = "/"
#: Hexadecimal digits of a state: four numbers of 64 bits.
_DIGITS = 64
_64_BITS = 2**64 - 1
#: Added to the size of a session's file that is no journal, and where it shows in the digits.
_NO_JOURNAL, _SIGN_AT = 2**63, {"little": 30, "big": 16}[sys.byteorder]
_NOTHING = (0, _NO_JOURNAL, 0, 0)
#: Sessions whose numbers are held at a time.
_GROUP = 500


class FileSource:
    """The sessions under one folder. `Source` of store.contract."""

    __slots__ = ("_known", "root")

    def __init__(
        self, root: str | os.PathLike[str], known: Callable[[str], Plain | None] | None = None
    ) -> None:
        """`known`: the checkpoint of a session where it is known without reading it."""
        self.root, self._known = os.fspath(root), known

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        names = checkpoints.unsorted_names(self.root, since)
        listed = "".join([f"{name}{_END}" for name in names])
        states = _states(self.root, names, since, since.find("\n") + 1)
        cursor = "".join((listed, "\n", *states))
        if cursor == since:
            return since, [], []
        return cursor, *(_different(since, cursor) if since else (sorted(names), []))

    def names(self) -> list[str]:
        return checkpoints.names(self.root)

    def state(self, name: str) -> str:
        if not is_session(name):
            return ""
        state = _state(None, f"{self.root}/{name}", had_none=False)
        return "" if state == _NOTHING else "{:x}:{:x}:{:x}:{:x}".format(*state)

    def row(self, name: str) -> Plain | None:
        if self._known and (found := self._known(name)):
            return checkpoints.with_notices(found)
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
                placed = journal.placed(file, self._start)
                first = next(placed, None) if self.whole else None
                if self.whole and first is None:
                    yield from enumerate(checkpoints.without_lines(self._folder, self._name))
                    return
                if first:
                    yield first
                end = yield from placed
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


def _states(root: str, names: list[str], since: str, start: int) -> list[str]:
    """The states of sessions, in groups. Paths are relative, which is faster.

    `start`: where the states begin in the cursor of the last look.
    """
    from array import array

    if not names:
        return []
    found = []
    try:
        top = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise files.storage_error(error, root) from error
    try:
        for first in range(0, len(names), _GROUP):
            numbers: list[int] = []
            sign = start + first * _DIGITS + _SIGN_AT
            for name in names[first : first + _GROUP]:
                numbers += _state(top, name, since[sign : sign + 1] == "8")
                sign += _DIGITS
            found.append(array("Q", numbers).tobytes().hex())
    finally:
        os.close(top)
    return found


def _state(top: int | None, name: str, had_none: bool) -> tuple[int, int, int, int]:
    """Which file a session has and what state it is in.

    `had_none`: it had no journal, so that asking for one is faster than an exception.
    """
    path = f"{name}/{checkpoints.JOURNAL}"
    if not had_none or os.access(path, os.F_OK, dir_fd=top):
        state = _of_file(top, path)
        if state[1] not in (0, _NO_JOURNAL):
            return state
    inode, size, modified, changed = _of_file(top, f"{name}/{checkpoints.NAME}")
    return inode, size | _NO_JOURNAL, modified, changed


def _of_file(top: int | None, path: str) -> tuple[int, int, int, int]:
    try:
        there = os.stat(path, dir_fd=top, follow_symlinks=False)
    except OSError:
        return _NOTHING
    return (
        there.st_ino & _64_BITS,
        there.st_size,
        there.st_mtime_ns & _64_BITS,
        there.st_ctime_ns & _64_BITS,
    )


def _different(before: str, now: str) -> tuple[list[str], list[str]]:
    """Names of sessions that are new or in another state, and of those that are gone."""
    old = dict(_by_name(before))
    changed = [name for name, state in _by_name(now) if old.pop(name, "") != state]
    return sorted(changed), sorted(old)


def _by_name(cursor: str) -> Iterator[tuple[str, str]]:
    """The states of a cursor; of none when it is not one of ours."""
    names, _, states = cursor.partition("\n")
    known = names.split(_END)[:-1]
    if len(states) == len(known) * _DIGITS:
        for at, name in enumerate(known):
            yield name, states[at * _DIGITS : (at + 1) * _DIGITS]
