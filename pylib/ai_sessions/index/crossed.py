"""Totals of calls by several keys at once, such as day, model and interface."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.accounting import reports
from ai_sessions.index import call_rows, calls, shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import tzinfo
    from typing import Any

    from ai_sessions.index import Index

_TABLES = "session cross join call on call.session = session.id"
_MODEL = "model"


def by(
    index: Index,
    keys: Sequence[str],
    wanted: calls.Wanted = calls.EVERY,
    zone: tzinfo | None = None,
) -> calls.Told:
    """The totals of every group of these `reports.KEYS`, by its names in their order.

    `zone`, and calls that used several models: as `calls.by`.
    """
    return calls.told(
        index, lambda connection: reports.crossed(keys, _sums(connection, keys, wanted, zone))
    )


def _sums(
    connection: sqlite3.Connection, keys: Sequence[str], wanted: calls.Wanted, zone: tzinfo | None
) -> dict[tuple[str, ...], dict[str, Any]]:
    others = [key for key in keys if key != _MODEL]
    ask = call_rows.sums if others == [*keys] else shares.crossed
    found = ask(connection, [_column(key) for key in others], _TABLES, *wanted.condition())
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for values, sums in found.items():
        named = {_MODEL: values[-1], **dict(zip(others, values, strict=False))}
        names = tuple(_name(key, named[key], zone) for key in keys)
        reports.add(groups.setdefault(names, reports.zeros()), sums)
    return groups


def _column(key: str) -> str:
    if key in calls.PERIODS:
        return f"call.at / {calls.US_PER_MINUTE}"
    return calls.OF_SESSION.get(key) or f"call.{calls.OF_CALL[key]}"


def _name(key: str, value: Any, zone: tzinfo | None) -> str:
    if key not in calls.PERIODS or value is None:
        return value or ""
    return calls.PERIODS[key](times.at_microseconds(value * calls.US_PER_MINUTE), zone)
