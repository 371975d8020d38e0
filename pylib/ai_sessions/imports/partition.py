"""A part of an agent's logs, which one process imports: its calls are read, priced and stored.

Partitions work in processes of their own at the same time. So each keeps its calls, and tells only
what must be known to decide which of them are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.imports import Source, cost_of
from ai_sessions.imports.contract import Row, State, past_of
from ai_sessions.imports.packed import NoUnpackerError
from ai_sessions.imports.projects import project_of
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import IMPORTED
from ai_sessions.records import About, Cost, PriceOf
from ai_sessions.store.contract import Store, StoreAt
from ai_sessions.store.past_calls import PastCalls
from ai_sessions.workers import meanwhile

if TYPE_CHECKING:
    from ai_sessions.accounting.pricing import PriceOfCounts, Units
    from ai_sessions.compiled.calls import Calls

#: A project -> its calls.
ByProject = dict[str, list[Row]]
#: A call, or its number in the table of the compiled scan.
AnyRow = Row | int
#: When a call of ours was under way (RFC 3339, from and to), by the agent's id of the conversation.
Windows = dict[str, list[tuple[str, str]]]
#: The number of a log, the log, and where it was left.
Log = tuple[int, Path, State]

#: Of a call's id; two of 10 million ids are the same once in 400,000 lives.
MARK_BYTES = 8
#: So many calls are written at once.
_BATCH = 20_000
#: So many sessions are waited for at the same time, while others are written.
_SYNCED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the compiled scan needs."""

    table: Callable[[int], Calls | None]
    """An empty table, given how many bytes will be read; None where nothing was compiled."""
    units_of: Callable[[str], Units | None]
    """The prices of a model in whole numbers; None where each call has to be asked for."""


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What came of reading a log. `state` None: it could not be."""

    state: State | None = None
    bad: int = 0
    is_packed: bool = False
    """Because what would unpack it is not installed."""


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """What is new in logs: a mark for each call, in order, and the conversations they were in."""

    logs: list[LogSummary]
    marks: bytes
    conversations: set[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is wanted of it: marks of calls, and by project when the first was and how many."""

    marks: bytes
    projects: dict[str, tuple[str, int]]
    ours: int


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls cost. `unknown_costs`: those whose price nobody knows."""

    calls: int = 0
    cost_nusd: int = 0
    unknown_costs: int = 0

    def __add__(self, other: Costs) -> Costs:
        return Costs(
            self.calls + other.calls,
            self.cost_nusd + other.cost_nusd,
            self.unknown_costs + other.unknown_costs,
        )


class Partition:
    """The calls of some logs, from `read` on, each once."""

    def __init__(
        self,
        source: Source,
        store_at: StoreAt,
        price_of: PriceOf,
        price_of_counts: PriceOfCounts,
        sync: Callable[[str], None] = lambda _session: None,
        compiled: Compiled | None = None,
        size: int = 0,
    ) -> None:
        """`sync`: waits until what was written into a session is safe. `size`: how many bytes will
        be read.
        """
        self._source = source
        self._store_at, self._sync = store_at, sync
        self._price_of, self._price_of_counts = price_of, price_of_counts
        self._calls = compiled.table(size) if compiled else None
        self._units_of = compiled.units_of if compiled else None
        self._rows: dict[bytes, AnyRow] = {}
        self._ends: list[tuple[int, int]] = []
        """The number of each log, and how many calls there are up to its end."""
        self._repeats: list[tuple[bytes, AnyRow]] = []
        self._kept: dict[str, list[AnyRow]] = {}

    def read(self, logs: Sequence[Log]) -> ReadSummary:
        """What is new in each log since its state."""
        summaries = [self._read(*log) for log in logs]
        conversations = self._calls.sessions() if self._calls is not None else set()
        conversations |= {
            row.session
            for row in (*self._rows.values(), *(row for _mark, row in self._repeats))
            if not isinstance(row, int)
        }
        return ReadSummary(summaries, b"".join(self._rows), conversations)

    def _read(self, number: int, path: Path, state: State) -> LogSummary:
        try:
            found = self._source.rows(path, state, self._calls)
        except NoUnpackerError:
            return LogSummary(is_packed=True)
        except OSError:
            return LogSummary()
        rows = self._rows
        for mark, row in self._marked(found.rows):
            if mark in rows:
                self._repeats.append((mark, row))
            else:
                rows[mark] = row
        self._ends.append((number, len(rows)))
        return LogSummary(found.state, found.bad)

    def _marked(self, rows: Sequence[Row]) -> Iterable[tuple[bytes, AnyRow]]:
        if self._calls is not None:
            from ai_sessions.compiled.calls import Rows

            if isinstance(rows, Rows):
                return rows.marked()
        return ((mark_of(row[0]), row) for row in rows)

    def logs_of(self, marks: frozenset[bytes]) -> dict[bytes, int]:
        """The number of the log that each call was first seen in."""
        found: dict[bytes, int] = {}
        ends = iter(self._ends)
        log, end = next(ends, (0, 0))
        for place, mark in enumerate(self._rows):
            while place >= end:
                log, end = next(ends)
            if mark in marks:
                found[mark] = log
        return found

    def keep(self, unwanted: frozenset[bytes], ours: Windows) -> Kept:
        """The calls but the unwanted and those of ours; the others are forgotten."""
        made_by_us = self._made_by_us(ours) if ours else set()
        for mark in unwanted | made_by_us:
            self._rows.pop(mark, None)
        marks = b"".join(self._rows)
        for project, rows in self._by_project().items():
            self._kept[project] = self._in_order(rows)
        self._rows, self._repeats = {}, []
        projects = {name: (self._row(rows[0]).at, len(rows)) for name, rows in self._kept.items()}
        return Kept(marks, projects, len(made_by_us))

    def _made_by_us(self, ours: Windows) -> set[bytes]:
        rows = [*self._rows.items(), *self._repeats]
        if self._calls is not None:
            frames = self._calls.frame_numbers()
            sessions = {one: self._calls.frame(one).session for one in set(frames)}
            rows = [
                (mark, row)
                for mark, row in rows
                if not isinstance(row, int) or sessions[frames[row]] in ours
            ]
        return _made_by_us(((mark, self._row(row)) for mark, row in rows), ours)

    def _by_project(self) -> dict[str, list[AnyRow]]:
        found: dict[str, list[AnyRow]] = {}
        of_frame: dict[int, list[AnyRow]] = {}
        frames = self._calls.frame_numbers() if self._calls is not None else []
        for row in self._rows.values():
            if not isinstance(row, int):
                found.setdefault(project_of(row[5]), []).append(row)
                continue
            frame = frames[row]
            if frame not in of_frame:
                of_frame[frame] = found.setdefault(project_of(self._row(row)[5]), [])
            of_frame[frame].append(row)
        return found

    def _in_order(self, rows: Sequence[AnyRow]) -> list[AnyRow]:
        """By time; those of a table stay there when they are among themselves."""
        numbers = [row for row in rows if isinstance(row, int)]
        if self._calls is not None and len(numbers) == len(rows):
            return [*sorted(numbers, key=self._calls.whens().__getitem__)]
        return [*sorted(map(self._row, rows), key=attrgetter("at"))]

    def _row(self, row: AnyRow) -> Row:
        if not isinstance(row, int):
            return row
        if self._calls is None:
            raise KeyError(row)
        return self._calls.row(row)

    def hand_over(self, projects: Iterable[str]) -> ByProject:
        """The calls of projects that another partition puts into their sessions."""
        return {project: list(map(self._row, self._kept.pop(project))) for project in projects}

    def store(self, names: Mapping[str, str], more: ByProject) -> Costs:
        """Append what is kept to the sessions of `names`, by project, with `more` of others."""
        for project, rows in more.items():
            self._kept[project] = self._in_order([*self._kept.get(project, ()), *rows])
        if self._calls is not None and self._units_of:
            self._calls.price(self._units_of)
        total = Costs()
        with meanwhile(self._sync, _SYNCED_AT_ONCE) as sync:
            for project in [project for project in names if project in self._kept]:
                total += self._store(names[project], project)
                sync(names[project])
        return total

    def _store(self, name: str, project: str) -> Costs:
        rows = self._kept.pop(project)
        store = self._store_at(times.parsed(self._row(rows[0]).at))
        about = About(IMPORTED, "", project)
        numbers = [row for row in rows if isinstance(row, int)]
        if (
            self._calls is not None
            and len(numbers) == len(rows)
            and self._calls.price_rest(numbers, self._cost_of)
        ):
            return _stored_at_once(store, name, about, self._calls, numbers)
        return self._stored(store, name, about, list(map(self._row, rows)))

    def _stored(self, store: Store, name: str, about: About, rows: Sequence[Row]) -> Costs:
        total = Costs()
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            costs = [self._cost_of(row) for row in batch]
            store.append(name, PastCalls(batch, costs, past_of), about=about)
            known = [one.nusd for one in costs if one.nusd is not None]
            total += Costs(len(costs), sum(known), len(costs) - len(known))
        return total

    def _cost_of(self, row: Row) -> Cost:
        if row.past:
            return cost_of(row.past, self._price_of)
        if row.nusd is not None:
            return Cost(row.nusd, "client")
        return self._price_of_counts(row[3], row[2], row[1])


def _stored_at_once(
    store: Store, name: str, about: About, calls: Calls, numbers: Sequence[int]
) -> Costs:
    from ai_sessions.compiled.calls import Prices

    rows = calls.rows(numbers)
    entries = PastCalls(rows, Prices(rows), past_of, (calls, rows.numbers))
    store.append(name, entries, about=about)
    sums = calls.sums(rows.numbers).values()
    return Costs(len(rows), sum(one[-1] for one in sums), sum(one[-2] for one in sums))


def _made_by_us(calls: Iterable[tuple[bytes, Row]], ours: Windows) -> set[bytes]:
    return {
        mark
        for mark, row in calls
        if row.session in ours
        and any(begun <= row.at <= ended for begun, ended in ours[row.session])
    }


def mark_of(id_: str) -> bytes:
    """A call's id, short enough to remember all there ever were."""
    return blake2b(id_.encode("utf-8", "replace"), digest_size=MARK_BYTES).digest()
