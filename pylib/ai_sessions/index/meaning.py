"""What is nearest to a question by its meaning, from vectors that follow the logs.

A vector takes some 30 ms to make, so nobody waits for all of them: who asks lets those that are
missing be made for some seconds, the newest first, and is told how many are left.
"""

from __future__ import annotations

import time
from itertools import islice

from ai_sessions.index import following, passages, vectors
from ai_sessions.lazy_dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ai_sessions.embeddings.contract import Embedder
    from ai_sessions.index import Index
    from ai_sessions.index.recalling import Span
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    Row = passages.Row
    #: Told how many vectors have been made, and how many were missing.
    Tell = Callable[[int, int], None]

#: Vectors that are kept in one write: who is killed loses no more.
_BATCH = 8
#: Seconds for what is missing, unless more are given.
SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Near:
    """An entry with a passage that is like the question. `alike`: 1 is the same, 0 is nothing."""

    session: str
    place: int
    part: int
    alike: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The nearest entries, the most alike first. `left`: passages that have no vector yet."""

    near: tuple[Near, ...]
    left: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of an entry of a session's log. `alike`: as in `Near`."""

    session: str
    entry: Plain
    text: str
    alike: float


@dataclass(frozen=True, slots=True)
class Filled:
    """`passages`: how many there are; `made`: vectors, now; `left`: those that are missing."""

    passages: int
    made: int
    left: int


def _silent(_made: int, _missing: int) -> None:
    pass


class Meaning:
    """`folder`: where the vectors are kept, beside the index. `clock`: seconds that go on."""

    def __init__(
        self, embedder: Embedder, folder: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._embedder, self._folder, self._clock = embedder, folder, clock

    def ranked(
        self,
        connection: sqlite3.Connection,
        source: Source,
        question: str,
        spans: Sequence[Span] | None = None,
        limit: int = 50,
        seconds: float = SECONDS,
    ) -> Ranking:
        """The entries that are nearest to `question`, of `spans` alone or (None) of all sessions.
        For some `seconds`, vectors that are missing are made before.

        Raises `vectors.Unavailable`, and `ConfigError` when the model cannot be loaded.
        """
        self._begin()
        if spans is None:
            self._refresh(connection, source)
        else:
            names = sorted({span.name for span in spans})
            following.follow_some(connection, source, passages.LAYER, names)
        rows = passages.rows(connection, spans)
        known = vectors.of(self._folder, {row[3] for row in rows})
        missing = _missing(rows, known)
        for made in self._made(source, missing, seconds):
            known |= made
        left = sum(row[3] not in known for row in missing)
        return Ranking(tuple(islice(self._near(question, rows, known), limit)), left)

    def nearest(
        self, index: Index, question: str, spans: Sequence[Span], limit: int, seconds: float
    ) -> list[Passage]:
        """Passages of those entries that are nearest to `question`, one of each entry, as the log
        has them now. Raises as `ranked`, and `database.Unusable` without an index file.
        """

        def answer(connection: sqlite3.Connection, source: Source) -> list[Passage]:
            near = self.ranked(connection, source, question, spans, limit, seconds).near
            return [found for one in near if (found := _passage(source, one))]

        return index.ask_kept(answer)

    def alike(self, question: str, texts: Sequence[str]) -> list[float]:
        """How alike `question` and each text are. Some 15 ms each. Raises `ConfigError`."""
        return self._embedder.similarities(question, self._embedder.embed(texts))

    @property
    def threshold(self) -> float:
        """What is less alike has nothing to do with each other."""
        return self._embedder.threshold

    def fill(self, index: Index, seconds: float | None = None, tell: Tell = _silent) -> Filled:
        """Make the vectors that are missing, for so many seconds or all of them. Who is killed
        meanwhile goes on later. Raises as `ranked`.
        """

        def filled(connection: sqlite3.Connection, source: Source) -> Filled:
            self._begin()
            self._refresh(connection, source)
            rows = passages.rows(connection)
            missing = _missing(rows, vectors.of(self._folder, {row[3] for row in rows}))
            count = 0
            tell(count, len(missing))
            for made in self._made(source, missing, seconds):
                count += len(made)
                tell(count, len(missing))
            return Filled(len(rows), count, len(missing) - count)

        return index.ask(filled)

    def _begin(self) -> None:
        """See that all vectors are of this model."""
        if not vectors.are_of(self._folder, self._embedder.name):
            self._embedder.check()
            vectors.begin(self._folder, self._embedder.name)

    def _refresh(self, connection: sqlite3.Connection, source: Source) -> None:
        passages.refresh(connection, source)
        vectors.prune(self._folder, connection)

    def _made(
        self, source: Source, missing: Iterable[Row], seconds: float | None
    ) -> Iterator[dict[bytes, bytes]]:
        """Vectors of these passages, some at a time, each time kept before they are returned."""
        deadline = None if seconds is None else self._clock() + seconds
        rest = iter(missing)
        while rows := list(islice(rest, _BATCH)):
            if deadline is not None and self._clock() >= deadline:
                return
            texts = {row[3]: text for row in rows if (text := passages.text_of(source, row))}
            made = self._embedder.embed(list(texts.values()))
            found = dict(zip(texts, made, strict=True))
            vectors.add(self._folder, found)
            yield found

    def _near(
        self, question: str, rows: Sequence[Row], known: Mapping[bytes, bytes]
    ) -> Iterator[Near]:
        """Each entry once, by its passage that is most alike; of equals the newest first."""
        if not known:
            return
        alike = dict(
            zip(known, self._embedder.similarities(question, list(known.values())), strict=True)
        )
        found = [
            Near(name, place, part, alike[digest])
            for name, place, part, digest in rows
            if alike.get(digest, 0) >= self._embedder.threshold
        ]
        seen = set[tuple[str, int]]()
        for near in sorted(found, key=lambda one: -one.alike):
            if (near.session, near.place) not in seen:
                seen.add((near.session, near.place))
                yield near


def _passage(source: Source, near: Near) -> Passage | None:
    """What stands there; None when it was taken away meanwhile."""
    entry = source.entry_at(near.session, near.place)
    found = passages.passages(entry)[near.part : near.part + 1] if entry else []
    if not entry or not found:
        return None
    return Passage(near.session, entry, found[0][1], near.alike)


def _missing(rows: Iterable[Row], known: Mapping[bytes, bytes]) -> list[Row]:
    """One row of each passage without a vector."""
    return list({row[3]: row for row in rows if row[3] not in known}.values())
