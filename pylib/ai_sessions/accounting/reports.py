"""Totals of calls by what one asks for: session, feature, task, command, provider, model, time.

The index adds them up; this is what they can be asked for, and how they are put in order and shown.
"""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.accounting import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    Plain = Mapping[str, Any]
    Sums = dict[str, Any]
    Groups = dict[str, Sums]
    #: By names that go together.
    Crossed = dict[tuple[str, ...], Sums]

#: What a report can be grouped by.
KEYS = (
    *("session", "feature", "task", "command", "provider", "model"),
    *("day", "week", "month", "project", "interface"),
)
#: Groups in order of time; the others are in order of cost.
OF_TIME = ("day", "week", "month")
NONE = "(none)"
_BLOCKS = " ▏▎▍▌▋▊▉█"  # an empty one and eight of rising width


def finished(key: str, groups: Groups) -> Groups:
    """Groups with their cost and cache share, in order: of time, or the dearest first."""
    named = {name or NONE: sums for name, sums in groups.items()}
    if len(named) < len(groups):  # one is really called that
        named = {}
        for name, sums in groups.items():
            add(named.setdefault(name or NONE, zeros()), sums)
    order = sorted(named) if key in OF_TIME else _dearest(named)
    return {name: stats.finished(named[name]) for name in order}


def crossed(keys: Sequence[str], groups: Mapping[tuple[str, ...], Sums]) -> Crossed:
    """The same for groups by several keys: in order of time first, then the dearest."""
    named: Crossed = {}
    for names, sums in groups.items():
        add(named.setdefault(tuple(name or NONE for name in names), zeros()), sums)
    of_time = [place for place, key in enumerate(keys) if key in OF_TIME]

    def order(names: tuple[str, ...]) -> tuple[object, ...]:
        sums = named[names]
        when = [names[place] for place in of_time]
        return when, -sums["cost_nusd"], -stats.tokens(sums), names

    return {names: stats.finished(named[names]) for names in sorted(named, key=order)}


def zeros() -> Sums:
    """The sums of no call."""
    return {**dict.fromkeys(stats.COUNTS, 0), "errors": 0}


def add(sums: Sums, more: Sums) -> None:
    """Put the sums of other calls on top."""
    for name in sums:
        sums[name] += more[name]


def title(key: str, name: str) -> str:
    """A group's name for people: a week says its days."""
    return f"{name} ({times.days_of_week(name)})" if key == "week" and name != NONE else name


def moment_of(one: Plain) -> datetime | None:
    """When a call ended; None when its time cannot be read."""
    return times.read(one.get("ts"))


def bar(value: float, largest: float, width: int = 20) -> str:
    """A bar of at most `width` characters; anything above 0 shows at least an eighth of one."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(min(value / largest, 1) * width * 8))
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def _dearest(groups: Groups) -> list[str]:
    weighed = [(-sums["cost_nusd"], -stats.tokens(sums), name) for name, sums in groups.items()]
    return [name for _cost, _tokens, name in sorted(weighed)]
