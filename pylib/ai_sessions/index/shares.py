"""What each model used of calls that used several."""

from __future__ import annotations

from ai_sessions import token_kinds
from ai_sessions.accounting import reports
from ai_sessions.index import call_rows, database
from ai_sessions.store.totals import costs_of_models

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import Any

_SHARED = token_kinds.REPORTED
_OWN = ", ".join(f"call.{name}" for name in (*_SHARED, "cost_nusd"))


def by_model(
    connection: sqlite3.Connection, condition: str, values: Sequence[object]
) -> reports.Groups:
    """The sums of calls by model. Tokens and cost of a call that used several go to each of them,
    the call itself to the model that was asked.

    `condition`: which rows of the table of calls.
    """
    found = crossed(connection, (), "call", condition, values)
    return {model: sums for (model,), sums in found.items()}


def crossed(
    connection: sqlite3.Connection,
    names: Sequence[str],
    tables: str,
    condition: str,
    values: Sequence[object],
) -> call_rows.Crossed:
    """The same for each value of other expressions, which come before the model. `tables`: what
    they and the condition are of.
    """
    columns = (*names, "call.model")
    groups = call_rows.sums(connection, columns, tables, condition, values)
    query = (
        f"select {', '.join(columns)}, shares, {_OWN} from {tables}"
        f" where {condition} and shares != ''"
    )
    for row in connection.execute(query, values).fetchall():
        *group, model = row[: len(columns)]
        shares, *own, nusd = row[len(columns) :]
        of = {model: groups[*group, model]}
        _split(of, model, database.parsed(shares, {}), own, nusd)
        for other, sums in of.items():
            if other != model:
                reports.add(groups.setdefault((*group, other), reports.zeros()), sums)
    return groups


def _split(
    groups: reports.Groups, model: str, used: dict[str, Any], own: Sequence[int], nusd: int
) -> None:
    """Take a call's tokens and cost from the model that was asked and give each what it used."""
    for name, count in zip(_SHARED, own, strict=True):
        groups[model][name] -= count
    for other, tokens in used.items():
        sums = groups.setdefault(other, reports.zeros())
        for key, name in token_kinds.FIELDS.items():
            if name in sums:
                sums[name] += tokens.get(key, 0)
    for other, cost in costs_of_models({"by_model": used, "cost_nusd": nusd}).items():
        groups[model]["cost_nusd"] -= cost
        groups[other]["cost_nusd"] += cost
