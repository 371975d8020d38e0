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
#: Facts of a conversation that every list tells; its state and pins may be large.
_OF_CONVERSATION = (
    *("title", "description", "interface", "conversation_id", "external_user_id"),
    *("external_chat_id", "token_limit", "expires_in_ms", "parent", "links"),
)
_KEY = "conversation"
#: Status of a session that nobody ended and whose time is over.
EXPIRED = "expired"
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
    "kind",
    "title",
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
        kind(row),
        title(row),
    )


def kind(row: Row) -> str:
    """`work` or `chat`: what it is, or what its command makes it."""
    return _fact(row, "kind") or ("work" if row["command"] else "chat")


def title(row: Row) -> str:
    """What a person calls it; empty: nothing."""
    return str(_fact(row, "title"))


def interface(row: Row) -> str:
    """Where a person talks in it, such as `telegram`; empty: on the command line."""
    return str(_fact(row, "interface"))


def user(row: Row) -> str:
    """Who that is, as the interface calls them; empty: it does not say."""
    return str(_fact(row, "external_user_id"))


def conversation(row: Row) -> str:
    """What the interface calls it; empty: it is of none."""
    return str(_fact(row, "conversation_id"))


def parent(row: Row) -> str:
    """The uid of the session that it comes from; empty: of none."""
    return str((_fact(row, "parent") or {}).get("uid", ""))


def expires_at(row: Row) -> str:
    """When a session ends unless it is used before, RFC 3339 UTC; empty: never, or it has ended."""
    after_ms = _fact(row, "expires_in_ms")
    if after_ms == "" or row["status"] != "active":
        return ""
    from datetime import datetime, timedelta

    from ai_sessions.records import stamp

    try:
        return stamp(datetime.fromisoformat(row["last_used"]) + timedelta(milliseconds=after_ms))
    except (ValueError, OverflowError):  # a time that was edited, a life without end
        return ""


def as_of(row: Row, now: str) -> Row:
    """The same with status `expired` where its time is over. `now`: RFC 3339 UTC."""
    at = expires_at(row)
    return {**row, "status": EXPIRED} if at and at <= now else row


def line_expired(text: str) -> str:
    """`line` of a session, with its status `expired`."""
    name, _, rest = text.partition("\t")
    return f"{name}\t{EXPIRED}\t{rest.partition(chr(9))[2]}"


def _fact(row: Row, key: str) -> Any:
    """A fact of the conversation in a checkpoint, or as JSON output shows it; empty: none."""
    return row[key] if key in row else (row.get(_KEY) or {}).get(key, "")


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
    shown["kind"] = kind(row)
    shown |= {key: found for key in _OF_CONVERSATION if (found := _fact(row, key)) != ""}
    if at := expires_at(row):
        shown["expires_at"] = at
    shown["totals"] = {**_with_cost(totals), "by_model": models}
    return {**shown, "notices": list(row["notices"])} if row.get("notices") else shown


def _with_cost(sums: Mapping[str, Any]) -> dict[str, Any]:
    """Dollars beside the exact sum; null while no price is known, which is not zero."""
    return {**sums, "cost": stats.dollars(sums)}


def main_model(totals: Mapping[str, Any]) -> str:
    """The model most calls went to; empty when there was none."""
    calls = {model: share["interactions"] for model, share in totals["by_model"].items()}
    return max(calls, key=calls.__getitem__) if calls else ""
