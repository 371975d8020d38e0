"""`list`, `stats` and `path` without options: from checkpoints to lines, with next to no imports.

In a pipe: tab-separated lines with a header, every name in full, so that `list | grep feature`
finds whole lines. On a terminal: a table that fits it.
"""

from __future__ import annotations

import os
import time
from itertools import chain, islice

from ai_sessions import money
from ai_sessions.accounting import outlook, stats
from ai_sessions.assemble import budgets
from ai_sessions.cli.terminal import room
from ai_sessions.display import columns
from ai_sessions.display.briefs import COLUMNS, cells
from ai_sessions.index import Index, sessions
from ai_sessions.plurals import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo
    from typing import Any

    from ai_sessions.cli.output import Output
    from ai_sessions.config import Settings
    from ai_sessions.index.choosing import Chosen

    Row = Mapping[str, Any]


#: Columns a narrow terminal does without, the first to go first.
_LEAST_NEEDED = (
    *("project", "kind", "feature", "model", "title", "tokens", "status"),
    *("interactions", "last_used"),
)
LEFT = ("status", "last_used", "model", "feature", "project", "kind", "title")
#: Columns that a table has only where a chat has something to say in them.
_OF_CHATS = ("kind", "title")
_NUMBERS = ("interactions", "tokens")
#: The same for a table of `share_lines`.
SHARES_LEAST_NEEDED = ("cached", "out", "tokens in", "interactions", "at this rate")
_PERIODS = ("Today", "This week", "This month")
#: Groups that `stats` shows of each kind, the dearest first.
_SHOWN = 20
#: Sessions that are written at a time.
_GROUP = 1000
_FIRST_STEPS = (
    'no sessions yet. Begin with: init-session.sh FEATURE, plan.sh FEATURE "PROMPT", '
    "implement.sh FEATURE --task T1.1 (or: demo.sh)"
)


def list_all(index: Index, out: Output) -> int:
    """All sessions, the one used last first."""
    show_list(index, out)
    return 0


def show_list(
    index: Index,
    out: Output,
    chosen: Chosen | None = None,
    *,
    utc: bool = False,
    empty: Callable[[], str] | None = None,
) -> None:
    """Print the chosen sessions as lines, as a table or, with --json, as one object.

    `empty`: why there is none; without it, or when it says nothing, there are none at all.
    """

    def why() -> str:
        return (empty() if empty else "") or out.typed(_FIRST_STEPS)

    if out.json:
        tell(sessions.texts(index, lambda texts: show_texts(texts, out, why), chosen, _now()), out)
    elif out.is_terminal():
        rows = read(index, out, chosen)
        if rows:
            out.say(_table(rows, out, utc))
        else:
            out.note(why())
    else:
        lines, notes = sessions.lines(index, chosen, _now())
        show_lines(lines, out, why)
        tell(notes, out)


def stats_all(
    index: Index, out: Output, settings: Settings | None, zone: tzinfo | None = None
) -> int:
    """Totals over all sessions, after those of today, this week and this month.

    `settings`: where budgets are set; None leaves them out. `zone`: whose days; None is this
    machine's, which budgets go by.
    """
    from datetime import UTC, datetime

    from ai_sessions.index.overview import overview

    limits = budgets.budgets(settings, index.folder)
    now = datetime.now(UTC)
    found = overview(index, now, zone, limits, None if out.json else _SHOWN)
    tell(found.notes, out)
    for one in found.unreadable:
        out.warn(one)
    if found.whole["sessions"] or found.whole["interactions"]:
        lines = [table(out, _period_lines(found.periods), SHARES_LEAST_NEEDED)]
        out.say("\n".join([*lines, *outlook.warnings(found.periods, now)]) + "\n")
    show_stats({"periods": found.periods, **found.whole}, out)
    return 0


def path_of_all(root: str, out: Output) -> int:
    """The folder all sessions are in."""
    out.say(root)
    return 0


def index_at(root: str) -> Index:
    """The index of the sessions below `root`, for who answers before the parts are assembled."""
    from ai_sessions.store.files.source import FileSource

    return Index(FileSource(root), root)


def read(index: Index, out: Output, chosen: Chosen | None) -> list[dict[str, Any]]:
    """The chosen sessions; what a reader should know about one goes to stderr."""
    found: list[dict[str, Any]] = []
    take_each(index, out, chosen, found.append)
    return found


def take_each(
    index: Index, out: Output, chosen: Chosen | None, take: Callable[[dict[str, Any]], object]
) -> None:
    """The same one by one."""
    import json

    def all_of(texts: Iterable[str]) -> None:
        for text in texts:
            take(json.loads(text))

    tell(sessions.texts(index, all_of, chosen, _now()), out)


def _now() -> str:
    """RFC 3339 UTC, without what takes long to import."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"


def in_project(project: str, wanted: str) -> bool:
    """Whether `wanted` is the path of a repository, or the end of it."""
    path = wanted.rstrip("/")
    return project in (path, os.path.abspath(path)) or project.endswith(f"/{path}")


def show_texts(texts: Iterable[str], out: Output, why: Callable[[], str]) -> None:
    """Sessions as the one JSON object, from the JSON text of each. `why`: there are none."""
    pieces = map(", ".join, _in_groups(texts))
    first = next(pieces, "")
    rest = (f", {piece}" for piece in pieces)
    out.result_text(chain(('"sessions": [', first), rest, "]"))
    if not first:
        out.note(why())


def show_lines(lines: Sequence[str], out: Output, why: Callable[[], str]) -> None:
    """Sessions in a pipe: a header, then a tab-separated line each. `why`: there are none."""
    if not lines:
        out.note(why())
        return
    out.say("\t".join(COLUMNS))
    for group in _in_groups(lines):
        out.say("\n".join(group))


def _in_groups(texts: Iterable[str]) -> Iterator[list[str]]:
    """So many that it costs little to write them, and that they take little room."""
    found = iter(texts)
    while group := list(islice(found, _GROUP)):
        yield group


def tell(notes: Iterable[str], out: Output) -> None:
    """What a reader should know about single sessions goes to stderr."""
    for note in notes:
        out.note(note)


def values(row: Row) -> list[Any]:
    """`COLUMNS` for a spreadsheet: the cost as a number of dollars, empty when unknown."""
    found: list[Any] = list(cells(row))
    found[COLUMNS.index("cost")] = stats.dollars(row["totals"])
    return found


def show_stats(sums: Mapping[str, Any], out: Output, *, empty: str = "") -> None:
    """Print totals, then the same by model and by feature. `empty`: why there are none."""
    out.result(sums if out.json else {})
    if not (sums["sessions"] or sums["interactions"]):
        out.note(empty or out.typed(_FIRST_STEPS))
        return
    out.say("\n".join(_overall_lines(sums)))
    for title, many in (("Model", "models"), ("Feature", "features")):
        groups = sums[f"by_{title.lower()}"]
        if groups:
            dearest = {name: groups[name] for name in list(groups)[:_SHOWN]}
            out.say("\n" + table(out, share_lines(title, dearest), SHARES_LEAST_NEEDED))
        if sums[many] > _SHOWN:
            out.note(f"and {sums[many] - _SHOWN:,} more: stats --by {title.lower()} shows all")


def total_lines(sums: Mapping[str, Any]) -> list[str]:
    """Interactions, tokens and cost of one session or of many, each on a line."""
    failed = f" ({sums['errors']} failed)" if sums["errors"] else ""
    unknown = sums["unknown_costs"]
    calls = counted(sums["interactions"], "call")
    note = f" ({unknown:,} of {calls} unpriced)" if unknown else ""
    return [
        f"Interactions   {sums['interactions']:,}{failed}",
        f"Tokens         {stats.tokens(sums):,} ({sums['input_tokens']:,} in, "
        f"{sums['output_tokens']:,} out)",
        f"From cache     {stats.cache_share(sums):.0%} of the input",
        f"Cost           {money.shown(sums['cost_nusd'], unknown)}{note}",
    ]


def size(count: int) -> str:
    """Bytes for people: `4 kB`, `12.3 MB`, `1.5 GB`."""
    for unit, each in (("GB", 1e9), ("MB", 1e6)):
        if count >= each:
            return f"{count / each:,.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def table(
    out: Output,
    rows: Sequence[Sequence[str]],
    least_needed: Sequence[str] = (),
    left: Sequence[str] = (),
) -> str:
    """Text in columns; on a terminal only those there is room for."""
    cells = room() if out.is_terminal() else None
    return columns.fitted(rows, cells, least_needed, left, out.readable("…"))


def when(at: str, out: Output, *, utc: bool = False) -> str:
    """A time for people, `2 h ago`; in a pipe, and with `utc`, as it is kept."""
    if utc or not out.is_terminal():
        return at
    from datetime import UTC, datetime

    from ai_sessions import times

    return times.ago(at, datetime.now(UTC).isoformat())


def _period_lines(periods: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Today, this week and this month; beside them forecasts, and what budgets count, where there
    are any.
    """
    named = dict(zip(_PERIODS, periods.values(), strict=True))
    lines = share_lines("Period", named)
    more = (
        ("at this rate", [_forecast(sums) for sums in periods.values()]),
        ("budget", [outlook.state(sums["budget"]) for sums in periods.values()]),
    )
    for head, column in more:
        if any(column):
            lines = [(*line, cell) for line, cell in zip(lines, (head, *column), strict=True)]
    return lines


def _forecast(sums: Mapping[str, Any]) -> str:
    nusd = sums["forecast_nusd"]
    return "" if nusd is None else money.shown(nusd, sums["unknown_costs"])


def _overall_lines(sums: Mapping[str, Any]) -> list[str]:
    return [f"Sessions       {sums['sessions']:,}", *total_lines(sums)]


def share_lines(title: str, groups: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    head = (title, "interactions", "tokens in", "out", "cached", "cost")
    return [head, *(_share_line(name, sums) for name, sums in groups.items())]


def _share_line(name: str, sums: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{sums['interactions']:,}",
        f"{sums['input_tokens']:,}",
        f"{sums['output_tokens']:,}",
        f"{stats.cache_share(sums):.0%}",
        money.shown(sums["cost_nusd"], sums["unknown_costs"]),
    )


def _table(rows: Sequence[Row], out: Output, utc: bool) -> str:
    found = [COLUMNS, *(_for_people(row, out, utc) for row in rows)]
    said = {at for row in found[1:] for at, cell in enumerate(row) if cell not in ("", "work")}
    kept = [at for at, name in enumerate(COLUMNS) if at in said or name not in _OF_CHATS]
    shown = [[row[at] for at in kept] for row in found]
    head, _, body = table(out, shown, _LEAST_NEEDED, LEFT).partition("\n")
    return f"{head.replace('_', ' ').upper()}\n{body}"


def _for_people(row: Row, out: Output, utc: bool) -> tuple[str, ...]:
    found = dict(zip(COLUMNS, cells(row), strict=True))
    for name in _NUMBERS:
        found[name] = f"{int(found[name]):,}"
    found["last_used"] = when(found["last_used"], out, utc=utc)
    return tuple(found.values())
