"""What a list says of a session: one short value a column, the same wherever it is shown.

Works on the plain objects of checkpoints; the index keeps its result, so that a long list is read
and not computed.
"""

from __future__ import annotations

from ai_sessions import money
from ai_sessions.accounting import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

_PUBLIC = (
    *("name", "uid", "command", "feature", "project", "created_at", "last_used"),
    *("status", "tags", "pinned", "resume"),
)
_NO_BREAKS = str.maketrans("\t\n\r", "   ")
COLUMNS = (
    "name",
    "status",
    "interactions",
    "tokens",
    "cost",
    "last_used",
    "model",
    "feature",
    "project",
)


def cells(row: Row) -> tuple[str, ...]:
    """The values of `COLUMNS` as text, times absolute."""
    totals = row["totals"]
    return (
        row["name"],
        row["status"],
        str(totals["interactions"]),
        str(stats.tokens(totals)),
        money.shown(totals["cost_nusd"], totals["unknown_costs"]),
        row["last_used"],
        main_model(totals),
        row["feature"],
        row["project"],
    )


def line(row: Row) -> str:
    """The same as one tab-separated line."""
    return "\t".join(map(unbroken, cells(row)))


def unbroken(text: str) -> str:
    """`text` on one line and in one column, so that a value cannot pass for more than one."""
    return text.translate(_NO_BREAKS)


def public(row: Row) -> dict[str, Any]:
    """A session as JSON output shows it, everywhere with the same keys."""
    totals = row["totals"]
    models = {name: _with_cost(share) for name, share in totals["by_model"].items()}
    shown = {key: row[key] for key in _PUBLIC}
    shown["totals"] = {**_with_cost(totals), "by_model": models}
    return {**shown, "notices": list(row["notices"])} if row.get("notices") else shown


def _with_cost(sums: Mapping[str, Any]) -> dict[str, Any]:
    """Dollars beside the exact sum; null while no price is known, which is not zero."""
    return {**sums, "cost": stats.dollars(sums)}


def main_model(totals: Mapping[str, Any]) -> str:
    """The model most calls went to; empty when there was none."""
    calls = {model: share["interactions"] for model, share in totals["by_model"].items()}
    return max(calls, key=calls.__getitem__) if calls else ""
