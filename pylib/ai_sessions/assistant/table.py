"""Statistics for people: the table of models, and a bar for each limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.controls import one_line
from ai_sessions.display import columns, quotas

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ai_sessions.assistant.models import Models
    from ai_sessions.assistant.profile import Profile
    from ai_sessions.assistant.statistics import Row, Statistics
    from ai_sessions.rotation.records import WindowState

_TITLE = """\
╔════════════════════════════════════════════════════╗
║       SESSION & MODEL USAGE STATISTICS            ║
╚════════════════════════════════════════════════════╝"""
_HEAD = ("Model", "Today", "Limit", "Usage %", "Success")
#: Cells of each column of the head, and of a row; names that are wider make the first one wider.
_HEAD_CELLS, _ROW_CELLS, _GAP = (13, 9, 10), (13, 9, 9), 3
_NARROWEST = 23
#: Cells of the words that the end of the rule is under.
_LAST = len("Success")
_BAR = 20
_NO_ONE = "   Nobody yet: assistant.sh --init"
_PLAIN = str.maketrans(
    {"╔": "+", "╗": "+", "╚": "+", "╝": "+", "═": "=", "║": "|", "─": "-", "█": "#", "░": "."}
    | dict.fromkeys("👤📊🤖📈", "*")
)


def text(told: Statistics, *, ascii_only: bool = False) -> str:
    """The page of statistics."""
    parts = [
        *(_TITLE, "", "👤 SESSION INFO:", *_session(told.profile), "", "📊 OVERALL USAGE:"),
        f"   Total Requests: {told.total_requests:,}",
        f"   Total Tokens: {told.total_tokens:,}",
        *("", "🤖 MODEL USAGE (Sorted by Usage):", "", *_table(told.rows)),
    ]
    return _spelled("\n".join(parts), ascii_only)


def bars(told: Statistics, models: Models, now: datetime, *, ascii_only: bool = False) -> str:
    """How much of each limit is used, and when it ends; empty when no limit is known."""
    if not told.windows:
        return ""
    names = _names(told.windows, models)
    cells = max(map(columns.width, names))
    lines = [
        f"   {columns.padded(name, cells)}  {_bar(one)}  {quotas.told(one, now)}"
        for name, one in zip(names, told.windows, strict=True)
    ]
    return _spelled("\n".join(["📈 LIMITS:", "", *lines]), ascii_only)


def _session(profile: Profile | None) -> list[str]:
    if profile is None:
        return [_NO_ONE]
    return [
        f"   User: {one_line(profile.user_name)}",
        f"   Assistant: {one_line(profile.assistant_name)}",
        f"   Created: {profile.created_at[:10]}",
        f"   Conversations: {profile.total_conversations}",
    ]


def _table(rows: Sequence[Row]) -> list[str]:
    titles = [one_line(one.title) for one in rows]
    cells = max([_NARROWEST, *map(columns.width, titles)]) + _GAP
    head = _line(_HEAD, (cells, *_HEAD_CELLS))
    rule = "─" * (cells + sum(_HEAD_CELLS) + _LAST)
    body = [
        _line((title, *_figures(one)), (cells, *_ROW_CELLS))
        for title, one in zip(titles, rows, strict=True)
    ]
    return [head, rule, *body]


def _line(texts: Sequence[str], cells: Sequence[int]) -> str:
    *first, last = texts
    return "".join(map(columns.padded, first, cells)) + last


def _figures(row: Row) -> tuple[str, ...]:
    return (
        f"{row.requests_today}/{row.tokens_today}",
        "?" if row.limit is None else str(row.limit),
        "?" if row.share is None else f"{row.share * 100:.1f}%",
        f"{row.success_rate * 100:.1f}%",
    )


def _names(windows: Sequence[WindowState], models: Models) -> list[str]:
    """`OpenRouter day`; with the mark of its account where the user has several there."""
    owners = [quotas.owner(one)[:2] for one in windows]
    pools = [pool for pool, _account in set(owners)]
    names = []
    for (pool, account), window in zip(owners, windows, strict=True):
        title = models.pools[pool].title if pool in models.pools else pool
        mark = account if pools.count(pool) > 1 else ""
        names.append(" ".join(filter(None, (title, mark, quotas.span(window)))))
    return names


def _bar(window: WindowState) -> str:
    if not window.limit:
        return "?".center(_BAR)
    full = min(_BAR, round(_BAR * (window.used + window.held) / window.limit))
    return "█" * full + "░" * (_BAR - full)


def _spelled(text: str, ascii_only: bool) -> str:
    return text.translate(_PLAIN) if ascii_only else text
