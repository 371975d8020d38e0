"""The store for `USE_SESSIONS=false`: the same promises, until the process ends."""

import contextlib
import io
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from ai_sessions import names
from ai_sessions.errors import Conflict, Exists, LockBusy, NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import EVERY, About, Entry, Session, Wanted, stamp
from ai_sessions.store import facts, totals
from ai_sessions.store.contract import OnCalls, Turn, is_about_calls
from ai_sessions.store.copies import Copies, copies_of
from ai_sessions.store.entries import (
    Content,
    first_entry,
    numbered,
    plain_of,
    record_of,
    refuse_unsound,
    session_of,
)
from ai_sessions.store.owners import SameProject, refuse_another, refuse_changed, refuse_other

Plain = dict[str, Any]


#: Parts of a checkpoint that a record takes as they are; of the others it has numbers and texts.
_SHARED = (facts.KEY, "calling", "resume")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Kept:
    """One session."""

    checkpoint: Plain
    journal: list[Plain] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    edition: int = 0
    """How often its log was rewritten."""
    changed: int = 0
    """Number of the change that was its last, over all sessions."""
    discarded_at: datetime | None = None


class MemoryTurn:
    """`Turn` of store.contract."""

    def __init__(self, store: "MemoryStore", name: str, kept: _Kept) -> None:
        self.name = name
        self._store, self._kept, self._ended = store, kept, False

    def is_held(self) -> bool:
        return not self._ended and self._store.has(self.name, self._kept)

    def end(self) -> None:
        self._ended = True


class MemoryStore:
    """`Store` in this process. Safe to use from several threads."""

    lasting = False

    def __init__(
        self,
        *,
        content: Content = "full",
        now: Callable[[], datetime] = _now,
        same_project: SameProject = About.has_path_of,
        on_calls: OnCalls | None = None,
        on_calling: Callable[[Plain], None] | None = None,
    ) -> None:
        """`on_calls`: told of calls when they were added; `on_calling`: told the checkpoint of a
        session when a call is under way in it, and when it is not any more.
        """
        self._now = now
        self._content: Content = content
        self._same_project = same_project
        self._on_calls, self._on_calling = on_calls, on_calling
        self._sessions: dict[str, _Kept] = {}
        self._trash: list[tuple[str, _Kept]] = []
        self._gone: dict[str, int] = {}
        """Names of sessions that were taken away, and the number of that change."""
        self._changes = itertools.count(1)
        self._turns: dict[str, threading.Lock] = {}
        self._mutex = threading.RLock()

    @property
    def keeps_words(self) -> bool:
        return self._content == "full"

    def check_writable(self) -> None:
        pass  # memory always is

    def ensure(self, name: str, about: About) -> Session:
        refuse_unsound(name, about)
        with self._mutex:
            self._made(name, about)
            session = self.read(name)
            refuse_other(session, about, self._same_project)
            return session

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
            self.ensure(name, about)
        if turn is not None and not (turn.name == name and turn.is_held()):
            raise Conflict(f"the turn in session {name} was lost", "begin again")
        at = stamp(self._now())
        plain = [plain_of(entry, at, self._content) for entry in entries]
        with self._mutex:
            if uid:
                there = self._sessions.get(names.session(name))
                refuse_another(name, there.checkpoint["uid"] if there else "", uid)
            kept = self._made(name, About())
            fresh = list({one["id"]: one for one in reversed(plain)}.values())[::-1]
            fresh = [one for one in fresh if one["id"] not in kept.ids]
            last = kept.checkpoint["journal"]["seq"]
            if fresh:
                refuse_changed(name, last, expect)
            facts.refuse_too_large(name, kept.checkpoint[facts.KEY], facts.changes(fresh))
            calling = kept.checkpoint["calling"]
            for one in fresh:
                self._add(kept, one)
            told = list(filter(is_about_calls, plain))
            if self._on_calls and told:
                self._on_calls(totals.copied(kept.checkpoint), told)
            if self._on_calling and kept.checkpoint["calling"] != calling:
                self._on_calling(totals.copied(kept.checkpoint))
            return self.read(name)

    def group(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # there is nothing to wait for

    def read(self, name: str) -> Session:
        with self._mutex:
            kept = self._known(name).checkpoint
            return session_of({**kept, **{key: totals.copied(kept[key]) for key in _SHARED}})

    def entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Entry]:
        return filter(None, map(record_of, self.plain_entries(name, after, last)))

    def plain_entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Plain]:
        with self._mutex:
            journal = self._known(name).journal
            begin = max(after + 1, 0 if last is None else len(journal) - last)
            found = journal[begin:]
        return map(totals.copied, found)

    def names(self) -> list[str]:
        with self._mutex:
            return sorted(self._sessions)

    def sessions(
        self, wanted: Wanted = EVERY, after: str = "", limit: int | None = None
    ) -> Iterator[Session]:
        with self._mutex:
            found = [self.read(name) for name in self.names() if name > after]
        return itertools.islice(filter(wanted.fits, found), limit)

    @contextlib.contextmanager
    def turn(self, name: str, wait_s: float) -> Iterator[MemoryTurn]:
        with self._mutex:
            kept = self._known(name)
            lock = self._turns.setdefault(name, threading.Lock())
        if not lock.acquire(timeout=wait_s):
            raise LockBusy(f"session {name} is in use by another thread of this process")
        turn = MemoryTurn(self, name, kept)
        try:
            yield turn
        finally:
            turn.end()
            lock.release()

    def has(self, name: str, kept: _Kept) -> bool:
        """Whether that very session is the one of this name."""
        return self._sessions.get(name) is kept

    def rename(self, old: str, new: str, uid: str = "") -> Session:
        with self._mutex:
            kept = self._known(old)
            refuse_another(old, kept.checkpoint["uid"], uid)
            if self._is_in_use(old):
                raise LockBusy(f"session {old} is in use by another thread of this process")
            self._put(names.session(new), kept)
            self._take(old)
            kept.checkpoint["name"] = new
            return self.read(new)

    def discard(self, name: str, unused_since: str = "", expect: int | None = None) -> bool:
        with self._mutex:
            kept = self._known(name)
            now = self._now()
            used = kept.checkpoint["last_used"]
            if self._is_in_use(name) or (unused_since and used > unused_since):
                return False
            refuse_changed(name, kept.checkpoint["journal"]["seq"], expect)
            self._take(name)
            kept.discarded_at = now
            self._trash.append((name, kept))
            return True

    def restore(self, name: str) -> Session:
        with self._mutex:
            found = [one for one in self._trash if one[0] == names.session(name)]
            if not found:
                raise NotFound(f"nothing called {name} in the trash")
            self._put(name, found[-1][1])
            self._trash.remove(found[-1])
            return self.read(name)

    def discarded(self) -> list[str]:
        return sorted({name for name, _kept in self._trash})

    def purge(self, before: datetime) -> int:
        with self._mutex:
            now = self._now()
            old = [one for one in self._trash if min(one[1].discarded_at or now, now) < before]
            self._trash = [one for one in self._trash if one not in old]
            return len(old)

    def scratch(self) -> io.BytesIO:
        return io.BytesIO()

    def redact(self, name: str, seq: int) -> tuple[str, ...]:
        with self._mutex:
            kept = self._known(name)
            entry = next((one for one in kept.journal if one["seq"] == seq), None)
            copies = copies_of(name, kept.checkpoint["uid"], entry, seq)
            at, touched = stamp(self._now()), {name: None}
            known, before = copies.ids(""), None
            while known != before:  # forks are forked
                for other, one in [(name, kept), *self._sessions.items(), *self._trash]:
                    if self._redact(other, one, copies, at):
                        touched[other] = None
                known, before = copies.ids(""), known
            return tuple(touched)

    def _redact(self, name: str, kept: _Kept, copies: Copies, at: str) -> bool:
        """Whether the session had one of them."""
        uid = kept.checkpoint["uid"]
        found = [copies.without(uid, entry, at) for entry in kept.journal]
        if not any(found):
            return False
        if self.has(name, kept) and self._is_in_use(name):
            raise LockBusy(f"session {name} is in use by another thread of this process")
        pairs = zip(found, kept.journal, strict=True)
        kept.journal = [redacted or entry for redacted, entry in pairs]
        kept.checkpoint = totals.fold(totals.empty(name), kept.journal)
        kept.edition += 1
        kept.changed = next(self._changes)
        return True

    def edition(self, name: str) -> int:
        """How often the log of a session was rewritten."""
        with self._mutex:
            return self._sessions[name].edition if name in self._sessions else 0

    def calls_under_way(self) -> None:
        return None

    def source(self) -> "MemorySource":
        return MemorySource(self)

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        """As `Source.changes`."""
        seen = int(since) if since.isdecimal() else 0
        with self._mutex:
            there = {name: kept.changed for name, kept in self._sessions.items()}
            gone = {name: number for name, number in self._gone.items() if name not in there}
        cursor = str(max((*there.values(), *gone.values()), default=0))
        changed, lost = (
            sorted(name for name, number in numbers.items() if number > seen)
            for numbers in (there, gone)
        )
        return cursor, changed, lost

    def state(self, name: str) -> str:
        """As `Source.state`."""
        with self._mutex:
            kept = self._sessions.get(name)
            return str(kept.changed) if kept else ""

    def row(self, name: str) -> Plain | None:
        """As `Source.row`."""
        with self._mutex:
            kept = self._sessions.get(name)
            return totals.copied(kept.checkpoint) if kept else None

    def _made(self, name: str, about: About) -> _Kept:
        if names.session(name) not in self._sessions:
            kept = _Kept(totals.empty(name))
            self._put(name, kept)
            self._add(kept, first_entry(about, stamp(self._now())))
        return self._sessions[name]

    def _known(self, name: str) -> _Kept:
        if names.session(name) not in self._sessions:
            raise NotFound(f"no session {name}", "it lives only as long as this command")
        return self._sessions[name]

    def _put(self, name: str, kept: _Kept) -> None:
        if name in self._sessions:
            raise Exists(f"session {name} exists already", "choose another name")
        self._sessions[name] = kept
        self._gone.pop(name, None)
        kept.changed = next(self._changes)

    def _take(self, name: str) -> None:
        del self._sessions[name]
        self._gone[name] = next(self._changes)

    def _is_in_use(self, name: str) -> bool:
        return name in self._turns and self._turns[name].locked()

    def _add(self, kept: _Kept, entry: Plain) -> None:
        placed = totals.copied(numbered(entry, len(kept.journal)))
        totals.add(kept.checkpoint, placed)
        kept.journal.append(placed)
        kept.ids.add(placed.get("id", ""))
        kept.changed = next(self._changes)


class MemorySource:
    """`Source` of store.contract. A bookmark is the number of entries that were read."""

    root = ""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        return self._store.changes(since)

    def names(self) -> list[str]:
        return self._store.names()

    def state(self, name: str) -> str:
        return self._store.state(name)

    def row(self, name: str) -> Plain | None:
        return self._store.row(name)

    def rows(self) -> Iterator[Plain]:
        found = (self._store.row(session.name) for session in self._store.sessions())
        return (row for row in found if row is not None)

    def follow(self, name: str, bookmark: str = "") -> "MemoryIncrement":
        row = self._store.row(name)
        before, _, count = bookmark.rpartition(":")
        same = row is not None and before == self._edition(row) and count.isdecimal()
        return MemoryIncrement(self._store, name, row, int(count) if same else 0)

    def _edition(self, row: Plain) -> str:
        return f"{row['uid']}:{self._store.edition(row['name'])}"

    def entry_at(self, name: str, place: int) -> Plain | None:
        with contextlib.suppress(NotFound):
            return next(self._store.plain_entries(name, after=place - 1), None)
        return None


class MemoryIncrement:
    """`Increment` of store.contract."""

    def __init__(self, store: MemoryStore, name: str, row: Plain | None, start: int) -> None:
        self._store, self._name, self._row, self._start = store, name, row, start
        self._edition = store.edition(name)
        self.whole = not start
        self.bookmark = ""

    def __iter__(self) -> Iterator[tuple[int, Plain]]:
        if self._row is None:
            return
        end = self._start
        for entry in self._store.plain_entries(self._name, after=self._start - 1):
            yield entry["seq"], entry
            end = entry["seq"] + 1
        self.bookmark = f"{self._row['uid']}:{self._edition}:{end}"
