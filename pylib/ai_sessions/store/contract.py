"""What every store promises."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import EVERY, About, Entry, Session, Wanted

#: An entry as a JSON object, in the form of journals and exports.
Plain = dict[str, Any]


class Turn(Protocol):
    """The right to talk in a session, as `Store.turn` gives it."""

    @property
    def name(self) -> str:
        """The session."""
        ...

    def is_held(self) -> bool:
        """False once it ended, or the session was moved away under it."""
        ...


class Store(Protocol):
    """Named sessions, each an append-only log of entries with totals.

    An acknowledged write is never lost; a reader never waits and never sees half an entry. Nothing
    that is returned is shared: changing it changes nothing in the store. Raises `UsageError` for a
    name that is not one, `NotFound` for a session that does not exist, `StorageError` when the
    medium fails (nothing is half-written then) and `LockBusy`.
    """

    @property
    def lasting(self) -> bool:
        """Whether sessions outlive this process."""
        ...

    @property
    def keeps_words(self) -> bool:
        """Whether it keeps what is said; False: tokens and cost alone."""
        ...

    def check_writable(self) -> None:
        """Raises `StorageError` when no session could be written here. Nothing is touched."""
        ...

    def ensure(self, name: str, about: About) -> Session:
        """The session of that name, made now when there is none.

        Raises `Taken` when it belongs to another project than `about` names.
        """
        ...

    def append(
        self,
        name: str,
        entries: Sequence[Entry | Plain],
        expect: int | None = None,
        turn: Turn | None = None,
        about: About | None = None,
        uid: str = "",
    ) -> Session:
        """Add entries in one write; all of them are safe when this returns.

        An entry whose `id` the session has, however long ago it was added, is not added again. A
        session that vanished meanwhile is made anew, so that a paid answer always finds its place.

        `expect`: number (`seq`) of the last entry there may be before these. `turn`: a turn that
        must still be held. `uid`: of the session that must still be there; none is made then.
        Raises `Conflict` when one of them is not so, with nothing written; entries that are all
        there already are no conflict. `about`: what `ensure` would be told before, for a session
        that only this writes to. Raises `UsageError`, with nothing written, when state and pins
        would have more than `facts.LARGEST` bytes.
        """
        ...

    def group(self) -> AbstractContextManager[None]:
        """Writes of this thread in the body are made safe together, which is less work for the
        medium; none of them is before the body is left.

        Raises `StorageError` then, for all of them, with paid answers kept as `append` does.
        """
        ...

    def read(self, name: str) -> Session:
        """Facts and totals, as of every acknowledged write."""
        ...

    def entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Entry]:
        """The log in order, streamed; damaged lines and the session's own first line left out.

        `after`: only entries numbered higher. `last`: only so many from the end; reading them costs
        what they are, not what the whole log is.
        """
        ...

    def plain_entries(self, name: str, after: int = -1, last: int | None = None) -> Iterator[Plain]:
        """As `entries`, as JSON objects, the first line included."""
        ...

    def names(self) -> list[str]:
        """Names of all sessions, in order, without a look into them."""
        ...

    def sessions(
        self, wanted: Wanted = EVERY, after: str = "", limit: int | None = None
    ) -> Iterator[Session]:
        """Sessions by name. `after`: only names that come later; `limit`: at most so many."""
        ...

    def turn(self, name: str, wait_s: float) -> AbstractContextManager[Turn]:
        """The right to talk in this session; `LockBusy` with the holder's pid after `wait_s`.

        Held while a provider works, so that two runs never resume one conversation at once.
        Reads, statistics and appends of others go on meanwhile.
        """
        ...

    def rename(self, old: str, new: str, uid: str = "") -> Session:
        """Give a session another name. `LockBusy` when it is in use, `UsageError` when taken.

        `uid`: of the session that is meant; `Conflict` when another one has its name by now.
        """
        ...

    def discard(self, name: str, unused_since: str = "", expect: int | None = None) -> bool:
        """Move a session nobody is using to the trash. False: it is in use and was left alone.

        With `unused_since` (RFC 3339 UTC) also one that was used after that time is left alone.
        `expect`: number of the last entry that there may be; raises `Conflict` for another one.
        """
        ...

    def restore(self, name: str) -> Session:
        """Take a discarded session back: the last one of that name.

        Raises `NotFound` when there is none, `UsageError` when the name is in use again, or another
        session has its calls now.
        """
        ...

    def discarded(self) -> list[str]:
        """Names that can be restored, in order."""
        ...

    def purge(self, before: datetime) -> int:
        """Delete for good what was discarded before that time; how many sessions.

        A time in the future, by a clock that was wrong, counts as now. Times may be kept to the
        second: a second from now is after all that was discarded until now.
        """
        ...

    def scratch(self) -> BinaryIO:
        """A private file for what is on its way into sessions; it is gone when it is closed."""
        ...

    def redact(self, name: str, seq: int) -> tuple[str, ...]:
        """Take what was said in an entry out for good: `redacted.redacted`, here and in every copy
        that the store keeps of it, in forks, in the trash, and beside the logs.

        Names of the sessions that had one, this one first. Whoever is killed meanwhile leaves each
        log as it was or as it should be; the same call again does the rest, also when the entry
        itself has been redacted. Raises `NotFound` when there is no such entry, `UsageError` when
        nothing was said in it, `LockBusy` when a session that has one is in use.
        """
        ...

    def source(self) -> "Source":
        """What an index of these sessions reads."""
        ...

    def calls_under_way(self) -> "CallsUnderWay | None":
        """Where one process keeps its calls until the log has them; None: nothing lasts here."""
        ...


#: Told the checkpoint of a session, and entries that are safe in it by now: calls of models, and
#: changes of whose it is. It raises nothing.
OnCalls = Callable[[Plain, Sequence[Plain]], None]


#: Entered with the checkpoint and the calls of a session that is about to go to the trash, left
#: when it is there. Raises `LockBusy` when it cannot go now.
Discarding = Callable[[Plain, Sequence[Plain]], AbstractContextManager[None]]


#: Entered with the checkpoint and the calls of a session that is about to come back from the trash,
#: left when it is back. Raises `UsageError` when it must not come.
Restoring = Callable[[Plain, Sequence[Plain]], AbstractContextManager[None]]


def is_about_calls(entry: Plain) -> bool:
    """Whether `OnCalls` is told of an entry."""
    return entry["type"] == "interaction" or entry.get("key") == "owner"


#: A store whose clock stands at a moment, so that a session keeps the day it was made.
StoreAt = Callable[[datetime | None], Store]


class Source(Protocol):
    """A store as an index reads it: what changed, and what is new in it.

    Cursors, bookmarks and places are text and numbers that only the store understands; an index
    keeps them and hands them back.
    """

    @property
    def root(self) -> str:
        """The folder where a ledger may be that has calls beside those of sessions; empty: none."""
        ...

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        """A cursor for the next time, and the names of sessions that changed since the last one,
        and of those that are gone.

        One that is gone may be back by now; the next call tells so, so that whoever takes it for
        gone until then misses nothing. `since` empty, or a cursor that is not understood: all
        sessions have changed.
        """
        ...

    def names(self) -> list[str]:
        """Names of all sessions, in order, without a look into them."""
        ...

    def state(self, name: str) -> str:
        """A text that is another one after every change of a session, for the cost of one look;
        empty: there is none of that name.
        """
        ...

    def row(self, name: str) -> Plain | None:
        """A session's checkpoint, with `notices` for its reader when there are any; None: gone.

        One that cannot be read is a row of zeros whose notice says why.
        """
        ...

    def rows(self) -> Iterator[Plain]:
        """`row` of every session, by name."""
        ...

    def follow(self, name: str, bookmark: str = "") -> "Increment":
        """What was added to a session since `bookmark`; empty: all of it.

        A session that is gone is an empty increment from the beginning. Raises `StorageError` for
        one that cannot be read.
        """
        ...

    def entry_at(self, name: str, place: int) -> Plain | None:
        """The entry at a place that `follow` told; None when it is not there any more."""
        ...


class CallsUnderWay(Protocol):
    """What is known of calls whose entries are still to come. Not safe to use from several threads,
    nor in a child that was forked, which calls `leave`. Raises `OSError`, `StorageError`.
    """

    def note(self, call: str, told: Plain) -> None:
        """Keep what is known of the call of that id."""
        ...

    def forget(self, call: str) -> None:
        """The log has it."""
        ...

    def leave(self) -> None:
        """This process has nothing to do with it."""
        ...

    def has_any(self) -> bool:
        """Whether any process has left something, or is about to."""
        ...

    def left(self) -> AbstractContextManager[list[Plain]]:
        """What processes that are no more have noted; it is forgotten when the body ends without an
        error.
        """
        ...


class Increment(Protocol):
    """New entries of a session, in order, each with its place."""

    @property
    def whole(self) -> bool:
        """This is all there is: forget what was known of the session."""
        ...

    @property
    def bookmark(self) -> str:
        """Where the next increment begins; known when the entries have been read."""
        ...

    def __iter__(self) -> Iterator[tuple[int, Plain]]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `line` counts from 1, None when it is no line."""

    where: str
    problem: str
    line: int | None = None
    mendable: bool = True


@dataclass(frozen=True, slots=True)
class Room:
    """Sizes in bytes. `free_bytes`: what the disk has left for us; None: nobody knows."""

    path: str
    sessions: int
    bytes: int
    trash_bytes: int
    free_bytes: int | None


class Upkeep(Protocol):
    """Looking after the place where sessions are kept: damage, room, what is left beside them."""

    def examine(self, name: str = "") -> Iterator[Finding]:
        """What is wrong with one session, or with everything when `name` is empty."""
        ...

    def mend(self, name: str) -> bool:
        """Set damage aside and make totals anew, losing nothing; False: nothing was to do."""
        ...

    def room(self) -> Room:
        """How much room the sessions take."""
        ...

    def in_use(self) -> Mapping[str, str]:
        """Sessions that a command is talking in, and who: `pid 123, since 2026-…Z`."""
        ...

    def raw_output_before(self, name: str, before: datetime) -> int:
        """Bytes of raw output of a session's calls that is older."""
        ...

    def drop_raw_output(self, name: str, before: datetime) -> int:
        """Delete raw output of a session's calls that is older; how many bytes that frees.

        Nothing while a provider works in the session.
        """
        ...
