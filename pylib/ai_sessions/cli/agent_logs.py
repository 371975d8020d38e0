"""`import --from`: calls from agents' own logs.

Click is not imported here, and what stores calls only when there are new ones: most imports find
nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.assemble import stores
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.imports import SOURCES, Source
from ai_sessions.imports.results import ImportResult
from ai_sessions.imports.unchanged import has_nothing_new
from ai_sessions.plurals import counted

if TYPE_CHECKING:
    from ai_sessions.cli.app import App
    from ai_sessions.compiled.calls import Calls
    from ai_sessions.store.contract import Store

ALL = "all"
AGENTS = (*SOURCES, ALL)
#: Python reads fewer bytes before the compiled scan is loaded.
_WORTH_LOADING_BYTES = 1 << 20
#: Making it takes as long as Python takes for so many.
_WORTH_COMPILING_BYTES = 256 << 20


def take_in(app: App, agent: str, path: str | None, *, anew: bool) -> None:
    """Whoever asked for one agent is told when it has no logs; `all` takes those there are."""
    if path is not None and agent == ALL:
        raise UsageError("whose logs are in there?", f"name one: --from {'|'.join(SOURCES)}")
    sources = list(SOURCES.values()) if agent == ALL else [SOURCES[agent]]
    gc.disable()  # nothing here is circular; looking at all calls again takes a sixth of the time
    logs = [(source, _logs(app, source, path)) for source in sources]
    root = app.settings["SESSION_DIR"]
    is_done = {} if anew else {one.name: has_nothing_new(root, one, found) for one, found in logs}
    if any(found and not is_done.get(one.name) for one, found in logs):
        app.settle_all()  # so that it is known which answers are ours
    found = [
        ImportResult(source.name, len(files))
        if is_done.get(source.name) or not files
        else _imported(app, source, files, anew)
        for source, files in logs
    ]
    there = [one for one in found if one.files]
    if not there:
        raise NotFound(
            _no_logs(sources, path, app.environment),
            "name their folder: ai-session.sh import --from AGENT PATH",
        )
    app.out.result({"imported": [_plain(one) for one in there]})
    for one in there:
        app.out.say(_line(one))


def _imported(app: App, source: Source, logs: Sequence[Path], anew: bool) -> ImportResult:
    from ai_sessions.assemble.prices import prices, prices_of_counts
    from ai_sessions.imports.importer import Importer
    from ai_sessions.imports.partition import Compiled

    root = Path(app.settings["SESSION_DIR"])
    of_counts = prices_of_counts(app.settings)
    costs = prices(app.settings), of_counts
    sync = partial(stores.sync, app.settings)
    compiled = Compiled(partial(_table, app.environment), of_counts.units)
    importer = Importer(source, root, partial(_sessions_at, app), *costs, sync, compiled)
    told = importer.run(logs, datetime.now(UTC), anew=anew)
    if anew and told.calls:
        _withdraw(app, told.sessions)
    return told


def _table(environment: Mapping[str, str], size: int) -> Calls | None:
    """For the compiled scan, which is made now where it pays at once."""
    if size < _WORTH_LOADING_BYTES:
        return None
    from ai_sessions.compiled.library import loaded

    if loaded() is None and size >= _WORTH_COMPILING_BYTES:
        from ai_sessions.compiled.build import build

        build(environment)
        loaded.cache_clear()
    if loaded() is None:
        return None
    from ai_sessions.compiled.calls import table

    return table()


def _withdraw(app: App, sessions: Sequence[str]) -> None:
    """Calls that came in again count in their new session, not in the removed one as well."""
    from ai_sessions.assemble.ledgers import withdraw_imported
    from ai_sessions.records import Interaction

    store = app.sessions_at(None)
    entries = (one for name in sessions for one in store.entries(name))
    calls = {one.id for one in entries if isinstance(one, Interaction)}
    withdraw_imported(app.settings, app.out.note, calls)


def _sessions_at(app: App, moment: datetime | None) -> Store:
    """The sessions with a clock that stands still, all of which are synced at the end."""
    now = (lambda: moment) if moment else None
    return stores.files(app.settings, app.out.note, now, syncs=False)


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


def _line(one: ImportResult) -> str:
    calls = counted(one.calls, "new call")
    where = f" in {counted(len(one.sessions), 'session')}"
    cost = f"{where}, {money.shown(one.cost_nusd, one.unknown_costs)}" if one.calls else ""
    left_out = _left_out(one)
    return f"{one.source}: {calls}{cost}" + (f" ({', '.join(left_out)})" if left_out else "")


def _left_out(one: ImportResult) -> list[str]:
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


def _plain(one: ImportResult) -> dict[str, Any]:
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
