"""`import`: sessions from an export of ours or of other tools, and calls from agents' own logs."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ai_sessions import money
from ai_sessions.assemble.prices import prices, prices_of_counts
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import needs, refuse
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.imports import SOURCES, Source, importer
from ai_sessions.index.sessions import under_way
from ai_sessions.plurals import counted
from ai_sessions.records import PriceOf
from ai_sessions.sessions import importing, reading

_ALL = "all"


@click.command("import")
@click.argument("path", required=False)
@click.option(
    "--from", "agent", type=click.Choice([*SOURCES, _ALL]), help="Read the logs of an agent."
)
@click.option("--anew", is_flag=True, help="Read all of its logs again; what is in stays in once.")
@refuse(needs("--anew", "--from"))
@click.pass_obj
def import_(app: App, path: str | None, agent: str | None, anew: bool) -> None:
    """Bring in sessions; twice changes nothing.

    PATH is what `export` wrote (JSON or JSON lines), a metadata.json of the first layout, or a
    session of NovaSystem (Markdown or JSON); - reads stdin.

    With --from: the calls that an agent made without us, with tokens and cost, from its logs. Each
    project's go into one session, import-AGENT-PROJECT. Only what is new is read. PATH is then
    another place of its logs than the usual one.
    """
    if agent:
        _import_logs(app, agent, path, anew)
    elif not path:
        raise UsageError(
            "what? a file is missing",
            "ai-session.sh import FILE, or: ai-session.sh import --from all",
        )
    else:
        _take_in(app, path)


def _take_in(app: App, path: str) -> None:
    came: list[dict[str, Any]] = []
    app.out.also["sessions"] = lambda: came
    scratch = app.sessions_at(None).scratch
    wait_s = app.settings["SESSION_LOCK_TIMEOUT"]
    try:
        with click.open_file(path, encoding="utf-8") as file:
            for found in reading.sessions(file, scratch, path):
                one = importing.bring_in(found, app.sessions_at, wait_s)
                app.out.say(f"{one.name}: {counted(one.added, 'new entry', 'new entries')}")
                came.append({"name": one.name, "added": one.added})
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "agents' logs: ai-session.sh import --from all"
        ) from error
    if not came:
        app.out.note("no sessions in there")
    app.out.result({"sessions": came})


def _import_logs(app: App, agent: str, path: str | None, anew: bool) -> None:
    """Whoever asked for one agent is told when it has no logs; `all` takes those there are."""
    if path is not None and agent == _ALL:
        raise UsageError("whose logs are in there?", f"name one: --from {'|'.join(SOURCES)}")
    sources = list(SOURCES.values()) if agent == _ALL else [SOURCES[agent]]
    root = Path(app.settings["SESSION_DIR"])
    price_of, price_of_counts = prices(app.settings), prices_of_counts(app.settings)
    found: list[importer.ImportResult] = []
    _settle(app, {source.name for source in sources}, price_of)
    gc.disable()  # nothing here is circular; looking at all calls again takes a sixth of the time
    for source in sources:
        imports = importer.Importer(source, root, app.sessions_at, price_of, price_of_counts)
        found.append(imports.run(_logs(app, source, path), datetime.now(UTC), anew=anew))
    there = [one for one in found if one.files]
    app.out.result({"imported": [_plain(one) for one in there]})
    for one in there:
        app.out.say(_line(one))
    if not there:
        raise NotFound(
            _no_logs(sources, path, app.environment),
            "name their folder: ai-session.sh import --from AGENT PATH",
        )


def _settle(app: App, agents: set[str], price_of: PriceOf) -> None:
    """Record calls of ours that were cut off, so that it is known which answers are theirs."""
    found = under_way(app.index())
    names = [row["name"] for row in found if row["calling"].get("provider") in agents]
    if names:
        from ai_sessions.assemble.kit import books
        from ai_sessions.sessions import cut_off

        store = app.sessions_at(None)
        cut_off.settle_all(books(app.settings, store, app.environment, price_of), names)


def _logs(app: App, source: Source, path: str | None) -> Sequence[Path]:
    if path is None:
        return list(source.files(app.environment))
    place = Path(path).expanduser().absolute()
    return source.within(place) if place.exists() else []


def _no_logs(sources: Sequence[Source], path: str | None, environment: Mapping[str, str]) -> str:
    """Names the variable as well that moves the logs of the only agent that was asked for."""
    names = ", ".join(source.name for source in sources)
    variable = sources[0].variable if len(sources) == 1 else ""
    if path is None and environment.get(variable):
        return f"no logs of {names} in {environment[variable]} ({variable} names it)"
    return f"no logs of {names} {f'in {path}' if path else 'found'}"


def _line(one: importer.ImportResult) -> str:
    calls = counted(one.calls, "new call")
    where = f" in {counted(len(one.sessions), 'session')}"
    cost = f"{where}, {money.shown(one.cost_nusd, one.unknown_costs)}" if one.calls else ""
    left_out = _left_out(one)
    return f"{one.source}: {calls}{cost}" + (f" ({', '.join(left_out)})" if left_out else "")


def _left_out(one: importer.ImportResult) -> list[str]:
    """What was passed over, and why."""
    busy = counted(one.waiting_files, "log")
    told = (
        (one.ours, f"{one.ours:,} of ours left out"),
        (one.unreadable, counted(one.unreadable, "unreadable line")),
        (one.unreadable_files, counted(one.unreadable_files, "unreadable file")),
        (one.packed_files, f"{counted(one.packed_files, 'packed log')} left: install zstd"),
        (one.waiting_files, f"{busy} left until our call is over"),
    )
    return [text for count, text in told if count]


def _plain(one: importer.ImportResult) -> dict[str, Any]:
    return {
        "from": one.source,
        "files": one.files,
        "calls": one.calls,
        "sessions": list(one.sessions),
        **money.facts(one.cost_nusd, one.unknown_costs),
        "ours": one.ours,
        "unreadable": one.unreadable,
        "unreadable_files": one.unreadable_files,
        "packed_files": one.packed_files,
        "waiting_files": one.waiting_files,
    }
