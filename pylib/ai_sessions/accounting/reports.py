"""Totals of calls by what one asks for: session, feature, task, command, provider, model, time.

Works on the plain objects of journals, one call at a time, so that a report over 100,000 calls
needs neither records nor all of them at once. `stats` has the totals that checkpoints keep already.
"""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.accounting import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime, tzinfo
    from typing import Any

    Plain = Mapping[str, Any]
    Sums = dict[str, Any]
    Groups = dict[str, Sums]
    #: A group's name and the tokens that belong to it; the first one also gets the call itself.
    Share = tuple[str, Plain]
    #: The day, week or month of a time in a zone.
    Period = Callable[[datetime, tzinfo | None], str]
    #: The name of the group that a call belongs to.
    Name = Callable[[Plain, tzinfo | None], str]

#: What a report can be grouped by.
KEYS = (
    *("session", "feature", "task", "command", "provider", "model"),
    *("day", "week", "month", "project"),
)
#: Groups in order of time; the others are in order of cost.
OF_TIME = ("day", "week", "month")
NONE = "(none)"
_BLOCKS = " ▏▎▍▌▋▊▉█"  # an empty one and eight of rising width


def call(session: Plain, entry: Plain) -> Plain:
    """An interaction of a journal with the facts of its session that reports group by.

    `session`: a checkpoint's row, or anything with `name`, `command`, `feature`, `project`.
    """
    facts = {key: session.get(key, "") for key in ("command", "feature", "project")}
    return {**entry, **facts, "session": session["name"]}


def by(key: str, calls: Iterable[Plain], zone: tzinfo | None = None) -> Groups:
    """The totals of every group. `zone`: the time zone of days; None is this machine's.

    The tokens of a call that used several models go to each of them, the call itself and its
    price to the model that was asked: the price of a part is not known apart.
    """
    groups: Groups = {}
    for one in calls:
        for number, (name, tokens) in enumerate(_shares(key, one, zone)):
            sums = groups.setdefault(name or NONE, _zeros())
            _add_tokens(sums, tokens)
            if number == 0:
                _add_call(sums, one)
    order = sorted(groups) if key in OF_TIME else sorted(groups, key=_dearest(groups))
    return {name: _finished(groups[name]) for name in order}


def title(key: str, name: str) -> str:
    """A group's name for people: a week says its days."""
    return f"{name} ({times.days_of_week(name)})" if key == "week" and name != NONE else name


def between(
    calls: Iterable[Plain], since: datetime | None = None, until: datetime | None = None
) -> Iterator[Plain]:
    """The calls from `since` on and before `until`; one without a readable time is in neither."""
    if since is None and until is None:
        yield from calls
        return
    for one in calls:
        at = moment_of(one)
        if at and (since is None or at >= since) and (until is None or at < until):
            yield one


def moment_of(one: Plain) -> datetime | None:
    """When a call ended; None when its time cannot be read."""
    return times.read(one.get("ts"))


def bar(value: float, largest: float, width: int = 20) -> str:
    """A bar of at most `width` characters; anything above 0 shows at least an eighth of one."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(min(value / largest, 1) * width * 8))
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def _shares(key: str, one: Plain, zone: tzinfo | None) -> Iterable[Share]:
    if key == "model":
        return _by_model(one)
    return ((_NAMES[key](one, zone), one["tokens"]),)


def _by_model(one: Plain) -> Iterable[Share]:
    shares = one.get("by_model") or {one["model"]: one["tokens"]}
    others = ((name, tokens) for name, tokens in shares.items() if name != one["model"])
    return ((one["model"], shares.get(one["model"], {})), *others)


def _task(one: Plain, _zone: tzinfo | None) -> str:
    """Task ids are only unique within a feature."""
    task = one.get("task", "")
    return f"{one['feature']} {task}".strip() if task else ""


def _period(of: Period) -> Name:
    """What names the day, week or month of a call; empty when its time cannot be read."""

    def name(one: Plain, zone: tzinfo | None) -> str:
        at = moment_of(one)
        return of(at, zone) if at else ""

    return name


def _plain(key: str) -> Name:
    return lambda one, _zone: str(one.get(key, ""))


_NAMES: Mapping[str, Name] = {
    **{key: _plain(key) for key in ("session", "feature", "command", "provider", "project")},
    "task": _task,
    "day": _period(times.day),
    "week": _period(times.week),
    "month": _period(times.month),
}


def _zeros() -> Sums:
    return {**dict.fromkeys(stats.COUNTS, 0), "errors": 0}


def _add_tokens(sums: Sums, tokens: Plain) -> None:
    for key, count in tokens.items():
        name = f"{key}_tokens"
        if name in sums:
            sums[name] += count


def _add_call(sums: Sums, one: Plain) -> None:
    sums["interactions"] += 1
    sums["errors"] += one.get("status", "ok") not in ("ok", "carried")
    if one["cost_nusd"] is None:
        sums["unknown_costs"] += 1
    else:
        sums["cost_nusd"] += one["cost_nusd"]


def _finished(sums: Sums) -> Sums:
    share = round(stats.cache_share(sums), 4)
    return {**sums, "cost": stats.dollars(sums), "cache_share": share}


def _dearest(groups: Groups) -> Callable[[str], tuple[int, int, str]]:
    return lambda name: (-groups[name]["cost_nusd"], -stats.tokens(groups[name]), name)
