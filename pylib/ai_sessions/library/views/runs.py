"""Calls of models, failed and cancelled ones too, as programs have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.library.views.moments import moment
from ai_sessions.library.views.token_usage import TokenUsage, usage
from ai_sessions.records import Interaction


@dataclass(frozen=True, slots=True)
class SessionRun:
    """One call of a model. `tool_calls`: ids of the tool calls that it asked for."""

    id: str
    started_at: datetime
    ended_at: datetime | None
    status: RunStatus
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tool_calls: tuple[str, ...] = ()
    token_usage: TokenUsage | None = None

    @property
    def duration(self) -> float | None:
        """In seconds; None: it is not over."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


def run(call: Interaction) -> SessionRun:
    ended = moment(call.at)
    detail: dict[str, Any] = {
        **call.detail,
        "provider": call.provider,
        "model": call.model,
        "status": call.status,
    }
    return SessionRun(
        call.id,
        ended - timedelta(milliseconds=call.duration_ms),
        ended,
        _STATUSES.get(call.status, RunStatus.FAILED),
        detail,
        tuple(one.id for said in call.messages for one in said.tool_calls),
        usage(call.usage, call.model, call.cost.nusd),
    )


_STATUSES = {"ok": RunStatus.COMPLETED, "interrupted": RunStatus.CANCELLED}
