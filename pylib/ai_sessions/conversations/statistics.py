"""What is counted of one conversation, and of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.conversations import lineage
from ai_sessions.index import conversations
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Session, stamp

if TYPE_CHECKING:
    from ai_sessions.conversations.hot import CacheUse
    from ai_sessions.index import Index
    from ai_sessions.store.contract import Store

#: What stands for no interface.
COMMAND_LINE = "cli"
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """Of one conversation. Tokens are those of calls of models and of messages that came without
    one, estimated where nobody counted. `cost_nusd`: nano-dollars of the calls whose cost is known;
    `unknown_costs`: how many others there are.
    """

    name: str
    uid: str
    is_active: bool
    """False: somebody ended it, or it has expired."""
    messages: int
    tool_calls: int
    tool_errors: int
    errors: int
    input_tokens: int
    output_tokens: int
    estimated_tokens: int
    """How many of them were not counted, by a provider or a tokenizer."""
    cost_nusd: int
    unknown_costs: int
    created_at: str
    last_active: str
    duration_ms: int
    """Between the two; 0 where a time cannot be read."""
    messages_by_role: Mapping[str, int] | None = None
    """Of what was said in its own log, failed calls left out; None: nobody asked for it."""

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of all conversations; tokens and costs as in `SessionStatistics`."""

    total_sessions: int
    active_sessions: int
    total_messages: int
    total_tool_calls: int
    total_errors: int
    input_tokens: int
    output_tokens: int
    cost_nusd: int
    unknown_costs: int
    sessions_by_interface: Mapping[str, int]
    """`COMMAND_LINE` for those of no interface."""
    cache_size: int = 0
    """Sessions that this process keeps in memory."""
    cache_hit_rate: float | None = None
    """Between 0 and 1; None: nothing was read yet."""

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def average_length(self) -> float:
        """Messages per session; 0 when there is none."""
        return self.total_messages / self.total_sessions if self.total_sessions else 0.0


def of_session(session: Session, now: datetime) -> SessionStatistics:
    """What the checkpoint tells, without a look into the log."""
    sums = session.totals
    return SessionStatistics(
        name=session.name,
        uid=session.uid,
        is_active=not session.is_over(stamp(now)),
        messages=sums.messages,
        tool_calls=sums.tool_calls,
        tool_errors=sums.tool_errors,
        errors=sums.errors,
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        estimated_tokens=sums.estimated_tokens,
        cost_nusd=sums.cost_nusd,
        unknown_costs=sums.unknown_costs,
        created_at=session.created_at,
        last_active=session.last_used,
        duration_ms=duration_ms(session.created_at, session.last_used),
    )


def duration_ms(created_at: str, last_used: str) -> int:
    """How long a session has lasted; 0 where a time cannot be read."""
    begun, used = times.read(created_at), times.read(last_used)
    return max(0, (used - begun) // _MS) if begun and used else 0


def by_role(store: Store, name: str) -> Mapping[str, int]:
    """Messages by role. Reads the whole log."""
    return Counter(one.role for entry in store.entries(name) for one in lineage.messages(entry))


def overall(index: Index, now: datetime, cache: CacheUse | None = None) -> Statistics:
    """Of all sessions, by the index, which reads again what has changed. `cache`: of the process
    that asks.
    """
    found = conversations.by_interface(index, stamp(now))
    sums = list(found.values())
    counts = Counter({name: one.sessions for name, one in found.items() if name})
    if "" in found:
        counts[COMMAND_LINE] += found[""].sessions
    return Statistics(
        total_sessions=sum(one.sessions for one in sums),
        active_sessions=sum(one.sessions - one.over for one in sums),
        total_messages=sum(one.messages for one in sums),
        total_tool_calls=sum(one.tool_calls for one in sums),
        total_errors=sum(one.errors for one in sums),
        input_tokens=sum(one.input_tokens + one.said_input_tokens for one in sums),
        output_tokens=sum(one.output_tokens + one.said_output_tokens for one in sums),
        cost_nusd=sum(one.cost_nusd for one in sums),
        unknown_costs=sum(one.unknown_costs for one in sums),
        sessions_by_interface=dict(sorted(counts.items())),
        cache_size=cache.size if cache else 0,
        cache_hit_rate=cache.hit_rate if cache else None,
    )
