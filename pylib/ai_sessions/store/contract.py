"""What every store promises."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from ai_sessions.records import About, Entry, Session


class Store(Protocol):
    """Named sessions, each an append-only log with a checkpoint.

    An acknowledged write is never lost; a reader never waits and never sees half a record.
    Raises `UsageError` for a name that is not one, `NotFound` for a session that does not exist,
    `StorageError` when the medium fails (nothing is half-written then) and `LockBusy`.
    """

    def ensure(self, name: str, about: About) -> Session:
        """The session of that name, made now when there is none."""
        ...

    def append(self, name: str, entries: Sequence[Entry]) -> Session:
        """Add entries in one write; all of them are safe when this returns.

        An interaction whose `id` is already among the recent ones is not added again. A session
        that vanished meanwhile is made anew, so that a paid answer always finds its place.
        """
        ...

    def append_raw(self, name: str, entries: Sequence[dict[str, Any]]) -> Session:
        """As `append`, of entries in the form of the journal; each gets its own `seq`."""
        ...

    def read(self, name: str) -> Session:
        """Facts and totals, as of every acknowledged write."""
        ...

    def entries(self, name: str) -> Iterator[Entry]:
        """The log from its beginning, streamed; damaged lines are skipped."""
        ...

    def entries_raw(self, name: str) -> Iterator[dict[str, Any]]:
        """As `entries`, in the form of the journal, with types this version does not know."""
        ...

    def path(self, name: str) -> Path | None:
        """The folder of a session (it need not exist); None when nothing is kept on disk."""
        ...

    def sessions(self) -> Iterator[Session]:
        """Every session, by name."""
        ...

    def turn(self, name: str, wait_s: float) -> AbstractContextManager[None]:
        """The right to talk in this session; `LockBusy` with the holder's pid after `wait_s`.

        Held while a provider works, so that two runs never resume one conversation at once.
        Reads, statistics and appends of others go on meanwhile.
        """
        ...

    def discard(self, name: str, unused_since: str = "") -> bool:
        """Move a session nobody is using to the trash. False: it is in use and was left alone.

        With `unused_since` (RFC 3339 UTC) also one that was used after that time is left alone.
        """
        ...
