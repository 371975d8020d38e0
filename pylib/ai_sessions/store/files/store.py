"""The store on disk: one private folder per session under SESSION_DIR.

- `journal.jsonl`: the truth; append-only, one JSON object a line, its CRC last.
- `metadata.json`: a checkpoint of it, facts and totals; can always be made again.
- `.lock`: held for the milliseconds of a write; never deleted.
- `.turn`: held while a provider works, so that one run talks at a time.

Names in SESSION_DIR that begin with a dot are ours (`.spool`, `.trash`), never sessions.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.disk import files, locks
from ai_sessions.errors import AiSessionsError, LockBusy, NotFound, StorageError, UsageError
from ai_sessions.records import About, Entry, Session, stamp
from ai_sessions.store.entries import Content, first_entry, plain_of, record_of, session_of
from ai_sessions.store.files import checkpoints, journal, raw_output, spool, trash
from ai_sessions.store.files.writing import LOCK, Sync, Writer, opened

Plain = dict[str, Any]
#: How often a write starts again because the session was moved away under its feet.
_TRIES = 20
_SPOOL_WAIT_S = 0.1


def _now() -> datetime:
    return datetime.now(UTC)


class FileStore:
    """`Store` in a directory that several processes share. Safe to use from several threads."""

    def __init__(
        self,
        root: Path,
        *,
        fsync: Sync = "data",
        lock_timeout_s: float = 30.0,
        content: Content = "full",
        now: Callable[[], datetime] = _now,
        tell: locks.Tell = locks.silent,
    ) -> None:
        """`tell` hears warnings and whom we wait for. Nothing is touched before the first write."""
        self.root = Path(os.path.abspath(root))
        self._sync: Sync = fsync
        self._wait_s = lock_timeout_s
        self._content: Content = content
        self._now = now
        self._tell = tell
        self._abouts: dict[str, About] = {}
        """What `ensure` was told, for a session that vanishes before its append."""

    def path(self, name: str) -> Path:
        """Where a session's files are, whether it exists or not."""
        return self.root / names.session(name)

    def ensure(self, name: str, about: About) -> Session:
        found = self._row(name)
        self._abouts[name] = about
        if found is None or not found["uid"]:
            found = self._write(name, [])
        return session_of(found)

    def append(self, name: str, entries: Sequence[Entry]) -> Session:
        at = stamp(self._now())
        return self.append_raw(name, [plain_of(one, at, self._content) for one in entries])

    def append_raw(self, name: str, entries: Sequence[Plain]) -> Session:
        try:
            checkpoint = self._write(name, entries)
        except (LockBusy, StorageError, KeyboardInterrupt) as error:
            self._spool(name, entries, error)
            raise
        self._bring_in()
        return session_of(checkpoint)

    def read(self, name: str) -> Session:
        return session_of(self._existing(name))

    def entries(self, name: str) -> Iterator[Entry]:
        for entry in self.entries_raw(name):
            if record := record_of(entry):
                yield record

    def entries_raw(self, name: str) -> Iterator[Plain]:
        self._existing(name)
        folder = self.path(name)
        with files.reported(folder):
            yield from checkpoints.entries(os.fspath(folder), name)

    def sessions(self) -> Iterator[Session]:
        return map(session_of, checkpoints.rows(self.root))

    @contextlib.contextmanager
    def turn(self, name: str, wait_s: float) -> Iterator[None]:
        lock = self._turn_lock(name, wait_s)
        try:
            yield
        finally:
            lock.release()

    def _turn_lock(self, name: str, wait_s: float) -> locks.Lock:
        path, what = self.path(name) / trash.TURN, f"session {name}"
        try:
            return locks.acquire(path, wait_s, what, self._tell)
        except FileNotFoundError:
            if name not in self._abouts:
                raise self._unknown(name) from None
        self._write(name, [])  # cleaned away since `ensure`
        return locks.acquire(path, wait_s, what, self._tell)

    def discard(self, name: str, unused_since: str = "") -> bool:
        folder = self.path(name)

        def unused() -> bool:
            found = self._row(name)
            return not unused_since or bool(found and found["last_used"] <= unused_since)

        with files.reported(folder):
            try:
                return trash.discard(folder, self._now(), unused)
            except FileNotFoundError:
                raise self._unknown(name) from None

    def restore(self, name: str) -> Session:
        """Take a discarded session back: the last one of that name.

        Raises `NotFound` when there is none, `UsageError` when the name is in use again.
        """
        folder = self.path(name)
        with files.reported(folder):
            trash.restore(folder)
        return self.read(name)

    def rename(self, old: str, new: str) -> Session:
        """Give a session another name. `LockBusy` when it is in use, `UsageError` when taken."""
        source, target = self.path(old), self.path(new)
        what = f"session {old}"
        self._existing(old)
        with (
            files.reported(source),
            locks.held(source / trash.TURN, 0, what, self._tell),
            locks.held(source / LOCK, self._wait_s, what, self._tell),
        ):
            if target.exists():
                raise _taken(new)
            try:
                source.rename(target)
            except OSError as error:  # it was made since we looked
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    raise _taken(new) from error
                raise
            files.sync_folder(self.root)
        return self.read(new)

    def discarded(self) -> list[str]:
        """Names that can be restored."""
        with files.reported(self.root):
            return trash.names(self.root)

    def purge(self, before: datetime) -> int:
        """Delete for good what was discarded before that time; how many sessions."""
        with files.reported(self.root):
            return trash.purge(self.root, before)

    def raw_output_before(self, name: str, before: datetime) -> int:
        """Bytes of raw output of a session's calls that is older."""
        folder = self.path(name)
        with files.reported(folder):
            return raw_output.size_before(folder, before)

    def drop_raw_output(self, name: str, before: datetime) -> int:
        """Delete raw output of a session's calls that is older; how many bytes that frees.

        Nothing while a provider works in the session.
        """
        folder = self.path(name)
        held = locks.held(folder / trash.TURN, 0, f"session {name}")
        with files.reported(folder), contextlib.suppress(LockBusy, FileNotFoundError), held:
            return raw_output.drop(folder, before)
        return 0

    def _row(self, name: str) -> Plain | None:
        folder = self.path(name)
        self._refuse_link(folder)
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
        if folder.is_symlink():
            raise StorageError(
                f"{folder}: a symbolic link in place of a session", "links are not followed here"
            )

    def _write(self, name: str, entries: Sequence[Plain]) -> Plain:
        with self._writer(name, self._wait_s) as writer:
            return writer.add(entries)

    @contextlib.contextmanager
    def _writer(self, name: str, wait_s: float) -> Iterator[Writer]:
        """The right to write in a session, which is made when it is not there (any more)."""
        folder = self.path(name)
        with files.reported(folder), contextlib.ExitStack() as stack:
            for attempt in range(_TRIES):
                try:
                    self._make(folder)
                    writer = stack.enter_context(
                        opened(folder, wait_s, self._sync, self._tell, lambda: self._first(name))
                    )
                    break
                except FileNotFoundError:
                    if attempt == _TRIES - 1:
                        raise
            try:
                yield writer
            except ValueError as error:
                raise UsageError(f"session {name}: {error}") from error

    def _make(self, folder: Path) -> None:
        synced = self._sync != "none"
        files.make_folders(self.root, sync=synced)
        files.check_private(self.root, self._tell)
        if files.make_folder(folder) and synced:
            files.sync_folder(self.root)

    def _first(self, name: str) -> Plain:
        return first_entry(self._abouts.get(name, About()), stamp(self._now()))

    def _spool(self, name: str, entries: Sequence[Plain], error: BaseException) -> None:
        about = self._abouts.get(name, About())
        facts = {"command": about.command, "feature": about.feature, "project": about.project}
        with contextlib.suppress(OSError, AiSessionsError):
            files.check_private(self.root, self._tell)  # what was said goes nowhere unsafe
            kept = spool.keep(self.root, name, facts, entries)
            if kept and isinstance(error, AiSessionsError):
                error.hint += f"; the answer is safe in {kept} and will be brought in later"

    def _bring_in(self) -> None:
        """Write what had to wait; what still cannot be written goes on waiting."""
        for path in spool.waiting(self.root):
            try:
                name, about, entries = spool.load(path)
                self._abouts.setdefault(names.session(name), About(**about))
                self._write_once(name, entries)
                path.unlink(missing_ok=True)
            except FileNotFoundError:  # another process brought it in
                continue
            except (ValueError, TypeError, UsageError):
                spool.set_aside(path)
            except (AiSessionsError, OSError) as error:
                self._tell(f"{path} still waits to be written: {error}")

    def _write_once(self, name: str, entries: Sequence[Plain]) -> None:
        """As `_write`, but repeats are looked for in the whole journal: it may be long ago."""
        with self._writer(name, _SPOOL_WAIT_S) as writer:
            journal_path = self.path(name) / journal.NAME
            known = {entry["id"] for entry in journal.entries(journal_path) if "id" in entry}
            # what has no id was written together with what has one, or not at all
            written = any(entry.get("id") in known for entry in entries)
            writer.add(
                [
                    entry
                    for entry in entries
                    if (entry["id"] not in known if "id" in entry else not written)
                ]
            )


def _taken(name: str) -> UsageError:
    return UsageError(f"session {name} exists already", "choose another name")
