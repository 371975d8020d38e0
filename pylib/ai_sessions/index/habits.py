"""How money is spent, as sums over calls: what `accounting.advice` judges."""

from __future__ import annotations

from ai_sessions import token_kinds
from ai_sessions.index import database, every_call
from ai_sessions.names import IMPORTED
from ai_sessions.records import SUMMARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Row = dict[str, Any]
    Rows = list[Row]

#: Seconds after which a provider has forgotten what it cached, and what it was paid to keep longer.
_CACHED_S, _CACHED_LONG_S = 5 * 60, 60 * 60
#: A task whose answers have no more tokens than this is a small one.
SMALL_OUTPUT = 3_000
_US = 1_000_000
_OURS = (
    "from call join session on session.id = call.session"
    f" where at >= ? and session.command != '{IMPORTED}' and source != 'demo'"
    f" and purpose != '{SUMMARY}'"
)
#: A conversation's context is at least as long as the most that was ever written of it at once.
_PAUSES = f"""
    with spaced as (
        select call.model, at, call.cache_write_tokens as written,
            cache_write_1h_tokens > 0 as long, lag(cache_write_1h_tokens) over one > 0 as was_long,
            began - lag(at) over one as pause,
            max(call.cache_write_tokens) over (one rows between unbounded preceding and 1 preceding)
                as context
        {_OURS} window one as (partition by call.session, provider, call.model order by place)
    )
    select model, long, max(at), sum(1), sum(min(written, context)) from spaced
    where pause > iif(was_long, {_CACHED_LONG_S * _US}, {_CACHED_S * _US})
        and min(written, context) > 0
    group by 1, 2
"""
_TOKENS = tuple(token_kinds.FIELDS.values())
_SMALL = f"""
    with task as (
        select min(provider) as provider, min(call.model) as model, max(at) as at,
            count(1) as calls,
            {", ".join(f"sum(call.{name}) as {name}" for name in (*_TOKENS, "cost_nusd"))},
            sum(call.unknown_costs) as unknown_costs
        {_OURS} and task != '' group by session.project, session.feature, task
        having count(distinct call.model) = 1 and sum(call.output_tokens) <= {SMALL_OUTPUT}
    )
    select provider, model, max(at), sum(1), sum(calls), sum(cost_nusd), sum(unknown_costs),
        {", ".join(f"sum({name})" for name in _TOKENS)}
    from task where model != '' group by 1, 2
"""
_REPEATS = f"""
    with numbered as (
        select session.project, session.feature, task, call.cost_nusd, call.unknown_costs,
            row_number() over (
                partition by session.project, session.feature, task, purpose order by at, place
            ) as number
        {_OURS} and task != '' and purpose != ''
    )
    select feature, task, sum(1), sum(cost_nusd), sum(unknown_costs) from numbered
    where number > 1 group by project, feature, task
"""
_USED = f"select distinct provider, call.model {_OURS} and call.model != ''"


class Habits:
    """`pauses`: by model, context that was written into a cache again after it had expired.
    `small`: by model, tasks with little output that it did alone. `repeats`: by task, the calls of
    a step that was taken before. `used`: models by provider. `unreadable`: what is wrong with
    sessions that are left out.
    """

    __slots__ = ("pauses", "repeats", "small", "unreadable", "used")

    def __init__(self, pauses: Rows, small: Rows, repeats: Rows, used: dict[str, set[str]]) -> None:
        self.pauses, self.small, self.repeats, self.used = pauses, small, repeats, used
        self.unreadable: list[str] = []


def habits(index: Index, since: int) -> Habits:
    """Of all calls since a time (microseconds since 1970) that were not imported."""

    def answer(connection: sqlite3.Connection, source: Source) -> Habits:
        unreadable = every_call.refresh(connection, source)
        small = ("provider", "model", "at", "tasks", "calls", "cost_nusd", "unknown_costs")
        found = Habits(
            _rows(connection, _PAUSES, since, 3, ("model", "long", "at", "calls", "tokens")),
            _rows(connection, _SMALL, since, 3, (*small, *_TOKENS)),
            _rows(connection, _REPEATS, since, 2, ("feature", "task", "calls", *small[-2:])),
            {},
        )
        for provider, model in connection.execute(_USED, (since,)):
            found.used.setdefault(provider, set()).add(model)
        found.unreadable = unreadable
        return found

    return index.ask(answer)


def _rows(
    connection: sqlite3.Connection, query: str, since: int, names: int, columns: tuple[str, ...]
) -> Rows:
    found = database.summed(connection, query, (since,), names)
    return [dict(zip(columns, row, strict=True)) for row in found]
