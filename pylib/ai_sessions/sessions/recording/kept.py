"""The recorded files that there are, wherever they were written: when a session is redacted,
renamed or removed, and when they are old.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ai_sessions.conversations import family
from ai_sessions.disk import files
from ai_sessions.errors import AiSessionsError, LockBusy, NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Session, stamp
from ai_sessions.sessions.recording import file_names, written
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.forms import FORMS
from ai_sessions.sessions.recording.recorder import write
from ai_sessions.sessions.recording.registry import Registry
from ai_sessions.store.contract import Store

Tell = Callable[[str], None]
#: Seconds after which a draft is nobody's.
_LEFT_S = 3600
#: Nothing is older, and dates that are go wrong.
_EVER_DAYS = 36500


@dataclass(frozen=True, slots=True)
class Keep:
    """Which files stay. None: all."""

    days: int | None = None
    """Those of sessions that were used in so many days."""
    count: int | None = None
    """Those of so many sessions, the newest, in each folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files of one session in a folder. `used`: RFC 3339 UTC; `seq`: of the last entry."""

    stem: str
    id: str
    used: str
    seq: int


class KeptFiles:
    """All files of a store's sessions, by the folders that `registry` lists."""

    def __init__(self, store: Store, registry: Registry, tell: Tell) -> None:
        """`tell` hears of files that cannot be reached."""
        self._store, self._registry, self._tell = store, registry, tell

    def renew(self, names: Iterable[str]) -> None:
        """Bring those files of sessions up to date that are there. What cannot be is told."""
        for name in names if self._registry.is_used() else ():
            try:
                failed = self._renew(self._store.read(name), anew=False)
            except (AiSessionsError, OSError) as error:
                failed = [str(error)]
            for reason in failed:
                self._tell(f"recorded files of {name} are as they were: {reason}")

    def redacting(self) -> None:
        """Called before words are taken out of sessions: no file goes on with what it has."""
        with files.reported(self._registry.path):
            self._registry.count_redaction()

    def redacted(self, names: Iterable[str]) -> None:
        """Called after that: write the files of these sessions and of their forks anew.

        Raises `StorageError` for the first that cannot be written, after all others.
        """
        if not self._registry.is_used():
            return
        self.redacting()
        failed = [
            reason
            for session in self._with_forks(names)
            for reason in self._renew(session, anew=True)
        ]
        if failed:
            raise StorageError(
                f"a recorded file may still have the words: {failed[0]}",
                "make it writable, or delete it, then run the same command again",
            )

    def _with_forks(self, names: Iterable[str]) -> list[Session]:
        everything = {one.name: one for one in self._store.sessions()}
        forks = family.forks(everything.values())
        found: dict[str, Session] = {}
        due = [name for name in names if name in everything]
        while due:
            session = everything[due.pop()]
            if session.name not in found:
                found[session.name] = session
                due += forks.get(session.uid, ())
        return list(found.values())

    def _renew(self, session: Session, *, anew: bool) -> list[str]:
        """`anew`: the files go before they are written, so that none stays as it was. Returns what
        went wrong, by folder.
        """
        failed: list[str] = []
        for folder in self._folders():
            try:
                self._renew_in(folder, session, anew=anew)
            except NotFound:  # removed meanwhile
                continue
            except AiSessionsError as error:
                failed.append(error.message)
            except OSError as error:
                failed.append(f"{folder.path}: {files.storage_error(error, folder.path).message}")
        return failed

    def _renew_in(self, folder: Folder, session: Session, *, anew: bool) -> None:
        with folder.there() as at:
            if at is None or not _files_of(at, session):
                return
            if anew:
                with self._registry.lock(file_names.id_of(session)):
                    _remove(at, file_names.stem(session), self._tell)
        write(self._store, session.name, folder, self._registry, self._tell, sync=anew)

    def _folders(self) -> list[Folder]:
        return [Folder(path, os.sep) for path in self._registry.folders()]

    # --- retention

    def old(self, keep: Keep, now: datetime) -> list[str]:
        """Paths of what `tend` would remove if nobody uses it then."""
        sessions = self._sessions()
        found: list[str] = []
        for folder in self._folders() if sessions is not None else ():
            with folder.there() as at:
                old = [] if at is None else _old(_found(at), keep, now)
            going = (one for one in old if self._may_go((sessions or {}).get(one.id)))
            found += (os.path.join(folder.path, one.stem) for one in going)
        return found

    def tend(self, keep: Keep, now: datetime) -> list[str]:
        """Remove old files, and make good what a killed process left: drafts go, files come up to
        date. Paths of what was removed, without their endings.

        Files of sessions stay that are in use, have a call under way, or are kept (`keep NAME`).
        """
        sessions = self._sessions()
        if sessions is None:
            return []
        return [path for one in self._folders() for path in self._tended(one, keep, now, sessions)]

    def _tended(
        self, folder: Folder, keep: Keep, now: datetime, sessions: Mapping[str, Session]
    ) -> Iterator[str]:
        with folder.there() as at:
            found = [] if at is None else _found(at)
            if at is not None:
                _drop_left_drafts(at, now)
            old = _old(found, keep, now)
            for one in old if at is not None else ():
                session = sessions.get(one.id)
                if at is not None and self._may_go(session) and self._gone(at, one, session):
                    yield os.path.join(folder.path, one.stem)
        behind = (one for one in found if one not in old and _is_behind(one, sessions))
        self.renew(sessions[one.id].name for one in behind)

    def _sessions(self) -> dict[str, Session] | None:
        """By the ids in the names of their files; None: nothing was ever recorded."""
        if not self._registry.is_used():
            return None
        return {file_names.id_of(one): one for one in self._store.sessions()}

    def _may_go(self, session: Session | None) -> bool:
        return session is None or not (session.calling or session.pinned)

    def _gone(self, folder: int, one: Found, session: Session | None) -> bool:
        """Remove the files of a session unless somebody talks in it or writes them."""
        turn = self._store.turn(session.name, 0) if session else contextlib.nullcontext()
        with contextlib.suppress(LockBusy, NotFound), turn, self._registry.lock(one.id, 0):
            if one in _found(folder, one.id):  # as they were when we looked
                _remove(folder, one.stem, self._tell)
                return True
        return False


@contextlib.contextmanager
def going(registry: Registry, session: Session, tell: Tell) -> Iterator[None]:
    """Around the way of a session to the trash: its files go first, and none is written before it
    is there. What cannot be removed is told. Raises `LockBusy` when they are being written.
    """
    with registry.lock(file_names.id_of(session)):
        for path in registry.folders():
            try:
                with Folder(path, os.sep).there() as at:
                    if at is not None:
                        _remove(at, file_names.stem(session), tell)
            except OSError as error:
                tell(f"warning: recorded files in {path} stay: {error.strerror}")
        yield


def _files_of(folder: int, session: Session) -> bool:
    stem = file_names.stem(session)
    return any(written.mark_of(folder, stem + form.suffix, form) for form in FORMS)


def _remove(folder: int, stem: str, tell: Tell) -> None:
    """Our files of that name, and what is left of them. The caller has the lock of the session."""
    names = {stem + form.suffix: form for form in FORMS}
    for name, form in names.items():
        with contextlib.suppress(FileNotFoundError, StorageError):
            with written.opened(folder, name, form) as found:
                is_ours = found is not None
            if is_ours or not written.is_another(folder, name, form):
                os.unlink(name, dir_fd=folder)
            else:
                tell(f"{name} stays: it was not written by ai-sessions")
    for draft in os.listdir(folder):
        if file_names.of_draft(draft) in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)


def _drop_left_drafts(folder: int, now: datetime) -> None:
    """Drafts that nobody can be writing any more."""
    for name in os.listdir(folder):
        if file_names.of_draft(name):
            with contextlib.suppress(FileNotFoundError):
                there = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if now.timestamp() - there.st_mtime > _LEFT_S:
                    os.unlink(name, dir_fd=folder)


def _found(folder: int, only: str = "") -> list[Found]:
    """The sessions that have files of ours in a folder, those last that were used first.

    `only`: the id of one of them.
    """
    marks: dict[str, list[Found]] = defaultdict(list)
    for name in os.listdir(folder):
        id_ = file_names.id_in(name)
        stem, dot, ending = name.rpartition(".")
        for form in FORMS if id_ and only in ("", id_) else ():
            if form.suffix == dot + ending and (mark := written.mark_of(folder, name, form)):
                marks[stem].append(Found(stem, mark.id, mark.used, mark.seq))
    newest = [max(found, key=lambda one: (one.used, one.seq)) for found in marks.values()]
    return sorted(newest, key=lambda one: one.used, reverse=True)


def _old(found: list[Found], keep: Keep, now: datetime) -> list[Found]:
    """Those that need not stay. `found`: the newest first."""
    old = found[keep.count :] if keep.count is not None else []
    if keep.days is not None:
        before = stamp(now - timedelta(days=min(keep.days, _EVER_DAYS)))
        old += [one for one in found if one.used < before and one not in old]
    return old


def _is_behind(one: Found, sessions: Mapping[str, Session]) -> bool:
    session = sessions.get(one.id)
    return session is not None and session.last_seq > one.seq
