"""One write into a session's files: both locks, the journal, then the checkpoint.

The order is what makes it safe. The journal line is on the medium before anyone is told so; the
checkpoint comes after and can always be made again. `.lock` puts writers in a queue; the lock on
the journal itself keeps them apart even when somebody deletes `.lock`.
"""

import contextlib
import itertools
import json
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from ai_sessions.disk import files, locks
from ai_sessions.errors import ConfigError, LockBusy, StorageError
from ai_sessions.records import About
from ai_sessions.store import facts, totals
from ai_sessions.store.entries import VERSION, first_entry, numbered, shortened
from ai_sessions.store.files import (
    carrying,
    checkpoints,
    journal,
    lines,
    past_calls,
    repeats,
    upgrade,
    waiting,
)
from ai_sessions.store.files.grouping import Group
from ai_sessions.store.files.remembered import State, state_at, state_of
from ai_sessions.store.owners import refuse_another, refuse_changed

Plain = dict[str, Any]
#: `data`: every acknowledged write survives a power cut. `full`: the checkpoint file does as well.
#: `none`: only a killed process is survived.
Sync = Literal["data", "full", "none"]

LOCK = ".lock"
#: After so many entries at most the checkpoint is written, whoever waits.
_MOST_UNSAVED = 16
#: More new bytes than this are read line by line, as by any reader.
_MOST_UNREAD = 1 << 20
#: How many bytes of JSON a character takes at most, and some room.
_BYTES_OF_A_CHARACTER = 8


class Writer:
    """The right to write in one session, got from `opened` and good until it is closed.

    `checkpoint` is good afterwards, too: what others wrote while we waited is added up when nobody
    waits for us any more.
    """

    def __init__(
        self,
        folder: Path,
        fd: int,
        found: Plain,
        sync: Sync,
        warn: locks.Tell,
    ) -> None:
        self._checkpoint = found
        self.added: tuple[State, bytes] | None = None
        """The state of the journal before the one write that was made, and its lines; None: what
        was written is not known line by line, or there were several writes.
        """
        self.is_known = False
        """This process remembers what the session comes to."""
        self.group: Group | None = None
        """That which syncs what is written, when it ends."""
        self.lock: locks.Lock | None = None
        """That of the session, which goes with this."""
        self.ask: repeats.Ask | None = None
        """Who knows the ids of a long journal (`repeats.known`)."""
        self.first: lines.Drafted | None = None
        """What a new session begins with, which goes with the next write."""
        self._folder, self._fd, self._sync, self._warn = folder, fd, sync, warn
        self._size = os.fstat(fd).st_size
        covered = found["journal"]["bytes"]
        more = self._size - covered
        self._unread = os.pread(fd, more, covered) if more else b""
        self._torn = bool(self._unread) and not self._unread.endswith(b"\n")
        self._added: list[tuple[Sequence[lines.Drafted], int, bytes]] = []
        """What was written, the number of the first of it, and the end of its last line."""

    def close(self) -> None:
        """Let the next one in."""
        try:
            os.close(self._fd)
        finally:
            if self.lock:
                self.lock.release()

    @property
    def is_empty(self) -> bool:
        """Nothing has been written in this session yet."""
        return self._size == 0

    @property
    def uid(self) -> str:
        """Of the session; empty: its first line is yet to be written."""
        return str(self._checkpoint["uid"])

    def states(self) -> tuple[State, State | None]:
        """The states of the journal and of the checkpoint's file; only while they are locked."""
        return state_of(os.fstat(self._fd)), state_at(f"{self._folder}/{checkpoints.NAME}")

    @property
    def checkpoint(self) -> Plain:
        """What the session comes to, with all that was written here."""
        self._read()
        for drafts, first, line in self._added:
            _add(self._checkpoint, drafts, first)
            self._checkpoint["journal"] |= {"bytes": self._size, "tail": lines.tail(line)}
        self._added = []
        return self._checkpoint

    def add(self, entries: Sequence[lines.Drafted], expect: int | None = None) -> None:
        """Append in one write; repeats are left out.

        Safe when this returns, or when its group has ended.

        Raises `OSError` with the journal as it was, `Conflict` when the last entry is not the one
        expected, `UsageError` when the session's facts would be too large.
        """
        if self.first and isinstance(entries, past_calls.TableDrafts):
            self.add([])  # a table has a write of its own
        fresh = self._without_repeats(entries)
        if not fresh and not self.first:
            # Who wrote it may have died before its own sync, and we are about to say "safe".
            if self._torn:  # or before its newline, without which no reader sees it
                self._commit([])
            self._sync_data()
            return
        last = self._last_seq()
        before = last + 1 if self.first else last
        if expect is not None:
            refuse_changed(self._folder.name, before, expect)
        self._refuse_too_large(fresh)
        self._write([self.first, *fresh] if self.first else fresh, last)

    def _write(self, fresh: Sequence[lines.Drafted], last: int) -> None:
        """Behind the entry that is numbered `last`."""
        data = _encoded(fresh, last + 1)
        is_one = not (self._torn or self._added or self.first)
        before = state_of(os.fstat(self._fd)) if is_one else None
        line = self._commit(data)
        self.added = (before, data[0]) if before and isinstance(data, list) else None
        self._added.append((fresh, last + 1, line))
        is_new, self.first = self.first is not None, None
        if is_new or self._is_due(last, len(fresh)) or not self._can_be_later(fresh):
            self._save_checkpoint()

    def _refuse_too_large(self, entries: Sequence[lines.Drafted]) -> None:
        if isinstance(entries, past_calls.TableDrafts):
            return
        told = [entry.plain for entry in entries if type(entry) is lines.Drafted]
        if any(entry["type"] in facts.TYPES for entry in told):
            known = self.checkpoint[facts.KEY]
            facts.refuse_too_large(self._folder.name, known, facts.changes(told))

    def _can_be_later(self, added: Sequence[lines.Drafted]) -> bool:
        """Whether the checkpoint may be saved with a later entry: readers add up what it lacks.

        Those who wait do not wait for it as well. And replacing a file costs as much as syncing a
        line, so in a process that goes on it waits for some messages, never for what was paid
        unless that is yet to be synced: a checkpoint tells nothing that a power cut may take away.
        """
        if self.group:
            return True
        if self.is_known and self._sync != "full":
            return all(
                type(one) is lines.Drafted and one.plain["type"] != "interaction" for one in added
            )
        return waiting.is_anyone(self._folder)

    def _is_due(self, last: int, added: int) -> bool:
        """So that no reader ever has more than a few lines to add up."""
        return last // _MOST_UNSAVED != (last + added) // _MOST_UNSAVED

    def _read(self) -> None:
        """Add up what was written since the checkpoint, a torn end included.

        A whole entry that only lacks its newline counts; anything else is one bad line. The bytes
        stay: the next line begins with a newline.
        """
        raw, self._unread = self._unread, b""
        for line in raw.splitlines(keepends=True) if b"\r" not in raw else _lines_of(raw):
            journal.count(self._checkpoint, line)
            if line.endswith(b"\n"):
                place = self._checkpoint["journal"]
                place |= {"bytes": place["bytes"] + len(line), "tail": lines.tail(line)}

    def _last_seq(self) -> int:
        """The number of the last entry. The end of what was not read yet tells it as a rule."""
        if self._unread and not self._torn:
            last = journal.read_line(self._unread[self._unread.rfind(b"\n", 0, -1) + 1 :])
            if last is not None and last.get("seq", -1) > self._checkpoint["journal"]["seq"]:
                return int(last["seq"])
        return int(self.checkpoint["journal"]["seq"])

    def _without_repeats(self, entries: Sequence[lines.Drafted]) -> Sequence[lines.Drafted]:
        """Leaves out what the journal has, and what is in `entries` twice."""
        if isinstance(entries, past_calls.TableDrafts):
            self._read()
            if not entries.may_be_in(self._checkpoint):
                return entries
        given = [entry.id for entry in entries if entry.id]
        if self._unread and (
            self._torn or any(one.encode("utf-8", "replace") in self._unread for one in given)
        ):
            self._read()
        seen = set(self._checkpoint["recent_ids"])
        unsure = frozenset(one for one in given if one not in seen and self._may_be_older(one))
        if unsure:
            seen |= repeats.known(self._folder / journal.NAME, unsure, self.ask)
        fresh = []
        for entry in entries:
            if entry.id not in seen:
                fresh.append(entry)
            if entry.id:
                seen.add(entry.id)
        return fresh

    def _may_be_older(self, id_: str) -> bool:
        return not self.is_empty and totals.may_be_forgotten(self._checkpoint, id_)

    def _commit(self, data: Iterable[bytes]) -> bytes:
        """Write pieces of whole lines, all of them or none; returns the end of the last one."""
        was_empty, size, end = self.is_empty, self._size, b""
        try:
            for piece in itertools.chain([b"\n"] if self._torn else [], data):
                files.write_all(self._fd, piece)
                size, end = size + len(piece), piece[-lines.TAIL_BYTES :]
            self._sync_data()
            if was_empty and self._sync != "none":
                files.sync_folder(self._folder)
                files.sync_folder(self._folder.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise
        self._size, self._torn = size, False
        return end

    def _sync_data(self) -> None:
        if self._sync == "none":
            return
        if self.group:
            self.group.add(f"{self._folder}/{journal.NAME}", self._fd)
        else:
            files.sync_file(self._fd)

    def _save_checkpoint(self) -> None:
        if self.group:
            self.group.sync(self._fd)
        text = json.dumps(self.checkpoint, ensure_ascii=False, separators=(",", ":"))
        path = self._folder / checkpoints.NAME
        try:
            files.replace(path, text.encode("utf-8", "replace"), sync=self._sync == "full")
        except OSError as error:  # the entry is safe; whoever comes next folds it
            self._warn(f"{path}: {error.strerror}; it is made again by the next command")


def sync(root: Path, name: str = "") -> None:
    """Wait until the journal of a session is on the medium; without a name, the names of all.

    Raises `StorageError`.
    """
    with files.reported(root), contextlib.suppress(FileNotFoundError):  # cleaned away meanwhile
        if name:
            fd = files.open_safely(root / name / journal.NAME, os.O_RDONLY)
            try:
                files.sync_file(fd)
            finally:
                os.close(fd)
        files.sync_folder(root / name)


def _encoded(drafts: Sequence[lines.Drafted], first: int) -> Iterable[bytes]:
    """The lines, joined to few pieces."""
    if isinstance(drafts, past_calls.TableDrafts):
        return drafts.encoded(first)
    return [b"".join([entry.at(seq) for seq, entry in enumerate(drafts, first)])]


def _add(checkpoint: Plain, drafts: Sequence[lines.Drafted], first: int) -> None:
    if isinstance(drafts, past_calls.TableDrafts):
        drafts.add(checkpoint, first + len(drafts) - 1)
        return
    if len(drafts) == 1 and type(drafts[0]) is lines.Drafted:  # as a rule
        totals.add(checkpoint, {**drafts[0].plain, "seq": first})
        return
    numbered = enumerate(drafts, first)
    for kind, run in itertools.groupby(numbered, lambda one: type(one[1])):
        if kind is past_calls.PastDraft:
            numbers, calls = zip(*run, strict=True)
            past_calls.add(checkpoint, calls, numbers[-1])
        else:
            for seq, entry in run:
                totals.add(checkpoint, {**entry.plain, "seq": seq})


def drafted(entry: Plain) -> lines.Drafted:
    """An entry as far as it can be encoded before it has a number.

    An answer that is too long for a line is cut; what it cost is kept. Raises `ValueError` for
    anything else that is too long.
    """
    if type(entry.get("v")) is not int:
        entry = {**entry, "v": VERSION}
    try:
        return lines.Drafted(entry)
    except ValueError:
        return lines.Drafted(shortened(entry, lines.LONGEST // _BYTES_OF_A_CHARACTER))


def _lines_of(raw: bytes) -> list[bytes]:
    *whole, rest = raw.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]


def opened(
    folder: Path,
    wait_s: float,
    sync: Sync,
    tell: locks.Tell,
    begun: tuple[About, str],
    ask: repeats.Ask | None = None,
    remembered: Plain | None = None,
    uid: str = "",
) -> Writer:
    """A writer for the session in `folder`; whoever gets it closes it. `begun`: what a new
    session is, and when it is made.

    `ask`: who knows the ids of a long journal (`repeats.known`). `remembered`: what the session
    came to when this process looked last. `uid`: of the session that must be there; none is made.

    Raises `FileNotFoundError` when the folder went away or was replaced meanwhile (begin again),
    `Conflict` for another session than that of `uid`, `LockBusy`, `ConfigError` for a session of a
    newer version, `StorageError`, `OSError`.
    """
    what = f"session {folder.name}"
    deadline = time.monotonic() + wait_s
    known = remembered or _looked(folder)
    lock, fd = _locked(folder, wait_s, what, tell), -1
    try:
        fd = _open_journal(folder, makes=not uid)
        locks.lock_file(fd, deadline, what, tell)
        if not files.same_file(f"{folder}/{journal.NAME}", fd):
            raise FileNotFoundError(folder)
        if known is not None and _still_holds(known, fd):
            writer = Writer(folder, fd, known, sync, tell)
            writer.is_known = remembered is not None
        else:
            writer = _writer(folder, fd, sync, tell, first_entry(*begun), makes=not uid)
        refuse_another(folder.name, writer.uid, uid)
    except BaseException:
        if fd >= 0:
            os.close(fd)
        lock.release()
        raise
    writer.ask, writer.lock = ask, lock
    return writer


def _locked(folder: Path, wait_s: float, what: str, tell: locks.Tell) -> locks.Lock:
    """The lock of the session; who has to wait for it says so."""
    path = f"{folder}/{LOCK}"
    try:
        return locks.acquire(path, 0, what, tell)
    except LockBusy:
        if wait_s <= 0:
            raise
        with waiting.announced(folder):
            return locks.acquire(path, wait_s, what, tell)


def _looked(folder: Path) -> Plain | None:
    """What an ordinary session comes to, before we wait for its lock; None for any other."""
    try:
        state, found = checkpoints.look(os.fspath(folder), folder.name, thorough=True)
    except (OSError, StorageError):
        return None
    return found if state == checkpoints.CURRENT and found["uid"] else None


def _still_holds(known: Plain, fd: int) -> bool:
    """Whether the journal still has what was seen, and not much more."""
    place, size = known["journal"], os.fstat(fd).st_size
    is_little = 0 <= size - place["bytes"] <= _MOST_UNREAD
    return is_little and bool(journal.mark_at(fd, place["bytes"]) == place["tail"])


def _open_journal(folder: Path, *, makes: bool) -> int:
    path = f"{folder}/{journal.NAME}"
    try:
        return files.open_safely(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        # Before there is a journal: an empty one would hide an old session behind it.
        refuse_newer(folder)
        upgrade.upgrade(folder)
        made = os.O_CREAT if makes else 0
        return files.open_safely(path, os.O_RDWR | os.O_APPEND | made)


def _writer(
    folder: Path, fd: int, sync: Sync, tell: locks.Tell, first: Plain, *, makes: bool
) -> Writer:
    state, found = checkpoints.look(os.fspath(folder), folder.name, thorough=True)
    refuse_newer(folder, state)
    if state == checkpoints.OLD:  # someone made an empty journal beside it
        upgrade.upgrade(folder)
        raise FileNotFoundError(folder)
    if state == checkpoints.LOST:
        _carry_over(folder, found, first)
        raise FileNotFoundError(folder)
    if state == checkpoints.BROKEN:
        upgrade.set_aside(folder)
    if state == checkpoints.CURRENT:
        writer = Writer(folder, fd, found, sync, tell)
    else:
        start = journal.advance(folder / journal.NAME, totals.empty(folder.name))
        writer = Writer(folder, fd, start, sync, tell)
    if not writer.checkpoint["uid"]:  # new, or its first line is damaged
        if not makes:
            raise FileNotFoundError(folder)
        _sweep(folder)
        writer.first = drafted(first)
    return writer


def _carry_over(folder: Path, lost: Plain, first: Plain) -> None:
    """Put what only the checkpoint still knows into the journal, all of it or nothing."""
    path = folder / journal.NAME
    entries = [{**first, **totals.facts(lost)}, *carrying.of_lost_journal(lost)]
    told = [lines.encode(numbered(entry, seq)) for seq, entry in enumerate(entries)]
    with files.replacing(path) as fd:
        damaged = files.copy(path, fd)
        ended = b"\n" if damaged not in (b"", b"\n") else b""
        files.write_all(fd, b"".join((ended, *told)))


def refuse_newer(folder: Path, state: str = "") -> None:
    """Raises `ConfigError` for a session that we do not know how to write."""
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
