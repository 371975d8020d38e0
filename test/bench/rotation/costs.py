"""What choosing and reserving cost with the real ledger, with few and with many calls on record.

Beside them, in the same run, one committed insert into a SQLite file of the same settings: opened,
written, safe from a power cut, closed. Any ledger of several processes does at least as much.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ruled import instant
from worlds import DAY_S, places, world

from ai_sessions.ledger import counting, quota_windows
from ai_sessions.ledger.contract import Recorded
from ai_sessions.ledger.database import connected
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.ledger.sqlite import SqliteLedger
from ai_sessions.records import stamp
from ai_sessions.rotation import registry
from ai_sessions.rotation.records import Need, Outcome, Place, Strategy

FEW, MANY, ROUNDS, BATCH = 100, 100_000, 60, 2000
NOW = instant(12 * 3600)
NEED = Need(prompt_tokens=2000, answer_tokens=1000)
#: Times an insert; milliseconds beside it; how much slower with many calls than with few.
RANK, RANK_MS, RESERVE, FLAT = 0.5, 0.25, 3.0, 1.5


@dataclass(frozen=True)
class Costs:
    """Medians in milliseconds."""

    insert: float
    read: float
    rank: float
    reserve: float


@dataclass(frozen=True)
class _Store:
    """A ledger with so many calls on record."""

    folder: Path
    quotas: Quotas
    places: tuple[Place, ...]
    strategy: Strategy

    def took(self, number: int) -> Costs:
        candidates = self.quotas.candidates(self.places, NOW)
        best = self.places[number % len(self.places)]
        call = f"call-{number}"
        costs = Costs(
            _ms(lambda: _insert(self.folder / "insert.db", number)),
            _ms(lambda: self.quotas.candidates(self.places, NOW)),
            _ms(lambda: self.strategy.rank(candidates, NEED, NOW)),
            _ms(lambda: self.quotas.reserve(call, best, NEED, 60, NOW)),
        )
        self.quotas.release(call)
        return costs


def costs(
    few: int = FEW, many: int = MANY, rounds: int = ROUNDS, within: Path | None = None
) -> dict[int, Costs]:
    """Measured in both stores in turn, so that both meet what else the machine does."""
    with tempfile.TemporaryDirectory(dir=within) as folder:
        stores = {calls: _filled(Path(folder, str(calls)), calls) for calls in (few, many)}
        found: dict[int, list[Costs]] = {calls: [] for calls in stores}
        for number in range(rounds):
            for calls, store in stores.items():
                found[calls].append(store.took(number))
    return {calls: _median(those) for calls, those in found.items()}


def bars(found: dict[int, Costs]) -> list[tuple[str, bool]]:
    """Each bar with its figures, and whether it holds."""
    few, many = (found[calls] for calls in sorted(found))
    room = RANK * many.insert + RANK_MS
    return [
        (f"rank {many.rank:.2f} ms, at most {room:.2f} ms", many.rank <= room),
        (
            f"reserve {many.reserve / many.insert:.2f} x an insert, at most {RESERVE:g}",
            many.reserve <= RESERVE * many.insert,
        ),
        *(
            (
                f"{name} with {max(found):,} calls {ratio:.2f} x as long as with {min(found):,},"
                f" at most {FLAT:g}",
                ratio <= FLAT,
            )
            for name, ratio in (
                ("rank", many.rank / few.rank),
                ("reading", many.read / few.read),
                ("reserve", many.reserve / few.reserve),
            )
        ),
    ]


def _filled(folder: Path, calls: int) -> _Store:
    folder.mkdir()
    ledger, asked = ledger_at(folder), places(world("tight"))
    quotas = Quotas(ledger, lambda: NOW)
    for begin in range(0, calls, BATCH):
        numbers = range(begin, min(begin + BATCH, calls))
        ledger.record([_recorded(number, asked) for number in numbers])
    _count(ledger, asked, calls)
    for place in asked:
        quotas.learn(place, Outcome("ok", NOW, http=200, tokens=3000, latency_ms=900), NOW)
    (folder / "insert.db").touch()
    with closing(connected(str(folder / "insert.db"), 30.0)) as made:
        made.execute("create table call(id text primary key, at text, used integer)")
    return _Store(folder, quotas, asked, registry.named("paced"))


def _at(number: int) -> datetime:
    """Calls of thirty days."""
    return NOW - timedelta(seconds=number * 7919 % (30 * DAY_S))


def _recorded(number: int, asked: Sequence[Place]) -> Recorded:
    model = asked[number % len(asked)].model
    tokens = {"input": 2000, "output": 1000}
    return Recorded(
        f"old-{number}", stamp(_at(number)), provider=model.pool, model=model.id, tokens=tokens
    )


def _count(ledger: SqliteLedger, asked: Sequence[Place], calls: int) -> None:
    """What these calls used of their quotas; of today little, so that there is room for more."""
    sums: Counter[tuple[str, str, int]] = Counter()
    for number in range(calls):
        place, now = asked[number % len(asked)], quota_windows.us(_at(number))
        limits = quota_windows.limits(place, {}, now)
        if NOW - _at(number) > timedelta(hours=13) or number < FEW:
            for need in quota_windows.needs(place, NEED, limits, now):
                sums[need.pool, need.unit, need.bucket] += need.amount

    def write(connection) -> None:
        for (pool, unit, bucket), amount in sorted(sums.items(), key=lambda one: one[0][2]):
            counting.add_to_quota((pool, unit, bucket, amount), connection)

    ledger.write(write)


def _insert(path: Path, number: int) -> None:
    with closing(connected(str(path), 30.0)) as opened:
        opened.execute("begin immediate")
        opened.execute(
            "insert or replace into call values (?, ?, ?)", (str(number), stamp(NOW), number)
        )
        opened.execute("commit")


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _median(those: Sequence[Costs]) -> Costs:
    return Costs(
        *(
            statistics.median(getattr(one, name) for one in those)
            for name in ("insert", "read", "rank", "reserve")
        )
    )
