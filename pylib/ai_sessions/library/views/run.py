"""A run as programs have it: a call of a model, or work of the program's own in a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Self

from ai_sessions import ids
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.library.views.moments import moment, now, written
from ai_sessions.library.views.token_usage import Tokens, TokenUsage, usage
from ai_sessions.records import Interaction, Note

#: Topic of the note that says what a run of the program's own is at that moment.
RUN = "run"
_STATUSES = {"ok": RunStatus.COMPLETED, "interrupted": RunStatus.CANCELLED}


@dataclass
class Run:
    """A run, whichever way its verbs are called."""

    id: str = field(default_factory=ids.new)
    started_at: datetime = field(default_factory=now)
    ended_at: datetime | None = None
    status: RunStatus = RunStatus.PENDING
    metadata: dict[str, Any] = field(default_factory=dict)
    tool_calls: list[str] = field(default_factory=list)
    """Ids of tool calls: of a call of a model those that it asked for."""
    token_usage: Any = None
    """`TokenUsage` of a call of a model."""

    @property
    def duration(self) -> float | None:
        """In seconds; None: it is not over."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


class SessionRun(Run):
    """A run: a call of a model, or work that the program marks itself. The latter is on record when
    it is one of `session.runs` and the session is saved.
    """

    @classmethod
    def create(cls, metadata: dict[str, Any] | None = None) -> Self:
        """One that has not begun."""
        return cls(metadata=dict(metadata or {}))

    def mark_running(self: Run) -> None:
        self.status, self.started_at, self.ended_at = RunStatus.RUNNING, now(), None

    def mark_completed(self: Run) -> None:
        self.status, self.ended_at = RunStatus.COMPLETED, now()

    def mark_failed(self: Run, reason: str | None = None) -> None:
        """`reason`: is its metadata `failure_reason`."""
        self.status, self.ended_at = RunStatus.FAILED, now()
        if reason:
            self.metadata["failure_reason"] = reason

    def mark_cancelled(self: Run, reason: str | None = None) -> None:
        """`reason`: is its metadata `cancel_reason`."""
        self.status, self.ended_at = RunStatus.CANCELLED, now()
        if reason:
            self.metadata["cancel_reason"] = reason

    def get_metadata(self: Run, key: str, default: Any = None) -> Any:
        return self.metadata.get(key, default)

    def has_metadata(self: Run, key: str) -> bool:
        return key in self.metadata

    def set_metadata(self: Run, key: str, value: Any) -> None:
        self.metadata[key] = value

    def remove_metadata(self: Run, key: str) -> None:
        self.metadata.pop(key, None)

    def get_duration(self: Run) -> float | None:
        """In seconds; None: it is not over."""
        return self.duration

    def add_tool_call(self: Run, tool_call_id: str) -> None:
        """Once, however often it is named."""
        if tool_call_id not in self.tool_calls:
            self.tool_calls.append(tool_call_id)

    def get_tool_calls(self: Run, session: Any) -> list[Any]:
        """The events of its tool calls in a session."""
        return [one for one in session.events if one.id in self.tool_calls]

    def to_dict(self: Run) -> dict[str, Any]:
        """For JSON."""
        plain = told(self)
        if self.ended_at:
            plain |= {"ended_at": self.ended_at.isoformat(), "duration": self.duration}
        return plain


def told(run: Run) -> dict[str, Any]:
    """All of a run but how it ended."""
    return {
        "id": run.id,
        "status": str(run.status),
        "started_at": run.started_at.isoformat(),
        "metadata": dict(run.metadata),
        "tool_calls": list(run.tool_calls),
    }


def body(run: Run) -> dict[str, Any]:
    """What the note of a run has."""
    ended = {"ended_at": written(run.ended_at)} if run.ended_at else {}
    return {**told(run), "started_at": written(run.started_at), **ended}


def of_note(kind: type[Run], note: Note, before: Run | None = None) -> Run:
    """What a note says of a run. `before`: what was known of it."""
    said, status = note.body, note.body.get("status")
    ended = said.get("ended_at")
    metadata, calls = said.get("metadata"), said.get("tool_calls")
    return kind(
        str(said.get("id", "")),
        moment(str(said.get("started_at", ""))),
        moment(str(ended)) if ended else None,
        RunStatus(status) if status in list(RunStatus) else RunStatus.FAILED,
        dict(metadata) if isinstance(metadata, Mapping) else {},
        [str(one) for one in calls] if isinstance(calls, list | tuple) else [],
        before.token_usage if before else None,
    )


def of_call(kind: type[Run], call: Interaction, tokens: type[Tokens] = TokenUsage) -> Run:
    """A call of a model as a run."""
    ended = moment(call.at)
    detail = {
        **call.detail,
        "provider": call.provider,
        "model": call.model,
        "status": call.status,
    }
    return kind(
        call.id,
        ended - timedelta(milliseconds=call.duration_ms),
        ended,
        _STATUSES.get(call.status, RunStatus.FAILED),
        detail,
        [one.id for said in call.messages for one in said.tool_calls],
        usage(tokens, call.usage, call.model, call.cost.nusd),
    )
