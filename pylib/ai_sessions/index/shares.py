"""What each model used of calls that used several."""

from __future__ import annotations

from ai_sessions import token_kinds
from ai_sessions.accounting import reports
from ai_sessions.index import database
from ai_sessions.index.call_rows import COUNTED
from ai_sessions.store.totals import costs_of_models

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_SUMS = ", ".join(f"sum(call.{name})" for name in COUNTED)
_SHARED = token_kinds.REPORTED
_OWN = ", ".join(f"call.{name}" for name in (*_SHARED, "cost_nusd"))


def by_model(
    connection: sqlite3.Connection, condition: str, values: Sequence[object]
) -> reports.Groups:
    """The sums of calls by model. Tokens and cost of a call that used several go to each of them,
    the call itself to the model that was asked.

    `condition`: which rows of the table of calls.
    """
    query = f"select call.model, {_SUMS} from call where {condition} group by 1"
    found = database.summed(connection, query, values, 1)
    groups = {model: dict(zip(COUNTED, sums, strict=True)) for model, *sums in found}
    query = f"select call.model, shares, {_OWN} from call where {condition} and shares != ''"
    for model, shares, *own, nusd in connection.execute(query, values).fetchall():
        used = database.parsed(shares, {})
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
    return groups
