"""`todo start|end|error|report`: what was worked on, when, at what expected and real cost."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import click

from ai_sessions import money, names, typed_times
from ai_sessions import todo as todos
from ai_sessions.cli import flags, listing
from ai_sessions.cli.app import App
from ai_sessions.cli.words import Name
from ai_sessions.errors import AiSessionsError, NotFound, StorageError, UsageError
from ai_sessions.plurals import counted
from ai_sessions.records import About, stamp
from ai_sessions.sessions import export as exporting
from ai_sessions.sessions import projects, sessionless
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.features import unknown_task
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_document

_COMMAND = "implement"
_LEAST_NEEDED = ("ended", "from", "tokens", "started", "estimate", "calls")


@click.group()
def todo() -> None:
    """Note when work on a task begins and ends; report all of it.

    The work scripts do this by themselves; the commands are for work that happens elsewhere.
    """


def _told(event: todos.Event, summary: str, amount: str, amount_help: str) -> None:
    """Make the command that notes one kind of event. `amount`: the option that takes dollars."""

    @todo.command(event, help=f"{summary}\n\nSESSION is a session's name or a feature.")
    @click.argument("session", type=Name())
    @click.option("-t", "--task", default="", metavar="ID", help="The task: T1.1.")
    @click.option(f"--{amount}", "dollars", metavar="DOLLARS", help=amount_help)
    @click.option("--text", default="", help="A word about it.")
    @click.pass_obj
    def tell(app: App, session: str, task: str, dollars: str | None, text: str) -> None:
        found, about = _session(app, session)
        task = _known_task(app, about, task)
        amounts = {} if dollars is None else {f"{amount}_nusd": _amount(dollars, amount)}
        note = todos.note(event, task, _now(), text=text, **amounts)
        store = app.store()
        store.ensure(found, about)
        store.append(found, [note])
        app.out.say(f"{event}: {found}{f' {task}' if task else ''}")
        app.out.result({"session": found, "task": task, "event": event})


_COST = "What it cost beside the calls on record; a later one takes its place."
_told("start", "Note that work on a task begins.", "estimate", "What it should cost.")
_told("end", "Note that work on a task is done.", "cost", _COST)
_told("error", "Note that work on a task failed.", "cost", _COST)


@todo.command()
@click.argument("start", required=False, default="")
@click.argument("end", required=False, default="")
@flags.time_zone
@click.option("--feature", help="Only one feature.")
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
    place = typed_times.zone_named(zone)
    first, last = typed_times.span(start or None, end or None, datetime.now(UTC), place)
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
    store, plans = app.sessions(), _Plans(app.settings["SESSION_ROOT"])
    found: list[todos.Item] = []
    for session in store.sessions():
        if feature not in (None, session.about.feature):
            continue
        try:
            entries = store.entries(session.name)
            items = todos.items(session.name, session.about, entries)
            found += [plans.as_planned(item, session.about) for item in items]
        except NotFound:  # removed meanwhile
            continue
        except StorageError as error:
            app.out.warn(f"left out: {error.message}")
    for session, calls in sessionless.calls(store, str(app.settings["SESSION_DIR"])):
        if feature in (None, session.about.feature):
            found += todos.items("", session.about, calls)
    return sorted(found, key=lambda item: (item.feature, item.task, item.started))


class _Plans:
    """How tasks stand in the plans of the features that sessions worked on, each read once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[tuple[str, str], FeatureState | None] = {}

    def as_planned(self, item: todos.Item, about: About) -> todos.Item:
        """The item as its plan has it; as it is where no plan can be read, or none has the task."""
        if about.command != _COMMAND or not item.task or not _has_workspace(about):
            return item
        key = (about.project, about.feature)
        if key not in self._known:
            self._known[key] = self._read(Workspace(about.project, self._root, about.feature))
        plan = self._known[key]
        if plan is None or item.task not in plan.states:
            return item
        record = plan.records.get(item.task)
        return todos.as_planned(item, plan.states[item.task], record.at if record else "")

    def _read(self, space: Workspace) -> FeatureState | None:
        with contextlib.suppress(AiSessionsError, OSError):
            return FeatureState(space) if space.has("plan.yaml") else None
        return None


def _has_workspace(about: About) -> bool:
    """False for what is no feature: an imported session may say anything, also `../..`."""
    return bool(about.project) and names.is_feature(about.feature)


def _known_task(app: App, about: About, task: str) -> str:
    """The task as the plan writes it, and as it was typed where there is no plan.

    Raises `NotFound` with the nearest ids for one that the plan does not have.
    """
    space = Workspace(about.project, app.settings["SESSION_ROOT"], about.feature)
    if not (task and _has_workspace(about) and space.has("plan.yaml")):
        return task
    known = [one["id"] for phase in read_document(space)["phases"] for one in phase["tasks"]]
    for written in (task, task.upper()):
        if written in known:
            return written
    raise unknown_task(task, known, about.feature)


def _session(app: App, given: str) -> tuple[str, About]:
    """A session by name, or the one of work on a feature of that name, which may be new."""
    if given in app.sessions().names():
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


def _amount(text: str, option: str) -> int:
    try:
        found = money.nano(text.removeprefix("$"))
    except (ArithmeticError, ValueError) as error:
        raise UsageError(f"not an amount of dollars: {text!r}", f"try: --{option} 1.50") from error
    if found < 0:
        raise UsageError(f"--{option} {text} is below 0", f"try: --{option} 1.50")
    return found


def _sum(found: list[todos.Item]) -> str:
    unknown = sum(item.unknown_costs for item in found)
    known = [item.cost_nusd for item in found if item.cost_nusd is not None]
    cost = money.shown(sum(known) if known else None, unknown)
    done = sum(item.state == "done" for item in found)
    calls = counted(sum(item.calls for item in found), "call")
    return f"{done} of {len(found)} done, {calls}, {cost}"


def _now() -> str:
    return stamp(datetime.now(UTC))
