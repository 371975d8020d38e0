"""Writing the files of a session: what is new is rendered, the rest is copied by the kernel.

Both are replaced in one step. A file goes on where it ended when it is as it was written, by this
version, from this log, and nothing was redacted since; otherwise it is written whole.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from ai_sessions.store.entries import record_of

#: What is rendered is written in blocks of this size.
_BLOCK_BYTES = 1 << 16
#: What is longer does not go into a mark.
_LONGEST_ID = 64
#: Ending of a file at our place that somebody else wrote.
_KEPT = ".kept"

Plain = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Log:
    """The log of a session up to its last entry. `redactions`: as `Mark` has it."""

    store: Store
    session: Session
    redactions: int

    def plain(self, after: int) -> Iterator[Plain]:
        """Entries that are numbered higher, the first line of the session included."""
        for entry in self.store.plain_entries(self.session.name, after=after):
            if entry.get("seq", -1) > self.session.last_seq:  # of the next time
                return
            yield entry

    def metadata(self) -> Mapping[str, Any]:
        """What a program had to say of its session when it began."""
        return spoken.with_metadata(self.store.entries(self.session.name))[0]

    def past(self) -> Iterator[Entry]:
        """What a fork shares with its parents, as far as that is there."""
        with contextlib.suppress(NotFound, StorageError):
            yield from lineage.past(self.store, self.session) or ()

    def goes_on(self, mark: Mark) -> Iterator[Plain] | None:
        """What came after the entry that a mark tells; None: that entry is not in this log."""
        if mark.redactions != self.redactions or mark.seq > self.session.last_seq:
            return None
        new = self.plain(mark.seq - 1)
        entry = next(new, {})
        is_there = entry.get("seq") == mark.seq and _id_of(entry) == mark.last
        return new if is_there else None


def write(log: Log, folder: int, *, sync: bool, tell: Tell) -> None:
    """Bring the files of a session up to date, those that are not there included.

    The caller has the lock of the session. `sync`: they survive a power cut, too. Raises `OSError`,
    `StorageError`, with the files as they were.
    """
    stem, metadata = file_names.stem(log.session), log.metadata()
    with contextlib.ExitStack() as stack:
        found = [
            stack.enter_context(written.opened(folder, stem + form.suffix, form)) for form in FORMS
        ]
        before = _as_one(found)
        new = log.goes_on(before[0].mark) if before else None
        if new is None:
            before, new = (), log.plain(-1)
        heads = [form.head(log.session, metadata).encode("utf-8", "replace") for form in FORMS]
        first = next(new, None)
        if before and first is None and heads == [one.head() for one in before]:
            return
        drafts = []
        for number, form in enumerate(FORMS):
            name = stem + form.suffix
            if found[number] is None:
                _keep_another(folder, name, form, tell)
            fd = stack.enter_context(files.replacing_in(folder, name, sync=sync))
            drafts.append(_Draft(fd, form, heads[number], before[number] if before else None))
        entries = new if first is None else itertools.chain((first,), new)
        _fill(drafts, log, before[0].mark if before else None, entries)


def _as_one(found: Sequence[Written | None]) -> tuple[Written, ...]:
    """The files when they are as this version wrote them, at the same time; else none."""
    whole = tuple(one for one in found if one and one.whole and one.mark.by == __version__)
    ends = {(one.mark.id, one.mark.seq, one.mark.last, one.mark.messages) for one in whole}
    return whole if len(whole) == len(found) and len(ends) == 1 else ()


def _id_of(entry: Plain) -> str:
    """Its id as a mark has it."""
    id_ = str(entry.get("id", ""))
    return id_ if len(id_) <= _LONGEST_ID else file_names.digest(id_)


def _keep_another(folder: int, name: str, form: Form, tell: Tell) -> None:
    """Give a file that is not ours a name that no other has."""
    if written.is_another(folder, name, form):
        kept = f"{name}.{os.urandom(4).hex()}{_KEPT}"
        os.rename(name, kept, src_dir_fd=folder, dst_dir_fd=folder)
        tell(f"{name} was not written by ai-sessions: it is {kept} now")


def _fill(
    drafts: Sequence[_Draft], log: Log, before: Mark | None, entries: Iterable[Plain]
) -> None:
    """Put entries into the files behind those that the mark `before` tells."""
    session = log.session
    seq, last = (before.seq, before.last) if before else (session.last_seq, "")
    for entry in () if before else log.past():
        for draft in drafts:
            draft.add(entry)
    for plain in entries:
        seq, last = plain.get("seq", seq), _id_of(plain)
        if record := record_of(plain):
            for draft in drafts:
                draft.add(record)
    mark = Mark(
        id=file_names.id_of(session),
        seq=seq,
        last=last,
        messages=0,
        used=session.last_used[:_LONGEST_ID],
        redactions=log.redactions,
        head=0,
        body=0,
        written=int(time.time()),
    )
    for draft in drafts:
        draft.finish(mark)


class _Draft:
    """A file on its way."""

    def __init__(self, fd: int, form: Form, head: bytes, before: Written | None) -> None:
        self._fd, self._form, self._head = fd, form, len(head)
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
