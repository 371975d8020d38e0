"""Writing the files of a session: what is new is rendered, the rest is copied by the kernel.

Both are replaced in one step. A file goes on where it ended when it is as it was written, by this
version, from this log, and nothing was redacted since; otherwise it is written whole.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from ai_sessions import __version__
from ai_sessions.conversations import lineage
from ai_sessions.disk import files, ranges
from ai_sessions.display import spoken
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Session
from ai_sessions.sessions.recording import file_names, written
from ai_sessions.sessions.recording.forms import FORMS, Form
from ai_sessions.sessions.recording.marks import Mark
from ai_sessions.sessions.recording.written import Written
from ai_sessions.store.contract import Store

#: What is rendered is written in blocks of this size.
_BLOCK_BYTES = 1 << 16
#: What is longer does not go into a mark.
_LONGEST_ID = 64
#: Ending of a file at our place that somebody else wrote.
_KEPT = ".kept"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Log:
    """The log of a session up to its last entry. `redactions`: as `Mark` has it."""

    store: Store
    session: Session
    redactions: int

    def entries(self, after: int = -1) -> Iterator[Entry]:
        """Those numbered higher."""
        for entry in self.store.entries(self.session.name, after=after):
            if entry.seq > self.session.last_seq:  # of the next time
                return
            yield entry

    def past(self) -> Iterator[Entry]:
        """What a fork shares with its parents, as far as that is there."""
        with contextlib.suppress(NotFound, StorageError):
            yield from lineage.past(self.store, self.session) or ()

    def last_id(self, seq: int) -> str | None:
        """The id of the entry of that number, as a mark has it; None: there is none."""
        entry = next(self.store.plain_entries(self.session.name, after=seq - 1), {})
        id_ = str(entry.get("id", ""))
        told = id_ if len(id_) <= _LONGEST_ID else file_names.digest(id_)
        return told if entry.get("seq") == seq else None

    def mark(self) -> Mark:
        """Of a file that has all of it, without its sizes."""
        session = self.session
        return Mark(
            id=file_names.id_of(session),
            seq=session.last_seq,
            last=self.last_id(session.last_seq) or "",
            messages=0,
            used=session.last_used[:_LONGEST_ID],
            redactions=self.redactions,
            head=0,
            body=0,
            written=int(time.time()),
        )


def write(log: Log, folder: int, *, sync: bool, tell: Tell) -> None:
    """Bring the files of a session up to date, those that are not there included.

    The caller has the lock of the session. `sync`: they survive a power cut, too. Raises `OSError`,
    `StorageError`, with the files as they were.
    """
    stem = file_names.stem(log.session)
    metadata, _entries = spoken.with_metadata(log.entries())
    with contextlib.ExitStack() as stack:
        drafts = []
        for form in FORMS:
            name, head = stem + form.suffix, form.head(log.session, metadata)
            data = head.encode("utf-8", "replace")
            found = stack.enter_context(written.opened(folder, name, form))
            before = found if found and _goes_on(found, log) else None
            if before and before.mark.seq == log.session.last_seq and before.head() == data:
                continue
            if found is None:
                _keep_another(folder, name, form, tell)
            fd = stack.enter_context(files.replacing_in(folder, name, sync=sync))
            drafts.append(_Draft(fd, form, data, before))
        if drafts:
            _fill(drafts, log)


def _goes_on(found: Written, log: Log) -> bool:
    mark, session = found.mark, log.session
    return (
        found.whole
        and mark.id == file_names.id_of(session)
        and mark.by == __version__
        and mark.redactions == log.redactions
        and mark.seq <= session.last_seq
        and log.last_id(mark.seq) == mark.last
    )


def _keep_another(folder: int, name: str, form: Form, tell: Tell) -> None:
    """Give a file that is not ours a name that no other has."""
    if written.is_another(folder, name, form):
        kept = f"{name}.{os.urandom(4).hex()}{_KEPT}"
        os.rename(name, kept, src_dir_fd=folder, dst_dir_fd=folder)
        tell(f"{name} was not written by ai-sessions: it is {kept} now")


def _fill(drafts: list[_Draft], log: Log) -> None:
    whole = [draft for draft in drafts if draft.after < 0]
    for entry in log.past() if whole else ():
        for draft in whole:
            draft.add(entry)
    for entry in log.entries(min(draft.after for draft in drafts)):
        for draft in drafts:
            if entry.seq > draft.after:
                draft.add(entry)
    mark = log.mark()
    for draft in drafts:
        draft.finish(mark)


class _Draft:
    """A file on its way. `after`: number of the last entry that it has already; -1: none."""

    def __init__(self, fd: int, form: Form, head: bytes, before: Written | None) -> None:
        self._fd, self._form, self._head = fd, form, len(head)
        self.after = before.mark.seq if before else -1
        self._body = before.mark.body if before else 0
        self._messages = before.mark.messages if before else 0
        self._block, self._size = [head], len(head)
        if before:
            self._flush()
            ranges.append(before.fd, before.mark.head, self._body, fd)

    def add(self, entry: Entry) -> None:
        """Put in what it has of an entry."""
        data = self._form.piece(entry, self._messages).encode("utf-8", "replace")
        self._messages += len(spoken.said(entry))
        self._body += len(data)
        self._put(data)

    def finish(self, mark: Mark) -> None:
        """Put in the foot."""
        own = replace(mark, messages=self._messages, head=self._head, body=self._body)
        self._put(self._form.foot(own).encode())
        self._flush()
        written.set_time(self._fd, mark.written)

    def _put(self, data: bytes) -> None:
        self._block.append(data)
        self._size += len(data)
        if self._size >= _BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        files.write_all(self._fd, b"".join(self._block))
        self._block, self._size = [], 0
