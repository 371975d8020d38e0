"""What providers allow, as HTML: how much of each limit is used, and models that pause."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, tzinfo

from ai_sessions import times
from ai_sessions.display import quotas
from ai_sessions.display.html import charts, tables
from ai_sessions.display.html.escaping import text
from ai_sessions.lazy_dataclasses import dataclass

_HEADS = ("Limit", "Used", tables.Html('<span class="away">Part</span>'), "Begins again")
_PAUSE_HEADS = ("Model", "Until", "Why")


@dataclass(frozen=True, slots=True)
class Pause:
    """A model that is not asked until then, and why."""

    model: str
    until: datetime
    why: str


def content(
    windows: Sequence[quotas.Window],
    reached: Sequence[str],
    pauses: Sequence[Pause],
    now: datetime,
    zone: tzinfo | None = None,
) -> str:
    """Empty where nothing is known. `reached`: a line for each limit that holds now. `zone`: of
    times; None is this machine's.
    """
    if not (windows or reached or pauses):
        return ""
    told = "".join(f'<p class="bad">{text(one)}</p>\n' for one in reached)
    accounts = quotas.accounts(windows)
    rows = [_row(one, accounts[quotas.owner(one)[0]], now, zone) for one in windows]
    paused = [(one.model, times.ahead(one.until, now, zone), one.why) for one in pauses]
    return (
        f"<h2>Limits of providers</h2>\n{told}"
        f"{tables.table(_HEADS, rows, 'Limits of providers') if rows else ''}"
        f"{_paused(paused) if paused else ''}"
    )


def _paused(rows: Sequence[tuple[str, str, str]]) -> str:
    shown = tables.table(_PAUSE_HEADS, rows, "Models that pause", _PAUSE_HEADS[1:])
    return f"<h3>Models that pause</h3>\n{shown}"


def _row(
    window: quotas.Window, accounts: Collection[str], now: datetime, zone: tzinfo | None
) -> tuple[object, ...]:
    limit, used = window.limit, window.used + window.held
    bar = charts.share(used / limit if limit else 1.0) if limit is not None else ""
    at = window.resets_at
    return (
        quotas.whose(window, accounts),
        quotas.amount(window),
        tables.Html(bar),
        times.ahead(at, now, zone) if at and at > now else "",
    )
