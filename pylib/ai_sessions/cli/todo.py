"""`todo start|end|error|report`: what was worked on, when, at what expected and real cost."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import click

from ai_sessions import money, names, times
from ai_sessions import todo as todos
from ai_sessions.cli import flags, listing
from ai_sessions.cli.app import App
from ai_sessions.cli.words import Filled, Name
from ai_sessions.counts import counted
from ai_sessions.errors import NotFound, StorageError, UsageError
from ai_sessions.records import About, stamp
from ai_sessions.sessions import export as exporting
from ai_sessions.sessions import projects
from ai_sessions.store.files import checkpoints

_COMMAND = "implement"
_LEAST_NEEDED = ("ended", "tokens", "started", "estimate", "calls")


@click.group()
def todo() -> None:
    """Note when work on a task begins and ends; report all of it.

    The work scripts do this by themselves; the commands are for work that happens elsewhere.
    """


def _told(event: todos.Event, summary: str) -> None:
    """Make the command that notes one kind of event."""

    @todo.command(event, help=f"{summary}\n\nSESSION is a session's name or a feature.")
    @click.argument("session", type=Name())
    @click.option("--task", default="", metavar="ID", help="The task: T1.1.")
    @click.option("--estimate", metavar="DOLLARS", help="What it should cost.")
    @click.option("--text", default="", help="A word about it.")
    @click.pass_obj
    def tell(app: App, session: str, task: str, estimate: str | None, text: str) -> None:
        found, about = _session(app, session)
        expected = None if estimate is None else _amount(estimate)
        note = todos.note(event, task, _now(), estimate_nusd=expected, text=text)
        store = app.store()
        store.ensure(found, about)
        store.append(found, [note])
        app.out.say(f"{event}: {found}{f' {task}' if task else ''}")
        app.out.result({"session": found, "task": task, "event": event})


_told("start", "Note that work on a task begins.")
_told("end", "Note that work on a task is done.")
_told("error", "Note that work on a task failed.")


@todo.command()
@click.argument("start", required=False, default="")
@click.argument("end", required=False, default="")
@flags.time_zone
@click.option("--feature", type=Filled(), help="Only one feature.")
@flags.forms("table", "json", "csv", "md")
@click.pass_obj
def report(
    app: App, start: str, end: str, zone: str | None, feature: str | None, form: str
) -> None:
    """Report tasks by feature, from START to the end of END: days, months, weeks, or ages (7d).

    \b
      track-session-todo.sh report
      track-session-todo.sh report 2026-11-01 2026-11-30 --format md
    """
    place = times.zone_named(zone)
    first, last = times.span(start or None, end or None, datetime.now(UTC), place)
    found = todos.between(_items(app, feature), first, last)
    app.out.result({"todos": [todos.plain(item) for item in found]})
    if not found:
        app.out.note(app.out.typed("no todos yet: implement.sh FEATURE --task T1.1 makes them"))
    elif form == "csv":
        _csv(app, [todos.plain(item) for item in found])
    elif form == "md":
        app.out.say(todos.markdown(found, place))
    else:
        rows = [todos.HEAD, *(todos.cells(item, place) for item in found)]
        app.out.say(listing.table(app.out, rows, _LEAST_NEEDED))
        app.out.say(f"\n{_sum(found)}")


def _csv(app: App, rows: list[dict[str, object]]) -> None:
    """One row a task, as JSON has it but for the agent's own list."""
    names = [name for name, value in rows[0].items() if not isinstance(value, list | dict)]
    app.out.data(exporting.row(names))
    app.out.data("".join(exporting.row(row[name] for name in names) for row in rows))


def _items(app: App, feature: str | None) -> list[todos.Item]:
    store = app.sessions()
    found: list[todos.Item] = []
    for session in store.sessions():
        if feature not in (None, session.about.feature):
            continue
        try:
            entries = store.entries(session.name)
            found += todos.items(session.name, session.about, entries)
        except NotFound:  # removed meanwhile
            continue
        except StorageError as error:
            app.out.warn(f"left out: {error.message}")
    return sorted(found, key=lambda item: (item.feature, item.task, item.started))


def _session(app: App, given: str) -> tuple[str, About]:
    """A session by name, or the one of work on a feature of that name, which may be new."""
    if given in checkpoints.names(app.settings["SESSION_DIR"]):
        found = app.find(given)
        return found, app.sessions().read(found).about
    project, store = app.project, app.sessions()
    work = projects.session_for(store, names.session_name(_COMMAND, names.feature(given)), project)
    with contextlib.suppress(NotFound):
        return work, store.read(work).about
    try:
        found = app.find(given)
    except NotFound as error:
        if "fits" in error.message:
            raise
        return work, About(_COMMAND, given, project)
    return found, store.read(found).about


def _amount(text: str) -> int:
    try:
        found = money.nano(text.removeprefix("$"))
    except (ArithmeticError, ValueError) as error:
        raise UsageError(f"not an amount of dollars: {text!r}", "try: --estimate 1.50") from error
    if found < 0:
        raise UsageError(f"an estimate below 0: {text!r}", "try: --estimate 1.50")
    return found


def _sum(found: list[todos.Item]) -> str:
    unknown = sum(item.unknown_costs for item in found)
    cost = money.shown(sum(item.cost_nusd for item in found), unknown)
    done = sum(item.state == "done" for item in found)
    calls = counted(sum(item.calls for item in found), "call")
    return f"{done} of {len(found)} done, {calls}, {cost}"


def _now() -> str:
    return stamp(datetime.now(UTC))
