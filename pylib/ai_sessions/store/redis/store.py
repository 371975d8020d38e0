"""The store in Redis: the verbs of `Store`, each a script on one session.

What a script refuses is raised here, by the same rules as in every store.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO, NoReturn

from ai_sessions import ids, names
from ai_sessions.errors import Conflict, Exists, LockBusy, NotFound, StorageError
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
from ai_sessions.store.redis import scripts, sums
from ai_sessions.store.redis.client import Answer, Client, Step
from ai_sessions.store.redis.keys import Place
from ai_sessions.store.redis.places import (
    GONE,
    IN_DOUBT,
    THERE,
    Look,
    Places,
    facts_of,
    refuse_newer,
)
from ai_sessions.store.redis.source import RedisSource
from ai_sessions.store.redis.turns import RedisTurn, busy, take

Plain = dict[str, Any]
#: How often a write begins again because the session went, came or changed under its feet.
_TRIES = 20
#: Entries that are fetched in one trip.
_PAGE = 200
_MICRO = 1_000_000


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Write:
    """What `append` was told, ready to be sent."""

    entries: list[Plain]
    expect: int | None = None
    lease: str = ""
    uid: str = ""
    about: About = About()

    def sent(self) -> list[str]:
        """Id, line and steps of each entry."""
        return [
            part
            for one in self.entries
            for part in (one["id"], sums.line_of(one), sums.text_of(sums.steps(one)))
        ]


class RedisStore:
    """`Store` on a server that several machines share. Safe to use from several threads."""

    lasting = True

    def __init__(
        self,
        url: str,
        *,
        password: str = "",
        prefix: str = "ai-sessions",
        lease_ms: int = 30_000,
        content: Content = "full",
        now: Callable[[], datetime] | None = None,
        same_project: SameProject = About.has_path_of,
        on_calls: OnCalls | None = None,
        on_calling: Callable[[Plain], None] | None = None,
    ) -> None:
        """`url`, `password`: of `client.Client`. `prefix`: of all keys. `lease_ms`: how long a turn
        outlives a holder that is stopped. The others: of `memory.MemoryStore`. Nothing is sent
        before the first verb. Raises `ConfigError` for a URL that is none.
        """
        self._client = Client(url, password)
        self._places = Places(self._client, prefix)
        self._lease_ms = lease_ms
        self._content: Content = content
        self._now = now or _now
        self._same_project = same_project
        self._on_calls, self._on_calling = on_calls, on_calling

    @property
    def keeps_words(self) -> bool:
        return self._content == "full"

    def check_writable(self) -> None:
        self._client.check_writable()

    def close(self) -> None:
        """Close the connections; the next verb makes new ones."""
        self._client.close()

    def ensure(self, name: str, about: About) -> Session:
        refuse_unsound(name, about)
        look = self._look(name)
        if look is None:
            session = session_of(self._written(name, _Write([], about=about))[0])
        else:
            session = session_of(_checkpoint(look))
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
        at = stamp(self._now())
        plain = [plain_of(entry, at, self._content) for entry in entries]
        write = _Write(plain, expect, _lease_of(name, turn), uid, about or About())
        checkpoint, calling_differs = self._written(name, write)
        told = list(filter(is_about_calls, plain))
        if self._on_calls and told:
            self._on_calls(totals.copied(checkpoint), told)
        if self._on_calling and calling_differs:
            self._on_calling(totals.copied(checkpoint))
        return session_of(checkpoint)

    def group(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # each write is safe when it is answered

    def read(self, name: str) -> Session:
        return session_of(_checkpoint(self._known(name)))

    def entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Entry]:
        return filter(None, map(record_of, self.plain_entries(name, after, last)))

    def plain_entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Plain]:
        look = self._known(name)
        count = look.last + 1
        return self._lines(look, max(after + 1, 0 if last is None else count - last))

    def names(self) -> list[str]:
        return self._places.names()

    def sessions(
        self, wanted: Wanted = EVERY, after: str = "", limit: int | None = None
    ) -> Iterator[Session]:
        found = (session_of(row) for row in self.checkpoints(after))
        return islice(filter(wanted.fits, found), limit)

    def checkpoints(self, after: str = "") -> Iterator[Plain]:
        """Of all sessions whose name comes later, by name."""
        return map(_checkpoint, self._places.sessions(after))

    @contextlib.contextmanager
    def turn(self, name: str, wait_s: float) -> Iterator[RedisTurn]:
        place = self._known(name).place
        since = stamp(self._now())
        turn = take(self._client, place, name, since, self._lease_ms, wait_s)
        if isinstance(turn, str):
            raise _gone(name)
        try:
            yield turn
        finally:
            turn.end()

    def rename(self, old: str, new: str, uid: str = "") -> Session:
        place = self._known(old).place
        with self._places.changing(old, new):
            self._claimed(new, place)
            self._places.settle(old, place, IN_DOUBT)
            wanted = sums.text_of(uid) if uid else ""
            answer = self._run(scripts.RENAME, place, old, new, wanted)
            if answer[0] != "ok":
                self._places.settle(new, place, GONE)
                self._places.settle(old, place, THERE)
                self._refuse(old, answer, uid)
            self._moved_to(new, old, place)
            self._places.settle(old, place, GONE)
        return self.read(new)

    def discard(self, name: str, unused_since: str = "", expect: int | None = None) -> bool:
        place = self._known(name).place
        since = sums.text_of(unused_since) if unused_since else ""
        at = _micro(self._now())
        with self._places.changing(name):
            self._places.trash(name, place)
            self._places.settle(name, place, IN_DOUBT)
            answer = self._run(scripts.DISCARD, place, name, since, _or_any(expect), at)
            if answer[0] == "ok":
                self._places.settle(name, place, GONE)
                return True
            self._places.trash("", place)
            self._places.settle(name, place, THERE)
        if answer[0] not in ("busy", "used"):
            self._refuse(name, answer, "", expect)
        return False

    def restore(self, name: str) -> Session:
        wanted = names.session(name)
        found = [look for look in self._places.trashed() if look.name == wanted]
        if not found:
            raise NotFound(f"nothing called {name} in the trash")
        place = found[-1].place
        with self._places.changing(name):
            self._claimed(name, place)
            answer = self._run(scripts.RESTORE, place, name)
            if answer[0] == "ok":
                self._places.settle(name, place, THERE)
                self._places.trash("", place)
            else:
                self._places.settle(name, place, GONE)
                raise NotFound(f"nothing called {name} in the trash")
        return self.read(name)

    def discarded(self) -> list[str]:
        return sorted({look.name for look in self._places.trashed()})

    def purge(self, before: datetime) -> int:
        now, count = _micro(self._now()), 0
        for look in self._places.trashed():
            if self._run(scripts.PURGE, look.place, now, _micro(before))[0] == "ok":
                self._places.trash("", look.place)
                count += 1
        return count

    def scratch(self) -> BinaryIO:
        return tempfile.TemporaryFile()

    def redact(self, name: str, seq: int) -> tuple[str, ...]:
        look = self._known(name)
        lines = self._lines(look, max(seq, 0), 1) if seq >= 0 else iter(())
        copies = copies_of(name, _uid(look), next(lines, None), seq)
        at, touched = stamp(self._now()), {name: None}
        known, before = copies.ids(""), None
        while known != before:  # forks are forked
            for other in self._everywhere(look):
                if self._redact(other, copies, at):
                    touched[other.name] = None
            known, before = copies.ids(""), known
        return tuple(touched)

    def calls_under_way(self) -> None:
        return None

    def source(self) -> RedisSource:
        return RedisSource(self._places, self.checkpoints, _checkpoint, self._lines)

    def _everywhere(self, first: Look) -> Iterator[Look]:
        """A session, all others, and what is in the trash."""
        yield first
        yield from self._places.sessions()
        yield from self._places.trashed()

    def _redact(self, look: Look, copies: Copies, at: str) -> bool:
        """Whether the session had one of them."""
        for _ in range(_TRIES):
            uid, log = _uid(look), list(self._lines(look, 0))
            found = {one["seq"]: copies.without(uid, one, at) for one in log}
            changed = {seq: one for seq, one in found.items() if one}
            if not changed:
                return False
            kept = totals.fold(totals.empty(look.name), [changed.get(x["seq"], x) for x in log])
            with self._places.changing(look.name):
                answer = self._rewritten(look, changed, sums.fields(kept))
            if answer[0] == "ok":
                return True
            if answer[0] == "busy":
                raise busy(look.name, answer[1])
            again = self._places.look(look.place)
            if again is None:
                return False
            look = again
        raise LockBusy(f"session {look.name} is written to all the time", "try again later")

    def _rewritten(self, look: Look, changed: dict[int, Plain], kept: dict[str, str]) -> Answer:
        lines = [part for seq, one in changed.items() for part in (seq, sums.line_of(one))]
        told = [part for pair in kept.items() for part in pair]
        state = (look.edition, look.last, len(changed))
        return self._run(scripts.REWRITE, look.place, *state, *lines, *told)

    def _lines(self, look: Look, first: int, most: int | None = None) -> Iterator[Plain]:
        """The log as of a look at it, from an entry on."""
        end = look.last + 1 if most is None else min(look.last + 1, first + most)
        for begin in range(first, end, _PAGE):
            lines = self._client.items(look.place.log, begin, min(begin + _PAGE, end) - 1)
            for seq, line in enumerate(lines, begin):
                yield numbered(json.loads(line), seq)

    def _look(self, name: str) -> Look | None:
        """The session of that name; None: there is none."""
        return self._places.session(names.session(name))

    def _known(self, name: str) -> Look:
        look = self._look(name)
        if look is None:
            raise _gone(name)
        return look

    def _claimed(self, name: str, place: Place) -> None:
        """That name is to be of the session at that place. Raises `Exists` when another has it."""
        if self._places.claim(names.session(name), place.id) != place:
            raise _exists(name)

    def _moved_to(self, new: str, old: str, place: Place) -> None:
        """A new name is true now; it goes back to the old one when somebody took it meanwhile."""
        if not self._places.settle(new, place, THERE):
            self._run(scripts.RENAME, place, new, old, "")
            self._places.settle(old, place, THERE)
            raise _exists(new)

    def _written(self, name: str, write: _Write) -> tuple[Plain, bool]:
        """The checkpoint after a write, and whether another call is under way now."""
        names.session(name)
        sent = write.sent()
        place = self._places.known(name) or self._place_to_write(name, write)
        for _ in range(_TRIES):
            grown = self._refused_too_large(name, place, write)
            answer = self._sent(name, place, write, grown, sent)
            if answer[0] == "ok":
                _ok, differs, edition, last, told = answer
                look = Look(place, name, None, int(edition), int(last), facts_of(told), "")
                return _checkpoint(look), bool(differs)
            if answer[0] in ("absent", "moved"):
                place = self._place_to_write(name, write)
            elif answer[0] != "again":
                self._refuse(name, answer, write.uid, write.expect)
        raise StorageError(f"session {name} is moved away again and again", "try again later")

    def _place_to_write(self, name: str, write: _Write) -> Place:
        """Where the session of that name is, or is to be made."""
        if look := self._look(name):
            return look.place
        if write.lease:
            raise _lost(name)
        refuse_another(name, "", write.uid)
        return self._places.claim(name)

    def _sent(self, name: str, place: Place, write: _Write, grown: str, sent: list[str]) -> Answer:
        """The answer of `scripts.WRITE`, in one trip with what tells of the change."""
        first = first_entry(write.about, stamp(self._now()))
        head = (sums.line_of(first), sums.text_of(sums.steps(first)))
        uid = sums.text_of(write.uid) if write.uid else ""
        asked = (name, _or_any(write.expect), write.lease, uid, grown, *head, *sent)
        number = ids.new()
        steps = [
            self._places.beginning(number, name),
            Step(scripts.WRITE, place.all, (scripts.SCHEMA, *asked)),
            self._places.ending(number, name),
        ]
        answer = self._client.run(*steps)[1]
        refuse_newer(answer)
        if answer[0] == "ok" and self._places.is_in_doubt(name):
            self._places.settle(name, place, THERE)
        return answer

    def _refused_too_large(self, name: str, place: Place, write: _Write) -> str:
        """How often state, pins and links had changed when they had room for what is written; empty
        when none of them grows. Raises `UsageError`.
        """
        changes = facts.changes(write.entries)
        if not changes:
            return ""
        look = self._places.look(place)
        fresh: Plain = totals.empty(name)
        row = _checkpoint(look) if look else fresh
        facts.refuse_too_large(name, row[facts.KEY], changes)
        return look.grown if look else "0"

    def _run(self, script: scripts.Script, place: Place, *arguments: str | int) -> Answer:
        [answer] = self._client.run(Step(script, place.all, (scripts.SCHEMA, *arguments)))
        refuse_newer(answer)
        return answer

    def _refuse(
        self, name: str, answer: Answer, uid: str = "", expect: int | None = None
    ) -> NoReturn:
        """Raises what an answer of a script means."""
        match answer[0]:
            case "busy":
                raise busy(name, answer[1])
            case "lost":
                raise _lost(name)
            case "another":
                refuse_another(name, json.loads(answer[1] or '""'), uid)
            case "changed":
                refuse_changed(name, int(answer[1]), expect)
            case "large":
                raise StorageError(f"session {name}: {answer[1]} is larger than Redis can count")
        raise _gone(name)


def _checkpoint(look: Look) -> Plain:
    return sums.checkpoint_of(look.name, look.facts, look.last)


def _uid(look: Look) -> str:
    return str(json.loads(look.facts.get("f:uid", '""')))


def _lease_of(name: str, turn: Turn | None) -> str:
    """What the server knows the turn by; empty without one. Raises `Conflict` for another one."""
    if turn is None:
        return ""
    if not isinstance(turn, RedisTurn) or turn.name != name:
        raise _lost(name)
    return turn.lease


def _lost(name: str) -> Conflict:
    return Conflict(f"the turn in session {name} was lost", "begin again")


def _exists(name: str) -> Exists:
    return Exists(f"session {name} exists already", "choose another name")


def _gone(name: str) -> NotFound:
    return NotFound(f"no session {name}", "see what there is: ai-session.sh list")


def _or_any(expect: int | None) -> str | int:
    return "" if expect is None else expect


def _micro(at: datetime) -> int:
    return round(at.timestamp() * _MICRO)
