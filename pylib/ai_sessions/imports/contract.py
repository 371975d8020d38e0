"""What every reader of logs promises, and what they share: counts, ids."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet, Sequence
from dataclasses import field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ai_sessions import token_kinds
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Cost, Usage

Plain = Mapping[str, Any]
_counts_of: Callable[[Usage], tuple[int, ...]] = attrgetter(*token_kinds.FIELDS.values())
#: No record has as many tokens as this.
_MOST = 2**63
#: Where a reader stopped in one file: plain JSON, for its own eyes only. Empty: at the beginning.
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One call that an agent made without us. Its words stay in the agent's log."""

    provider: str
    key: str
    """What tells it from every other call of that agent, the same wherever a resumed or forked
    conversation repeats it."""
    at: str
    """RFC 3339 UTC, when the call ended."""
    model: str
    usage: Usage
    session: str = ""
    """The agent's own id of the conversation; of a sub-agent that of the one it worked for."""
    folder: str = ""
    """Where the agent worked, or empty."""
    version: str = ""
    """The agent's own version, or empty."""
    branch: str = ""
    cost: Cost = Cost()
    """Unknown, unless the log knows better."""
    searches: int = 0
    """Web searches, which are paid beside the tokens."""
    before: Usage | None = None
    """What an earlier look saw of this call; `usage` is only what came since."""

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.key}"


class Row(NamedTuple):
    """A call as an import carries it from the log to the session: flat, because there are 100,000.

    Those of the usual form are made without a `Past`; any other has one, which says all about it.
    """

    id: str
    at: str
    model: str
    counts: tuple[int, ...]
    """Of tokens, in the order of `token_kinds.FIELDS`."""
    session: str
    folder: str
    version: str
    branch: str
    nusd: int | None = None
    """What its log says it cost."""
    past: Past | None = None


def row_of(past: Past) -> Row:
    return Row(
        past.id,
        past.at,
        past.model,
        _counts_of(past.usage),
        past.session,
        past.folder,
        past.version,
        past.branch,
        past.cost.nusd,
        past,
    )


def past_of(row: Row) -> Past:
    if row.past:
        return row.past
    provider, _, key = row.id.partition(":")
    usage: Callable[..., Usage] = Usage
    return Past(
        provider,
        key,
        row.at,
        row.model,
        usage(*row.counts),
        row.session,
        row.folder,
        row.version,
        row.branch,
        Cost() if row.nusd is None else Cost(row.nusd, "client"),
    )


class UnusualError(Exception):
    """A line is not of the form that the compiled scan knows: Python has to read the log."""


class Context(NamedTuple):
    """What the lines of a log say about calls in those behind them."""

    model: str = ""
    session: str = ""
    folder: str = ""
    version: str = ""
    branch: str = ""
    turn: str = ""
    thread: str = ""
    forked: bool = False
    total: Sequence[int] | None = None
    """The running total of a thread of codex, and what its last record counted."""
    recorded: Sequence[int] | None = None


class Table(Protocol):
    """Calls of the compiled scan, which are known by their place; readers put those of a log at its
    end. Methods that take lines raise `UnusualError`.
    """

    def __len__(self) -> int: ...

    def claude(self, block: bytes, end: int, place: int) -> None:
        """Take the answers in the whole lines of `block` before `end`; `place` is where the block
        is in its file.
        """

    def codex(self, block: bytes, end: int, at: int, place: int) -> tuple[int, int] | None:
        """Take the calls in the whole lines of `block` from `at` to `end`, up to a line that says
        something about those behind it: where that begins and ends; None behind the last.
        """

    def gemini(self, block: bytes, end: int, at: int, place: int) -> tuple[int, int] | None:
        """The same for a chat."""

    def opencode(self, messages: Sequence[bytes], contexts: Sequence[int], place: int) -> None:
        """Take messages with the numbers of their contexts; `place` is the number of the first."""

    def tell(self, context: Context) -> None:
        """What is known before the next line."""

    def told(self) -> tuple[list[int] | None, list[int] | None]:
        """The total and the recorded counts of the context, as the last line left them."""

    def context_number(self, context: Context) -> int:
        """For `opencode`."""

    def settle(self, start: int, *, is_first: bool = False) -> None:
        """Of calls from `start` on that have one id the last stays, or the first."""

    def cut(self, count: int) -> None:
        """The first `count` calls stay."""

    def opens(self, start: int) -> list[bool]:
        """Which calls from `start` on are answers that are still being written."""

    def places(self, start: int) -> list[int]:
        """Where in its log the first line of each call from `start` on is."""

    def rows(self, numbers: Iterable[int]) -> Sequence[Row]: ...


@dataclass(frozen=True, slots=True)
class Scanned:
    """The same as `Found`, in rows."""

    rows: Sequence[Row]
    state: State = field(default_factory=dict)
    bad: int = 0

    @property
    def found(self) -> Found:
        return Found(tuple(map(past_of, self.rows)), self.state, self.bad)


@dataclass(frozen=True, slots=True)
class Found:
    """What was new in one file, and where to go on next time."""

    calls: tuple[Past, ...]
    state: State = field(default_factory=dict)
    bad: int = 0
    """Lines that looked like calls and could not be read."""


@dataclass(frozen=True, slots=True)
class Source:
    """One agent's logs."""

    name: str
    files: Callable[[Mapping[str, str]], Iterable[Path]]
    """The logs there are, given the environment (`HOME` and the agent's own variables)."""
    read: Callable[[Path, State], Found]
    """What a file has since `state`. Raises `OSError` when it cannot be read at all."""
    scan: Callable[[Path, State], Scanned] | None = None
    """The same for imports, which leave an answer that is being written for the next look. None:
    what `read` finds."""
    compiled: Callable[[Path, State, Table], Scanned | None] | None = None
    """The same as `scan`, by the compiled scan; None when something in it is not of the form that
    the scan knows."""
    patterns: Sequence[str] = ("*.jsonl", "*.jsonl.*")
    """Names of its logs, for who keeps them in another folder."""
    waiting: Callable[[Path, State], int] = lambda _path, _state: 0
    """About how many bytes `read` would look at."""
    conversation: Callable[[Mapping[str, str], str], Iterable[Path]] = lambda _environment, _id: ()
    """The logs that may have calls of one conversation, its sub-agents' included; other calls may
    be in them, too."""
    project: Callable[[Path], str] = lambda path: str(path.parent)
    """The same text for logs whose calls most likely were in one folder; a guess, quickly made."""
    variable: str = ""
    """The environment variable that moves its logs."""

    def rows(self, path: Path, state: State, table: Table | None = None) -> Scanned:
        """What an import takes from a file since `state`, into `table` where its lines are of the
        known form. Raises `OSError`.
        """
        if table is not None and self.compiled:
            scanned = self.compiled(path, state, table)
            if scanned is not None:
                return scanned
        if self.scan:
            return self.scan(path, state)
        found = self.read(path, state)
        return Scanned(list(map(row_of, found.calls)), found.state, found.bad)

    def within(self, place: Path) -> list[Path]:
        """The log that `place` is, or the logs somewhere below it."""
        if not place.is_dir():
            return [place]
        return sorted({path for pattern in self.patterns for path in place.rglob(pattern)})


def fresh(calls: Iterable[Past], seen: MutableSet[str]) -> Iterator[Past]:
    """The calls whose id is not among `seen`; their ids are added to it."""
    for past in calls:
        if past.id not in seen:
            seen.add(past.id)
            yield past


def count(part: Plain, key: str) -> int:
    """A number of tokens; 0 when there is none, or one below 0.

    Servers that stand in for an agent's own write whole numbers as 100.0 or "100", and subtract
    what was cached from an input that never had it. Raises `ValueError` for what is no such number,
    or more than a record can hold.
    """
    value = part.get(key)
    if type(value) is int and 0 <= value < _MOST:
        return value
    if value is None:
        return 0
    number = _number(value)
    if number is None or number >= _MOST:
        raise ValueError(f"{key}={value!r} is not a number of tokens")
    return max(0, number)


def _number(value: Any) -> int | None:
    if isinstance(value, str):
        digits = value.strip().removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def text(part: Plain, key: str) -> str:
    """A text; empty when there is none or something else."""
    value = part.get(key)
    return value if isinstance(value, str) else ""


def mapping(part: Plain, key: str) -> Plain:
    """A map; empty when there is none or something else."""
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or "~").expanduser()
