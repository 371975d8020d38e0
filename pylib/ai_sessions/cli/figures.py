"""What `stats` answers: sums of sessions and calls, in groups and over any time.

Light on imports: its plainest forms are answered before click is imported (`plain_forms`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from ai_sessions import money
from ai_sessions.accounting import reports
from ai_sessions.accounting import stats as sums
from ai_sessions.cli import listing
from ai_sessions.cli.terminal import is_ascii_only, room
from ai_sessions.display import columns
from ai_sessions.index import calls, sessions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from typing import Any

    from ai_sessions.accounting.savings import Savings
    from ai_sessions.cli.output import Output
    from ai_sessions.config import Settings
    from ai_sessions.index import Index

_BAR_CELLS = 20
_GAP = "  "
_IN_ALL = "in all"
_VERDICTS = {
    True: "true of these calls",
    False: "not true of these calls",
    None: "cannot be told: no call has a known price",
}


class Wanted:
    """What to show, as it was typed."""

    __slots__ = ("feature", "form", "key", "project", "saved", "since", "until", "zone")

    def __init__(
        self,
        key: str | None = None,
        since: str | None = None,
        until: str | None = None,
        zone: tzinfo | None = None,
        feature: str | None = None,
        project: str | None = None,
        saved: bool = False,
        form: str = "table",
    ) -> None:
        self.key = key
        self.since = since
        self.until = until
        self.zone = zone
        self.feature = feature
        self.project = project
        self.saved = saved
        self.form = form

    @property
    def unmet(self) -> str:
        """Why there are no sessions; empty when all were wanted."""
        given = {"feature": self.feature, "project": self.project}
        return ", ".join(f"no session of {key} {text}" for key, text in given.items() if text)


class Door:
    """Where figures come from, and where they go. `settings`: read when they are needed."""

    __slots__ = ("environment", "index", "out", "settings")

    def __init__(
        self,
        index: Index,
        out: Output,
        settings: Callable[[], Settings],
        environment: Mapping[str, str],
    ) -> None:
        self.index = index
        self.out = out
        self.settings = settings
        self.environment = environment


def show(door: Door, wanted: Wanted) -> None:
    """Raises `UsageError` for a time that is none."""
    as_cells = wanted.form in ("csv", "md")
    if not (wanted.key or wanted.since or wanted.until or wanted.saved or as_cells):
        _show_overall(door, wanted)
    elif wanted.saved:
        from ai_sessions.accounting import savings
        from ai_sessions.assemble import prices

        told = calls.plain(door.index, _of_calls(door, wanted))
        _tell(door, told)
        _show_savings(door, savings.of(told.answer, prices.rates(door.settings())))
    else:
        _show_groups(door, wanted, as_cells)


def _fits(wanted: Wanted, feature: str, project: str) -> bool:
    return wanted.feature in (None, feature) and (
        wanted.project is None or listing.in_project(project, wanted.project)
    )


def _show_overall(door: Door, wanted: Wanted) -> None:
    if wanted.unmet:
        found = sessions.rows(door.index, lambda row: _fits(wanted, row["feature"], row["project"]))
        listing.tell(sessions.notes_of(found), door.out)
        apart = calls.sessionless(door.index)
        rest = [row for row in apart if _fits(wanted, row["feature"], row["project"])]
        whole = sums.overall(found, rest)
        listing.show_stats(whole, door.out, empty=wanted.unmet)
    else:
        settings = door.settings() if wanted.zone is None else None
        listing.stats_all(door.index, door.out, settings, wanted.zone)


def _show_groups(door: Door, wanted: Wanted, as_cells: bool) -> None:
    name = wanted.key or "feature"
    told = calls.by(door.index, name, _of_calls(door, wanted), wanted.zone)
    groups = told.answer
    _tell(door, told)
    door.out.result({"by": name, "groups": groups})
    if as_cells:
        _show_cells(door, name, groups, wanted.form)
    elif groups:
        door.out.say(_table(door, name, groups))
    else:
        places = sessions.places(door.index, is_fresh=True)
        some = any(_fits(wanted, *place) for place in places)
        door.out.note("no calls in that time" if some else wanted.unmet or "no sessions yet")


def _of_calls(door: Door, wanted: Wanted) -> calls.Wanted:
    first = last = None
    if wanted.since or wanted.until:
        from ai_sessions import typed_times

        now = datetime.now(UTC)
        first, last = typed_times.span(wanted.since, wanted.until, now, wanted.zone)
    if wanted.project is None:
        return calls.Wanted(first, last, wanted.feature)
    places = sessions.places(door.index)
    projects = {project for feature, project in places if _fits(wanted, feature, project)}
    return calls.Wanted(first, last, wanted.feature, tuple(sorted(projects)))


def _tell(door: Door, told: calls.Told) -> None:
    listing.tell(told.notes, door.out)
    for unreadable in told.unreadable:
        door.out.warn(unreadable)


def _table(door: Door, name: str, groups: Mapping[str, Any]) -> str:
    """Columns, and on a terminal a bar for each row's share of the cost."""
    text = listing.table(door.out, _lines(name, groups), listing.SHARES_LEAST_NEEDED)
    across = max(map(columns.width, text.split("\n"))) + len(_GAP)
    too_wide = across + _BAR_CELLS > room()
    if not door.out.is_terminal() or is_ascii_only(door.environment) or too_wide:
        return text
    largest = max(group["cost_nusd"] for group in groups.values())
    bars = [reports.bar(group["cost_nusd"], largest, _BAR_CELLS) for group in groups.values()]
    marked = zip(text.split("\n"), ["", *bars, ""], strict=True)
    return "\n".join((columns.padded(line, across) + bar).rstrip() for line, bar in marked)


def _lines(name: str, groups: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A head, a line for each group, and what they come to."""
    whole = {_IN_ALL: _whole(groups)} if groups else {}
    of_time = name in reports.OF_TIME
    titled = (
        {reports.title(name, each): group for each, group in groups.items()} if of_time else groups
    )
    return listing.share_lines(name, {**titled, **whole})


def _whole(groups: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {count: sum(group[count] for group in groups.values()) for count in sums.COUNTS}


def _show_cells(door: Door, name: str, groups: Mapping[str, Any], form: str) -> None:
    if form == "md":
        door.out.say(columns.markdown(_lines(name, groups)))
        return
    from ai_sessions.sessions import export

    door.out.raw(export.row([name, *sums.COUNTS, "cost"]))
    for each, group in groups.items():
        door.out.raw(export.row([each, *(group[key] for key in sums.COUNTS), group["cost"]]))


def _show_savings(door: Door, found: Savings) -> None:
    from ai_sessions.accounting import savings

    share, tokens = found.cost_share, found.token_share
    door.out.result(
        {
            "calls": found.calls,
            "unknown": found.unknown,
            "saved_nusd": None if share is None else found.nusd,
            "saved": None if share is None else money.number(found.nusd),
            "cost_share": share,
            "token_share": tokens,
            "claim": {"cost_share": savings.CLAIMED, "holds": found.holds},
        }
    )
    door.out.say(
        f"Calls          {found.calls:,} ({found.unknown} without a known price, left out)"
    )
    door.out.say(f"From cache     {'-' if tokens is None else f'{tokens:.0%} of the input'}")
    without = "of what it would have cost without the cache"
    saved = "-" if share is None else f"{money.shown(found.nusd)}, {share:.0%} {without}"
    door.out.say(f"Saved          {saved}")
    door.out.say(f"{savings.CLAIMED:.0%} claimed    {_VERDICTS[found.holds]}")
