"""The command `stats`: what may be asked together, and --watch. The answers are in `figures`."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import click

from ai_sessions import times, typed_times
from ai_sessions.accounting import reports
from ai_sessions.cli import advising, figures, flags, watching
from ai_sessions.cli.app import App
from ai_sessions.errors import UsageError


@click.command()
@click.option("--by", "key", type=click.Choice(reports.KEYS), help="One row each.")
@flags.time_span
@click.option("--feature", help="Only sessions of one feature.")
@click.option("--project", help="Only those of one repository: its path, or its end.")
@click.option("--savings", "saved", is_flag=True, help="What reading from the cache saved.")
@click.option("--advice", is_flag=True, help="What would have cost less, in the last 30 days.")
@flags.forms("table", "json", "csv", "md")
@click.option("--html", "page", metavar="FILE", help="Write a page with charts; - is stdout.")
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
    page: str | None,
    watched: bool,
) -> None:
    """Add up tokens and cost: in all, or one row per session, feature, task, model, day, ...

    In all means today, this week and this month first, each with its budget if it has one.

    \b
      ai-session.sh stats --by task --since 7d
      ai-session.sh stats --by week --since 2026-11
      ai-session.sh stats --by month --format csv
      ai-session.sh stats --by day --watch
      ai-session.sh stats --html stats.html

    A cost with +? lacks the calls whose price nobody knows.
    """
    wanted = figures.Wanted(
        key, since, until, typed_times.zone_named(zone), feature, project, saved, form
    )
    if page is not None:
        others = (key, since, until, feature, project, saved, advice, watched, form != "table")
        if any(others):
            raise UsageError("--html is a page of all sessions", "use it alone, or with --tz")
        _write_page(app, page, wanted.zone)
        return
    if advice:
        if key or until or feature or project or saved or watched or form in ("csv", "md"):
            raise UsageError("--advice is about all sessions", "use it alone, or with --since")
        first, _last = typed_times.span(since, None, datetime.now(UTC), wanted.zone)
        advising.advise(app.index(), app.out, app.settings, first)
        return
    if saved and (key or form in ("csv", "md")):
        raise UsageError("--savings is one answer, not a table", "leave --by, --csv and --md away")
    if not watched:
        figures.show(_door(app), wanted)
        return
    if app.json:
        raise UsageError("--watch goes on for ever, --json is one object", "use one of them")
    watching.watch(
        app.out,
        lambda: _state(app, wanted.zone),
        lambda: figures.show(_door(app), wanted),
    )


def _write_page(app: App, path: str, zone: tzinfo | None) -> None:
    from ai_sessions.assemble.budgets import budgets
    from ai_sessions.display.html import statistics
    from ai_sessions.sessions import export
    from ai_sessions.sessions.spending import spending

    index = app.index()
    limits = budgets(app.settings, index.folder)
    made = statistics.page(spending(index, datetime.now(UTC), limits, zone))
    if path == "-":
        app.out.data(made)
        return
    with export.draft(path) as file:
        file.write(made)
    app.out.result({"written": path})
    app.out.note(f"written: {path}")


def _door(app: App) -> figures.Door:
    return figures.Door(app.index(), app.out, lambda: app.settings, app.environment)


def _state(app: App, zone: tzinfo | None) -> object:
    """What a report depends on: what is on record, and the day, for `--since today`."""
    cursor, *_names = app.sessions().source().changes()
    return times.day(datetime.now(UTC), zone), cursor
