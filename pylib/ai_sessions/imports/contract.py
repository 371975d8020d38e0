"""What every reader of logs promises, and what they share: counts, ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet
from dataclasses import field
from pathlib import Path
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Cost, Usage

Plain = Mapping[str, Any]
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
    pattern: str = "*.jsonl"
    """Names of its logs, for who keeps them in another folder."""
    waiting: Callable[[Path, State], int] = lambda _path, _state: 0
    """About how many bytes `read` would look at."""
    conversation: Callable[[Mapping[str, str], str], Iterable[Path]] = lambda _environment, _id: ()
    """The logs that may have calls of one conversation, its sub-agents' included; other calls may
    be in them, too."""
    project: Callable[[Path], str] = lambda path: str(path.parent)
    """The same text for logs whose calls most likely were in one folder; a guess, quickly made."""

    def within(self, place: Path) -> list[Path]:
        """The log that `place` is, or the logs somewhere below it."""
        return sorted(place.rglob(self.pattern)) if place.is_dir() else [place]


def fresh(calls: Iterable[Past], seen: MutableSet[str]) -> Iterator[Past]:
    """The calls whose id is not among `seen`; their ids are added to it."""
    for past in calls:
        if past.id not in seen:
            seen.add(past.id)
            yield past


def count(part: Plain, key: str) -> int:
    """A number of tokens; 0 when there is none. Raises `ValueError` for what is no such number."""
    value = part.get(key)
    if type(value) is int and value >= 0:
        return value
    if value is None:
        return 0
    raise ValueError(f"{key}={value!r} is not a number of tokens")


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
