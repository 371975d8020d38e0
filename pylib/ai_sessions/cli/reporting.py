"""`stats`: what sessions cost and used, grouped as one likes, over any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from ai_sessions import money, times, typed_times
from ai_sessions.accounting import reports, savings
from ai_sessions.accounting import stats as sums
from ai_sessions.assemble import prices
from ai_sessions.cli import advising, flags, listing, watching
from ai_sessions.cli.app import App
from ai_sessions.cli.terminal import is_ascii_only, room
from ai_sessions.display import columns
from ai_sessions.errors import UsageError
from ai_sessions.index import calls, sessions
from ai_sessions.sessions import export as exporting

_BAR_CELLS = 20
_GAP = "  "
_IN_ALL = "in all"
_VERDICTS = {
    True: "true of these calls",
    False: "not true of these calls",
    None: "cannot be told: no call has a known price",
}


@click.command()
@click.option("--by", "key", type=click.Choice(reports.KEYS), help="One row each.")
@flags.time_span
@click.option("--feature", help="Only sessions of one feature.")
@click.option("--project", help="Only those of one repository: its path, or its end.")
@click.option("--savings", "saved", is_flag=True, help="What reading from the cache saved.")
@click.option("--advice", is_flag=True, help="What would have cost less, in the last 30 days.")
@flags.forms("table", "json", "csv", "md")
@click.option("--watch", "watched", is_flag=True, help="Show it again whenever something changes.")
@click.pass_obj
def stats(
    app: App,
    key: str | None,
    since: str | None,
    until: str | None,
    zone: str | None,
    feature: str | None,
    project: str | None,
    saved: bool,
    advice: bool,
    form: str,
    watched: bool,
) -> None:
    """Add up tokens and cost: in all, or one row per session, feature, task, model, day, ...

    In all means today, this week and this month first, each with its budget if it has one.

    \b
      ai-session.sh stats --by task --since 7d
      ai-session.sh stats --by week --since 2026-11
      ai-session.sh stats --by month --format csv
      ai-session.sh stats --by day --watch

    A cost with +? lacks the calls whose price nobody knows.
    """
    wanted = _Wanted(key, since, until, typed_times.zone_named(zone), feature, project, saved, form)
    if advice:
        if key or until or feature or project or saved or watched or form in ("csv", "md"):
            raise UsageError("--advice is about all sessions", "leave all but --since away")
        first, _last = typed_times.span(since, None, datetime.now(UTC), wanted.zone)
        advising.advise(app.index(), app.out, app.settings, first)
        return
    if saved and (key or form in ("csv", "md")):
        raise UsageError("--savings is one answer, not a table", "leave --by, --csv and --md away")
    if not watched:
        _show(app, wanted)
        return
    if app.json:
        raise UsageError("--watch goes on for ever, --json is one object", "use one of them")
    watching.watch(
        app.out,
        lambda: _state(app, wanted.zone),
        lambda: _show(app, wanted),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to show, as it was typed."""

    key: str | None
    since: str | None
    until: str | None
    zone: tzinfo | None
    feature: str | None
    project: str | None
    saved: bool
    form: str

    @property
    def unmet(self) -> str:
        """Why there are no sessions; empty when all were wanted."""
        given = {"feature": self.feature, "project": self.project}
        return ", ".join(f"no session of {key} {text}" for key, text in given.items() if text)


def _state(app: App, zone: tzinfo | None) -> object:
    """What a report depends on: what is on record, and the day, for `--since today`."""
    cursor, *_names = app.sessions().source().changes()
    return times.day(datetime.now(UTC), zone), cursor


def _rows(app: App, wanted: _Wanted) -> list[listing.Row]:
    return [
        row
        for row in sessions.rows(app.index())
        if wanted.feature in (None, row["feature"])
        and (wanted.project is None or listing.in_project(row["project"], wanted.project))
    ]


def _show(app: App, wanted: _Wanted) -> None:
    as_cells = wanted.form in ("csv", "md")
    if not (wanted.key or wanted.since or wanted.until or wanted.saved or as_cells):
        _show_overall(app, wanted)
    elif wanted.saved:
        told = calls.plain(app.index(), _of_calls(app, wanted))
        _tell(app, told)
        _show_savings(app, savings.of(told.answer, prices.rates(app.settings)))
    else:
        _show_groups(app, wanted, as_cells)


def _show_overall(app: App, wanted: _Wanted) -> None:
    if wanted.unmet:
        found = _rows(app, wanted)
        listing.tell(sessions.notes_of(found), app.out)
        listing.show_stats(sums.overall(found), app.out, empty=wanted.unmet)
    else:
        settings = app.settings if wanted.zone is None else None
        listing.stats_all(app.index(), app.out, settings, wanted.zone)


def _show_groups(app: App, wanted: _Wanted, as_cells: bool) -> None:
    name = wanted.key or "feature"
    told = calls.by(app.index(), name, _of_calls(app, wanted), wanted.zone)
    groups = told.answer
    _tell(app, told)
    app.out.result({"by": name, "groups": groups})
    if as_cells:
        _show_cells(app, name, groups, wanted.form)
    elif groups:
        app.out.say(_table(app, name, groups))
    else:
        rows = _rows(app, wanted)
        app.out.note("no calls in that time" if rows else wanted.unmet or "no sessions yet")


def _of_calls(app: App, wanted: _Wanted) -> calls.Wanted:
    first, last = typed_times.span(wanted.since, wanted.until, datetime.now(UTC), wanted.zone)
    if wanted.project is None:
        return calls.Wanted(first, last, wanted.feature)
    projects = {str(row["project"]) for row in _rows(app, wanted)}
    return calls.Wanted(first, last, wanted.feature, tuple(sorted(projects)))


def _tell(app: App, told: calls.Told[Any]) -> None:
    listing.tell(told.notes, app.out)
    for unreadable in told.unreadable:
        app.out.warn(unreadable)


def _table(app: App, name: str, groups: Mapping[str, Any]) -> str:
    """Columns, and on a terminal a bar for each row's share of the cost."""
    text = listing.table(app.out, _lines(name, groups), listing.SHARES_LEAST_NEEDED)
    across = max(map(columns.width, text.split("\n"))) + len(_GAP)
    too_wide = across + _BAR_CELLS > room()
    if not app.out.is_terminal() or is_ascii_only(app.environment) or too_wide:
        return text
    largest = max(group["cost_nusd"] for group in groups.values())
    bars = [reports.bar(group["cost_nusd"], largest, _BAR_CELLS) for group in groups.values()]
    marked = zip(text.split("\n"), ["", *bars, ""], strict=True)
    return "\n".join((columns.padded(line, across) + bar).rstrip() for line, bar in marked)


def _lines(name: str, groups: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A head, a line for each group, and what they come to."""
    whole = {_IN_ALL: _whole(groups)} if groups else {}
    titled = {reports.title(name, each): group for each, group in groups.items()}
    return listing.share_lines(name, {**titled, **whole})


def _whole(groups: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {count: sum(group[count] for group in groups.values()) for count in sums.COUNTS}


def _show_cells(app: App, name: str, groups: Mapping[str, Any], form: str) -> None:
    if form == "md":
        app.out.say(columns.markdown(_lines(name, groups)))
        return
    app.out.raw(exporting.row([name, *sums.COUNTS, "cost"]))
    for each, group in groups.items():
        app.out.raw(exporting.row([each, *(group[key] for key in sums.COUNTS), group["cost"]]))


def _show_savings(app: App, found: savings.Savings) -> None:
    share, tokens = found.cost_share, found.token_share
    app.out.result(
        {
            "calls": found.calls,
            "unknown": found.unknown,
            "saved_nusd": None if share is None else found.nusd,
            "saved": None if share is None else found.nusd / 1_000_000_000,
            "cost_share": share,
            "token_share": tokens,
            "claim": {"cost_share": savings.CLAIMED, "holds": found.holds},
        }
    )
    app.out.say(f"Calls          {found.calls:,} ({found.unknown} without a known price, left out)")
    app.out.say(f"From cache     {'-' if tokens is None else f'{tokens:.0%} of the input'}")
    without = "of what it would have cost without the cache"
    saved = "-" if share is None else f"{money.shown(found.nusd)}, {share:.0%} {without}"
    app.out.say(f"Saved          {saved}")
    app.out.say(f"{savings.CLAIMED:.0%} claimed    {_VERDICTS[found.holds]}")
