"""The store on disk: one private folder per session under SESSION_DIR.

- `journal.jsonl`: the truth; append-only, one JSON object a line, its CRC last.
- `metadata.json`: a checkpoint of it, facts and totals; can always be made again.
- `.lock`: held for the milliseconds of a write; never deleted.
- `.turn`: held while a provider works, so that one run talks at a time.

Names in SESSION_DIR that begin with a dot are ours (`.spool`, `.trash`), never sessions.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from ai_sessions import ids, names
from ai_sessions.disk import files, locks
from ai_sessions.errors import (
    AiSessionsError,
    ConfigError,
    Conflict,
    Exists,
    LockBusy,
    NotFound,
    StorageError,
    UsageError,
)
from ai_sessions.records import EVERY, About, Entry, Session, Wanted, stamp
from ai_sessions.store import totals
from ai_sessions.store.contract import Discarding, OnCalls, Restoring, is_about_calls
from ai_sessions.store.copies import copies_of
from ai_sessions.store.entries import (
    Content,
    plain_of,
    record_of,
    refuse_unsound,
    session_of,
)
from ai_sessions.store.files import checkpoints, journal, past_calls, repeats, spool, trash
from ai_sessions.store.files.grouping import Group
from ai_sessions.store.files.lines import Drafted
from ai_sessions.store.files.redaction import Redaction
from ai_sessions.store.files.remembered import Remembered
from ai_sessions.store.files.source import FileSource
from ai_sessions.store.files.tails import Tails
from ai_sessions.store.files.turns import TURN, FileTurn
from ai_sessions.store.files.under_way import Process
from ai_sessions.store.files.writing import LOCK, Sync, Writer, drafted, opened
from ai_sessions.store.masking import storable, unmasked
from ai_sessions.store.owners import SameProject, refuse_another, refuse_changed, refuse_other
from ai_sessions.store.past_calls import PastCalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Turn

Plain = dict[str, Any]
#: How often a write starts again because the session was moved away under its feet.
_TRIES = 20
_ELSEWHERE = "point SESSION_DIR at a folder you can write, or keep none: USE_SESSIONS=false"
#: How many writes that wait are tried after each append, so that none of them gets slow.
_BROUGHT_IN = 8
#: Where a file without a name cannot be made, it has this one for an instant.
_SCRATCH = ".scratch-"
#: A lock that somebody just gave up waiting for may be taken for an instant.
_SPOOL_WAIT_S = 0.02
#: How often a session is made anew that is cleaned away again and again before its turn.
_TURN_TRIES = 20


#: A session of which nothing was told.
_FREE = About()
#: How many paths of sessions a store keeps: making one takes as long as looking a session up.
_PATHS = 1_000


def _now() -> datetime:
    return datetime.now(UTC)


def _path_in(root: Path, name: str) -> Path:
    return root / names.session(name)


#: Which of some ids entries of a session have, by its name; None: it cannot be told now.
KnownIds = Callable[[str, frozenset[str]], frozenset[str] | None]


class FileStore:
    """`Store` in a directory that several processes share. Safe to use from several threads."""

    lasting = True

    def __init__(
        self,
        root: Path,
        *,
        fsync: Sync = "data",
        lock_timeout_s: float = 30.0,
        content: Content = "full",
        now: Callable[[], datetime] | None = None,
        tell: locks.Tell = locks.silent,
        same_project: SameProject = About.has_path_of,
        known_ids: KnownIds | None = None,
        on_calls: OnCalls | None = None,
        discarding: Discarding | None = None,
        restoring: Restoring | None = None,
    ) -> None:
        """`tell` hears warnings and whom we wait for. `known_ids`: which of some ids the entries of
        a session have, for who would have to look through a long one; None: nobody can tell. `now`:
        the clock, when it is not that of the system. `on_calls`: told of calls when they were
        added, save imported ones. `discarding`: around the way of a session to the trash.
        `restoring`: around its return. Nothing is touched before the first write.
        """
        self.root = Path(os.path.abspath(root))
        self._path = lru_cache(maxsize=_PATHS)(partial(_path_in, self.root))
        self._sync: Sync = fsync
        self._wait_s = lock_timeout_s
        self._content: Content = content
        self._now = now or _now
        self._tell = tell
        self._same_project = same_project
        self._known_ids = known_ids
        self._on_calls, self._discarding, self._restoring = on_calls, discarding, restoring
        self._grouped = threading.local()
        self._abouts: dict[str, About] = {}
        """What `ensure` was told, for a session that vanishes before its append."""
        self._remembered, self._tails = Remembered(), Tails()
        self._private: files.Privacy | None = None
        """What made the root private when it was checked."""

    def path(self, name: str) -> Path:
        """Where a session's files are, whether it exists or not."""
        return self._path(name)

    @property
    def keeps_words(self) -> bool:
        return self._content == "full"

    def check_writable(self) -> None:
        """Raises `StorageError` when no session could be written here. Nothing is touched."""
        if found := files.obstacle(self.root):
            raise StorageError(found.message, _ELSEWHERE)

    def ensure(self, name: str, about: About) -> Session:
        refuse_unsound(name, about)
        found = self._row(name)
        if found is None or not found["uid"]:
            self._abouts[name] = about
            found = self._write(name, [])
        session = session_of(found)
        refuse_other(session, about, self._same_project)
        self._abouts[name] = replace(about, uid="")  # one that is made after it is another one
        return session

    def _claim(self, name: str, about: About) -> None:
        """`ensure`, but that the next write makes the session."""
        refuse_unsound(name, about)
        found = self._row(name)
        if found is not None and found["uid"]:
            refuse_other(session_of(found), about, self._same_project)
        self._abouts[name] = about

    def append(
        self,
        name: str,
        entries: Sequence[Entry | Plain],
        expect: int | None = None,
        turn: Turn | None = None,
        about: About | None = None,
        uid: str = "",
    ) -> Session:
        if about is not None:
            self._claim(name, about)
        if turn is not None and not (turn.name == name and turn.is_held()):
            raise Conflict(f"the turn in session {name} was lost", "begin again")
        self.path(name)  # a wrong name is told before anything else
        plain = self._plain(name, entries)
        try:
            checkpoint = self._write(name, plain, expect, uid)
        except Conflict:
            raise
        except BaseException as error:
            if not _is_refused(error, plain):
                self._spool(name, plain, error)
            raise
        if group := self._group():
            group.written.append((name, checkpoint, plain))
        else:
            self._tell_calls(checkpoint, plain)
            self._bring_in()
        return session_of(checkpoint)

    @contextlib.contextmanager
    def group(self) -> Iterator[None]:
        if self._group():
            yield
            return
        group = self._grouped.now = Group()
        try:
            yield
        finally:
            self._grouped.now = None
            self._commit(group)

    def _group(self) -> Group | None:
        """That of this thread."""
        return getattr(self._grouped, "now", None)

    def _commit(self, group: Group) -> None:
        try:
            with files.reported(self.root):
                group.end()
        except BaseException as error:
            for name, _checkpoint, plain in group.written:
                self._spool(name, plain, error)
            raise
        for _name, checkpoint, plain in group.written:
            self._tell_calls(checkpoint, plain)
        if group.written:
            self._bring_in()

    def _tell_calls(self, checkpoint: Plain, entries: Sequence[Plain]) -> None:
        """Calls that an agent made without us are told when they go: nobody counts them before."""
        if not self._on_calls or checkpoint["command"] == names.IMPORTED:
            return
        if about := list(filter(is_about_calls, entries)):
            self._on_calls(checkpoint, about)

    def _plain(self, name: str, entries: Sequence[Entry | Plain]) -> Sequence[Plain]:
        """Saving comes first: what cannot be made fit to be shown is kept as it came."""
        if isinstance(entries, PastCalls):
            return entries
        at = stamp(self._now())
        try:
            return [plain_of(entry, at, self._content) for entry in entries]
        except BaseException as error:
            kept = [plain_of(entry, at, self._content, unmasked) for entry in entries]
            self._spool(name, kept, error)
            raise

    def read(self, name: str) -> Session:
        return session_of(self._existing(name))

    def entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Entry]:
        return filter(None, map(record_of, self._entries(name, after, last)))

    def plain_entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Plain]:
        return map(dict, self._entries(name, after, last))

    def _entries(self, name: str, after: int, last: int | None) -> Iterator[Plain]:
        """Some may be kept here and of texts and numbers alone: for who copies them."""
        folder = self.path(name)
        self._refuse_link(folder)
        text = os.fspath(folder)
        has_journal = checkpoints.has_journal(text)
        if not has_journal:
            self._existing(name)
        try:
            with files.reported(folder):
                if has_journal and last and after < 0:
                    found = self._tails.last(name, f"{text}/{journal.NAME}", last)
                    if found:
                        yield from found
                        return
                yield from checkpoints.entries(text, name, after, last)
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):  # moved away meanwhile
                raise self._unknown(name) from error
            raise

    def names(self) -> list[str]:
        return checkpoints.names(self.root)

    def sessions(
        self, wanted: Wanted = EVERY, after: str = "", limit: int | None = None
    ) -> Iterator[Session]:
        later = (name for name in self.names() if name > after)
        rows = map(self.source().row, later)
        found = (session_of(row) for row in rows if row is not None)
        return itertools.islice(filter(wanted.fits, found), limit)

    def scratch(self) -> BinaryIO:
        self._make_root()
        with files.reported(self.root):
            import tempfile

            return tempfile.TemporaryFile(prefix=_SCRATCH, dir=self.root)

    def calls_under_way(self) -> Process:
        return Process(self.root)

    def source(self) -> FileSource:
        return FileSource(
            self.root, lambda name: self._remembered.now(name, os.fspath(self.path(name)))
        )

    @contextlib.contextmanager
    def turn(self, name: str, wait_s: float) -> Iterator[FileTurn]:
        turn = self._turn(name, wait_s)
        try:
            yield turn
        finally:
            turn.end()

    def _turn(self, name: str, wait_s: float) -> FileTurn:
        folder = self.path(name)
        for _attempt in range(_TURN_TRIES):
            try:
                return FileTurn(folder, wait_s, self._tell)
            except FileNotFoundError:
                if name not in self._abouts:
                    break
            self._write(name, [])  # cleaned away since `ensure`
        raise self._unknown(name)

    def discard(self, name: str, unused_since: str = "", expect: int | None = None) -> bool:
        folder, going = self.path(name), contextlib.ExitStack()

        def unused() -> bool:
            found = self._existing(name)  # not a folder that somebody is about to write into
            if unused_since and found["last_used"] > unused_since:
                return False
            refuse_changed(name, found["journal"]["seq"], expect)
            if self._discarding:
                going.enter_context(self._discarding(found, _calls(folder, name)))
            return True

        with files.reported(folder), self._known_still(name), going:
            return trash.discard(folder, self._now(), unused)

    def restore(self, name: str) -> Session:
        folder = self.path(name)
        with files.reported(folder):
            trash.restore(folder, partial(self._coming_back, name))
        return self.read(name)

    def _coming_back(self, name: str, folder: Path) -> AbstractContextManager[None]:
        """One that cannot be read comes back to be mended: nobody knows its calls."""
        with contextlib.suppress(AiSessionsError, OSError):
            checkpoint = checkpoints.row(os.fspath(folder), name)
            if self._restoring and checkpoint:
                return self._restoring(checkpoint, _calls(folder, name))
        return contextlib.nullcontext()

    def rename(self, old: str, new: str, uid: str = "") -> Session:
        source, target = self.path(old), self.path(new)
        what = f"session {old}"
        self._existing(old)
        with (
            files.reported(source),
            self._known_still(old),
            locks.held(source / TURN, 0, what, self._tell),
            locks.held(source / LOCK, self._wait_s, what, self._tell),
        ):
            refuse_another(old, self._existing(old)["uid"], uid)
            _move(source, target)
        return self.read(new)

    @contextlib.contextmanager
    def _known_still(self, name: str) -> Iterator[None]:
        """A session that somebody renames or removes meanwhile is one that is not there."""
        try:
            yield
        except FileNotFoundError:
            raise self._unknown(name) from None

    def discarded(self) -> list[str]:
        with files.reported(self.root):
            return trash.names(self.root)

    def purge(self, before: datetime) -> int:
        with files.reported(self.root):
            return trash.purge(self.root, before, self._now())

    def redact(self, name: str, seq: int) -> tuple[str, ...]:
        folder = self.path(name)
        entry = next((one for one in self.plain_entries(name) if one.get("seq") == seq), None)
        copies = copies_of(name, self.read(name).uid, entry, seq)
        at = stamp(self._now())
        redaction = Redaction(self.root, copies, at, self._wait_s, self._tell)
        with files.reported(folder), self.turn(name, 0):
            self._bring_in_all(name)
            redaction.redact(folder)
            redaction.redact_copies()
            waiting = spool.forget(self.root, name, copies.ids(self.read(name).uid))
        if waiting:
            raise StorageError(
                f"{self.root / spool.FOLDER / waiting[0]}: a copy waits to be written",
                "run the same command again when that session is free",
            )
        return tuple(redaction.touched)

    def _bring_in_all(self, name: str) -> None:
        """Write all that waits. Raises `StorageError` when an answer of this session cannot be."""
        busy: dict[str, str] = {}
        with spool.waiting(self.root) as found:
            for one in found:
                self._bring(one, busy, self._wait_s if one.session == name else _SPOOL_WAIT_S)
        if name in busy:
            raise StorageError(f"an answer waits to be written to session {name}: {busy[name]}")

    def _row(self, name: str) -> Plain | None:
        folder = self.path(name)
        self._refuse_link(folder)
        if known := self._remembered.now(name, os.fspath(folder)):
            return checkpoints.with_notices(known)
        with files.reported(folder):
            return checkpoints.row(os.fspath(folder), name, thorough=True)

    def _existing(self, name: str) -> Plain:
        found = self._row(name)
        if found is None:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> NotFound:
        return NotFound(f"no session {name}", "see what there is: ai-session.sh list")

    def _refuse_link(self, folder: Path) -> None:
        if os.path.islink(folder):
            raise StorageError(
                f"{folder}: a symbolic link in place of a session", "links are not followed here"
            )

    def _write(
        self, name: str, entries: Sequence[Plain], expect: int | None = None, uid: str = ""
    ) -> Plain:
        try:
            drafts = _drafts(entries)  # before the lock: others need not wait for it
        except ValueError as error:
            raise UsageError(f"session {name}: {error}") from error
        self._prepare(name, drafts)
        group = self._group()
        with self._writer(name, self._wait_s, uid) as writer:
            writer.group = group
            writer.add(drafts, expect)
            now, metadata = writer.states()
        checkpoint = writer.checkpoint
        self._remembered.put(name, now, metadata, checkpoint)
        if writer.added:
            self._tails.extend(name, *writer.added, now)
        return checkpoint

    def _asking(self, name: str) -> repeats.Ask | None:
        return partial(self._known_ids, name) if self._known_ids else None

    def _prepare(self, name: str, drafts: Sequence[Drafted]) -> None:
        """Ids that are not ours may be as old as the session."""
        if ask := self._asking(name):
            repeats.prepare(self.path(name) / journal.NAME, partial(_foreign_ids, drafts), ask)

    @contextlib.contextmanager
    def _writer(self, name: str, wait_s: float, uid: str = "") -> Iterator[Writer]:
        """The right to write in a session, which is made when it is not there (any more), but not
        with a `uid`: `Conflict` unless the session is there that has it.
        """
        folder = self.path(name)
        with files.reported(folder):
            writer = self._opened(name, folder, wait_s, uid)
            try:
                yield writer
            finally:
                writer.close()

    def _opened(self, name: str, folder: Path, wait_s: float, uid: str) -> Writer:
        """A writer as `_writer` gives it, which is closed by whoever gets it."""
        known = self._remembered.before(name, os.fspath(folder))
        ask = self._asking(name)
        begun = self._abouts.get(name, _FREE), stamp(self._now())
        attempt = 0
        while True:
            attempt += 1
            try:
                if (known is None or attempt > 1) and not uid:
                    self._make(folder)
                else:
                    self._check_root()
                    self._refuse_link(folder)
                return opened(folder, wait_s, self._sync, self._tell, begun, ask, known, uid)
            except FileNotFoundError:
                if attempt == _TRIES:
                    refuse_another(name, "", uid)
                    raise

    def _make(self, folder: Path) -> None:
        self._make_root()
        files.make_folder(folder)  # which the first write into it makes safe

    def _make_root(self) -> None:
        try:
            files.make_folders(self.root, sync=self._sync != "none")
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            raise StorageError(files.storage_error(error, self.root).message, _ELSEWHERE) from error
        self._check_root()

    def _check_root(self) -> None:
        """Again only when something about it has changed, as a check takes as long as a write."""
        if self._private is None or self._private != files.privacy_of(self.root):
            files.check_private(self.root, self._tell)
            self._private = files.privacy_of(self.root)

    def _spool(self, name: str, entries: Sequence[Plain], error: BaseException) -> None:
        about = self._abouts.get(name, About())
        facts = {"command": about.command, "feature": about.feature, "project": about.project}
        with contextlib.suppress(OSError, AiSessionsError):
            files.check_private(self.root, self._tell)  # what was said goes nowhere unsafe
            kept = spool.keep(self.root, name, facts, entries)
            if kept and isinstance(error, AiSessionsError):
                error.hint += f"; the answer is safe in {kept} and will be brought in later"

    def _bring_in(self) -> None:
        """Write what had to wait; what still cannot be written goes on waiting.

        What is written here is safe already, so nothing that happens now is a failure.
        """
        if not os.path.lexists(f"{self.root}/{spool.FOLDER}"):
            return
        busy: dict[str, str] = {}
        with contextlib.suppress(Exception), spool.waiting(self.root) as found:
            tries = 0
            for one in found:
                if one.session in busy or tries == _BROUGHT_IN:
                    continue
                tries += 1
                self._bring(one, busy)
            for name, error in busy.items():
                number = sum(one.session == name for one in found)
                waits = f"{number} answers wait" if number > 1 else "an answer waits"
                self._tell(f"{waits} to be written to session {name}: {error}")

    def _bring(
        self, waiting: spool.Waiting, busy: dict[str, str], wait_s: float = _SPOOL_WAIT_S
    ) -> None:
        """`busy`: sessions that cannot be written to now, and why."""
        name = waiting.session
        try:
            name, about, entries = waiting.load()
            self._abouts.setdefault(names.session(name), About(**about))
            with self._writer(name, wait_s) as writer:
                brought = [storable(one) for one in _with_ids(entries, waiting.name)]
                writer.add([drafted(one) for one in brought])
            self._tell_calls(writer.checkpoint, brought)
            waiting.remove()
        except FileNotFoundError:  # another process brought it in
            return
        except (LockBusy, StorageError, ConfigError, OSError) as error:
            busy[name] = str(error)
        except Exception:  # damaged: for a person to look at
            waiting.set_aside()


def _is_refused(error: BaseException, entries: Sequence[Plain]) -> bool:
    """Whether they can never be written, or nobody wants that any more, and nothing that was paid
    for is among them.
    """
    paid = any(one["type"] == "interaction" for one in entries)
    return isinstance(error, UsageError | locks.GivenUp) and not paid


def _move(source: Path, target: Path) -> None:
    """Raises `UsageError` when the name is taken."""
    if target.exists():
        raise _taken(target.name)
    try:
        source.rename(target)
    except OSError as error:  # it was made since we looked
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise _taken(target.name) from error
        raise
    files.sync_folder(source.parent)


def _taken(name: str) -> Exists:
    return Exists(f"session {name} exists already", "choose another name")


def _calls(folder: Path, name: str) -> list[Plain]:
    """Those that the session itself made."""
    found = checkpoints.entries(os.fspath(folder), name)
    made = (one for one in found if one["type"] == "interaction")
    return [one for one in made if one["status"] != totals.CARRIED]


def _foreign_ids(drafts: Sequence[Drafted]) -> frozenset[str]:
    """Those that are not ours."""
    return frozenset(one.id for one in drafts if one.id and ids.made_ms(one.id) is None)


def _drafts(entries: Sequence[Plain]) -> Sequence[Drafted]:
    """Raises `ValueError` for one that is too long."""
    if isinstance(entries, PastCalls):
        return past_calls.drafts(entries, drafted)
    return list(map(drafted, entries))


def _with_ids(entries: Sequence[Plain], file: str) -> list[Plain]:
    """Notes that an earlier version left without ids get the same ones at every try.

    Raises `ValueError` for an entry that is none.
    """
    if not all(map(totals.well_formed, entries)):
        raise ValueError(f"{file}: a damaged entry")
    return [{"id": f"{file}-{number}", **entry} for number, entry in enumerate(entries)]
