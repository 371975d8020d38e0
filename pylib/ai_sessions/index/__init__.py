"""The derived index over all sessions: what lists, statistics, budgets and search read.

It is fed by what a store says that changed. Everything in it can be made again from the sessions,
so it may be deleted at any time. One that is damaged is made anew; where it is busy or cannot be
written, a temporary one answers the same.
"""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from typing import TypeVar

    from ai_sessions.store.contract import Source

    Answer = TypeVar("Answer")
    Question = Callable[[sqlite3.Connection, Source], Answer]

NAME = ".index.sqlite3"
#: Below this many sessions the store's own rows are read as fast.
WORTHWHILE = 300


class Index:
    """Answers over all sessions of a store, from what is known since the last time.

    `folder`: where the index file is. Empty: there is none, and all is read anew each time.
    """

    __slots__ = ("_worthwhile", "folder", "source")

    def __init__(self, source: Source, folder: str = "", worthwhile: int = WORTHWHILE) -> None:
        self.source = source
        self.folder = folder
        self._worthwhile = worthwhile

    def is_worthwhile(self) -> bool:
        """Whether it answers faster than the store's rows do. One that is there, does."""
        if self.folder and os.path.exists(f"{self.folder}/{NAME}"):
            return True
        return len(self.source.names()) >= self._worthwhile

    def delete(self) -> None:
        """Delete it, with every word in it; it is made anew by whoever asks next.

        Raises `StorageError`.
        """
        from ai_sessions.index import database

        if self.folder:
            database.remove_for_good(f"{self.folder}/{NAME}")

    def ask(self, question: Question[Answer]) -> Answer:
        """The answer of an index that is sound; the question brings it up to date.

        Raises `StorageError` when there is no room even for a temporary one.
        """
        from ai_sessions.errors import StorageError
        from ai_sessions.index import database

        with contextlib.suppress(database.Damaged, database.Unusable):
            return self.ask_kept(question)
        try:
            with database.opened("") as connection:
                return question(connection, self.source)
        except (database.Damaged, database.Unusable) as error:
            raise StorageError(f"a temporary index: {error}", "make room in TMPDIR") from error

    def ask_kept(self, question: Question[Answer]) -> Answer:
        """The same of the index file alone. Raises `database.Damaged` and `database.Unusable`."""
        from ai_sessions.index import database

        if not self.folder:
            raise database.Unusable("there is no index file")
        with contextlib.suppress(database.Damaged):  # it is gone then, the next one is sound
            return self._asked(question)
        return self._asked(question)

    def _asked(self, question: Question[Answer]) -> Answer:
        from ai_sessions.index import database

        with database.opened(f"{self.folder}/{NAME}") as connection:
            return question(connection, self.source)
