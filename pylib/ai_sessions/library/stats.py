"""What is counted of a conversation, as programs read it: by key, by attribute, by `.get`, as JSON.

A plain dict, so that it can be unpacked, compared, copied and dumped as any other.
"""

from __future__ import annotations

from typing import Any

from ai_sessions import money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_sessions.records import ModelTotals, Session


class SessionStats(dict[str, Any]):
    """`estimated_cost`: dollars, always a number: the sum of the calls whose price is known.
    `unpriced`: how many calls there are whose price is not.
    """

    if TYPE_CHECKING:
        session_id: str
        session_segments: int
        session_chain: list[str] | None
        total_messages: int
        total_events: int
        user_messages: int
        ai_messages: int
        tool_calls: int
        total_tokens: int
        estimated_cost: float
        created_at: str
        last_update: str
        infinite_context: bool
        unpriced: int
        cost_nusd: int
        input_tokens: int
        output_tokens: int
        cached_tokens: int
        cache_write_tokens: int
        reasoning_tokens: int
        estimated_tokens: int
        calls: int
        failed_calls: int
        tool_errors: int
        by_model: dict[str, dict[str, Any]]

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no statistic {name!r}; there are: {', '.join(self)}") from None

    def model_dump(self) -> dict[str, Any]:
        """As a dict of its own."""
        return dict(self)


def of_sessions(
    sessions: Sequence[Session],
    roles: Mapping[str, int],
    *,
    events: int,
    segments: int = 1,
    chain: Sequence[str] | None = None,
    is_infinite: bool = False,
) -> SessionStats:
    """Of a conversation that is in these sessions, the one that is asked about last.

    `roles`: its messages by role. `events`: messages and tool calls. `segments`: parts that its log
    has. `chain`: their ids, where they were asked for.
    """
    first, last = sessions[0], sessions[-1]
    return SessionStats(
        session_id=last.name,
        session_segments=segments,
        session_chain=list(chain) if chain is not None else None,
        total_messages=roles.get("user", 0) + roles.get("assistant", 0),
        total_events=events,
        user_messages=roles.get("user", 0),
        ai_messages=roles.get("assistant", 0),
        tool_calls=_sum(sessions, "tool_calls"),
        **_tokens(sessions),
        **_costs(sessions),
        created_at=first.created_at,
        last_update=last.last_used,
        infinite_context=is_infinite,
        calls=_sum(sessions, "interactions"),
        failed_calls=_sum(sessions, "errors"),
        tool_errors=_sum(sessions, "tool_errors"),
        by_model=_by_model(sessions),
    )


def _sum(sessions: Sequence[Session], name: str) -> int:
    return sum(getattr(one.totals, name) for one in sessions)


def _tokens(sessions: Sequence[Session]) -> dict[str, int]:
    """Of calls of models, and of messages that came without one."""
    used = [one.totals.usage for one in sessions]
    given, said = _sum(sessions, "input_tokens"), _sum(sessions, "output_tokens")
    return {
        "total_tokens": given + said,
        "input_tokens": given,
        "output_tokens": said,
        "cached_tokens": sum(one.cache_read_tokens for one in used),
        "cache_write_tokens": sum(one.cache_write_tokens for one in used),
        "reasoning_tokens": sum(one.reasoning_tokens for one in used),
        "estimated_tokens": _sum(sessions, "estimated_tokens"),
    }


def _costs(sessions: Sequence[Session]) -> dict[str, Any]:
    nusd = _sum(sessions, "cost_nusd")
    return {
        "estimated_cost": money.number(nusd),
        "cost_nusd": nusd,
        "unpriced": _sum(sessions, "unknown_costs"),
    }


def _by_model(sessions: Sequence[Session]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for session in sessions:
        for model, sums in session.totals.by_model.items():
            added = _of_model(sums)
            if model in found:
                added = {key: found[model][key] + value for key, value in added.items()}
            found[model] = added
    return {
        model: {**sums, "estimated_cost": money.number(sums["cost_nusd"])}
        for model, sums in found.items()
    }


def _of_model(sums: ModelTotals) -> dict[str, int]:
    return {
        "calls": sums.interactions,
        "input_tokens": sums.usage.input_tokens,
        "output_tokens": sums.usage.output_tokens,
        "total_tokens": sums.usage.total_tokens,
        "cached_tokens": sums.usage.cache_read_tokens,
        "cost_nusd": sums.cost_nusd,
        "unpriced": sums.unknown_costs,
    }
