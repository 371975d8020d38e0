"""One write into a session's files: both locks, the journal, then the checkpoint.

The order is what makes it safe. The journal line is on the medium before anyone is told so; the
checkpoint comes after and can always be made again. `.lock` puts writers in a queue; the lock on
the journal itself keeps them apart even when somebody deletes `.lock`.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from ai_sessions.disk import files, locks
from ai_sessions.errors import ConfigError, Conflict
from ai_sessions.store import totals
from ai_sessions.store.entries import numbered, shortened
from ai_sessions.store.files import carrying, checkpoints, journal, lines, repeats, upgrade

Plain = dict[str, Any]
#: `data`: every acknowledged write survives a power cut. `full`: the checkpoint file does as well.
#: `none`: only a killed process is survived.
Sync = Literal["data", "full", "none"]

LOCK = ".lock"
_LARGEST_DAMAGED = 1 << 30
#: How many bytes of JSON a character takes at most, and some room.
_BYTES_OF_A_CHARACTER = 8


class Writer:
    """The right to write in one session, got from `opened` and good for its `with` body."""

    def __init__(self, folder: Path, fd: int, found: Plain, sync: Sync, warn: locks.Tell) -> None:
        self.checkpoint = found
        self._folder, self._fd, self._sync, self._warn = folder, fd, sync, warn
        self._size = os.fstat(fd).st_size
        self._torn = self._take_tail()

    @property
    def is_empty(self) -> bool:
        """Nothing has been written in this session yet."""
        return self._size == 0

    def add(self, entries: Sequence[Plain], expect: int | None = None) -> Plain:
        """Append in one write and return the new checkpoint; repeats are left out.

        Raises `OSError` with the journal as it was, `ValueError` for a line that is too long,
        `Conflict` when the last entry is not the one expected.
        """
        fresh = self._without_repeats(entries)
        if not fresh:
            # Who wrote it may have died before its own sync, and we are about to say "safe".
            if self._torn:  # or before its newline, without which no reader sees it
                self._commit(b"\n")
            self._sync_data()
            return self.checkpoint
        last = self.checkpoint["journal"]["seq"]
        if expect is not None and expect != last:
            raise Conflict(
                f"session {self._folder.name} has entries up to {last}, not {expect}",
                "somebody else wrote meanwhile: read it again",
            )
        first = last + 1
        placed = [numbered(entry, seq) for seq, entry in enumerate(fresh, first)]
        encoded = [_encoded(entry) for entry in placed]
        self._commit((b"\n" if self._torn else b"") + b"".join(encoded))
        self.checkpoint = self._covering(totals.fold(self.checkpoint, placed), encoded[-1])
        self._save_checkpoint()
        return self.checkpoint

    def _take_tail(self) -> bool:
        """Deal with bytes after the last newline, left by a killed writer; True if there are any.

        A whole entry that only lacks its newline counts; anything else is one bad line. The bytes
        stay: the next line begins with a newline.
        """
        covered = self.checkpoint["journal"]["bytes"]
        raw = os.pread(self._fd, self._size - covered, covered)
        if raw and raw.strip():
            journal.count(self.checkpoint, raw)
        return bool(raw)

    def _without_repeats(self, entries: Sequence[Plain]) -> list[Plain]:
        """Leaves out what the journal has, and what is in `entries` twice."""
        recent = frozenset(self.checkpoint["recent_ids"])
        given = [entry.get("id") for entry in entries]
        unsure = frozenset(
            one for one in given if one and one not in recent and self._may_be_older(one)
        )
        seen: set[str | None] = {
            *recent,
            *repeats.known(self._folder / journal.NAME, unsure),
        }
        fresh = []
        for id_, entry in zip(given, entries, strict=True):
            if id_ in seen:
                continue
            if id_ is not None:
                seen.add(id_)
            fresh.append(entry)
        return fresh

    def _may_be_older(self, id_: str) -> bool:
        return not self.is_empty and totals.may_be_forgotten(self.checkpoint, id_)

    def _commit(self, data: bytes) -> None:
        was_empty, before = self.is_empty, self._size
        try:
            files.write_all(self._fd, data)
            self._sync_data()
            if was_empty and self._sync != "none":
                files.sync_folder(self._folder)
                files.sync_folder(self._folder.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, before)
            raise
        self._size, self._torn = before + len(data), False

    def _sync_data(self) -> None:
        if self._sync != "none":
            files.sync_file(self._fd)

    def _covering(self, checkpoint: Plain, last: bytes) -> Plain:
        place = {"bytes": self._size, "tail": lines.tail(last)}
        return {**checkpoint, "journal": {**checkpoint["journal"], **place}}

    def _save_checkpoint(self) -> None:
        text = json.dumps(self.checkpoint, ensure_ascii=False, separators=(",", ":"))
        path = self._folder / checkpoints.NAME
        try:
            files.replace(path, text.encode("utf-8", "replace"), sync=self._sync == "full")
        except OSError as error:  # the entry is safe; whoever comes next folds it
            self._warn(f"{path}: {error.strerror}; it is made again by the next command")


@contextlib.contextmanager
def opened(
    folder: Path, wait_s: float, sync: Sync, tell: locks.Tell, first: Callable[[], Plain]
) -> Iterator[Writer]:
    """A writer for the session in `folder`; a new journal begins with the line that `first` makes.

    Raises `FileNotFoundError` when the folder went away or was replaced meanwhile (begin again),
    `LockBusy`, `ConfigError` for a session of a newer version, `StorageError`, `OSError`.
    """
    what = f"session {folder.name}"
    deadline = time.monotonic() + wait_s
    with locks.held(folder / LOCK, wait_s, what, tell):
        fd = _open_journal(folder)
        try:
            locks.lock_file(fd, deadline, what, tell)
            if not files.same_file(folder / journal.NAME, fd):
                raise FileNotFoundError(folder)
            yield _writer(folder, fd, sync, tell, first)
        finally:
            os.close(fd)


def _encoded(entry: Plain) -> bytes:
    """The line of an entry. An answer that is too long for one is cut; what it cost is kept."""
    try:
        return lines.encode(entry)
    except ValueError:
        return lines.encode(shortened(entry, lines.LONGEST // _BYTES_OF_A_CHARACTER))


def _open_journal(folder: Path) -> int:
    path = folder / journal.NAME
    try:
        return files.open_safely(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        # Before there is a journal: an empty one would hide an old session behind it.
        _refuse_newer(folder)
        upgrade.upgrade(folder)
        return files.open_safely(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)


def _writer(
    folder: Path, fd: int, sync: Sync, tell: locks.Tell, first: Callable[[], Plain]
) -> Writer:
    state, found = checkpoints.look(os.fspath(folder), folder.name, thorough=True)
    _refuse_newer(folder, state)
    if state == checkpoints.OLD:  # someone made an empty journal beside it
        upgrade.upgrade(folder)
        raise FileNotFoundError(folder)
    if state == checkpoints.LOST:
        _carry_over(folder, found, first())
        raise FileNotFoundError(folder)
    if state == checkpoints.BROKEN:
        upgrade.set_aside(folder)
    if state == checkpoints.CURRENT:
        writer = Writer(folder, fd, found, sync, tell)
    else:
        start = journal.advance(folder / journal.NAME, totals.empty(folder.name))
        writer = Writer(folder, fd, start, sync, tell)
    if not writer.checkpoint["uid"]:  # new, or its first line is damaged
        _sweep(folder)
        writer.add([first()])
    return writer


def _carry_over(folder: Path, lost: Plain, first: Plain) -> None:
    """Put what only the checkpoint still knows into the journal, all of it or nothing."""
    path = folder / journal.NAME
    damaged = files.read_bytes(path, _LARGEST_DAMAGED)
    ended = b"\n" if damaged and not damaged.endswith(b"\n") else b""
    entries = [{**first, **totals.facts(lost)}, *carrying.carried(lost)]
    told = [lines.encode(numbered(entry, seq)) for seq, entry in enumerate(entries)]
    files.replace(path, b"".join((damaged, ended, *told)))


def _refuse_newer(folder: Path, state: str = "") -> None:
    state = state or checkpoints.look(os.fspath(folder), folder.name)[0]
    if state == checkpoints.NEWER:
        raise ConfigError(
            f"session {folder.name} was made by a newer version, so it is read-only here",
            "update ai-sessions, or use another session name",
        )


def _sweep(folder: Path) -> None:
    with contextlib.suppress(OSError):
        for draft in files.left_drafts(folder):
            draft.unlink()
