"""One thing that happened in a session, as programs have it and make it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any, Self

from ai_sessions import ids
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.views import token_usage
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.moments import now
from ai_sessions.library.views.token_usage import Tokens, TokenUsage

#: Beside a field of the same name `type` cannot be named.
_TokensKind = type[Tokens]
_OF_TOKENS = (
    *("prompt_tokens", "completion_tokens", "total_tokens"),
    *("model", "estimated_cost_usd"),
)


@dataclass
class Event:
    """One thing that happened, whichever way its verbs are called."""

    message: Any
    """A text, a map of a chat API, or of a tool call a map of `tool`, `arguments`, `result`,
    `error` and `success`."""
    source: EventSource = EventSource.SYSTEM
    type: EventType = EventType.MESSAGE
    metadata: dict[str, Any] = field(default_factory=dict)
    parent_event_id: str | None = None
    task_id: str | None = None
    """The run, or the task of a feature, that it belongs to."""
    token_usage: Any = None
    """`TokenUsage`: of an answer of a model, that of the call."""
    timestamp: datetime = field(default_factory=now)
    id: str = field(default_factory=ids.new)

    def usage_kind(self) -> _TokensKind:
        """The class of its tokens."""
        return TokenUsage

    def is_child_of(self, parent_event_id: str) -> bool:
        return self.parent_event_id == parent_event_id

    def is_part_of_task(self, task_id: str) -> bool:
        return self.task_id == task_id


class SessionEvent(Event):
    """One thing that happened. What is on record stays as it is: verbs that change an event are
    for one that is not saved yet.
    """

    @classmethod
    def create_with_tokens(
        cls,
        message: Any,
        prompt: str,
        completion: str | None = None,
        model: str = "",
        source: EventSource = EventSource.SYSTEM,
        type: EventType = EventType.MESSAGE,  # noqa: A002 (as programs call it)
        **more: Any,
    ) -> Self:
        """An event whose tokens are counted, by its prompt and completion."""
        used = TokenUsage.from_text(prompt, completion, model)
        return cls(message, source, type, token_usage=used, **more)

    def update_token_usage(
        self: Event,
        prompt: str | None = None,
        completion: str | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        model: str = "",
    ) -> None:
        """Count the tokens of these words, or take the numbers that a provider reported; what is
        None stays.
        """
        kind = self.usage_kind()
        if prompt is not None or completion is not None:
            self.token_usage = token_usage.of_text(kind, prompt or "", completion, model)
        elif prompt_tokens is not None or completion_tokens is not None:
            before = self.token_usage or Tokens()
            self.token_usage = kind(
                before.prompt_tokens if prompt_tokens is None else prompt_tokens,
                before.completion_tokens if completion_tokens is None else completion_tokens,
                before.model or model,
            )

    def calculate_tokens(self: Event, model: str = "") -> int:  # noqa: ARG002 (as programs call it)
        """Tokens of its call, or of its words where it is of none."""
        used: Tokens | None = self.token_usage
        return used.total_tokens if used else token_usage.counted(self.message)

    def get_metadata(self: Event, key: str, default: Any = None) -> Any:
        return self.metadata.get(key, default)

    def has_metadata(self: Event, key: str) -> bool:
        return key in self.metadata

    def set_metadata(self: Event, key: str, value: Any) -> None:
        self.metadata[key] = value

    def update_metadata(self: Event, key: str, value: Any) -> None:
        self.metadata[key] = value

    def merge_metadata(self: Event, new_metadata: dict[str, Any]) -> None:
        self.metadata.update(new_metadata)

    def remove_metadata(self: Event, key: str) -> None:
        self.metadata.pop(key, None)

    def clear_metadata(self: Event) -> None:
        self.metadata.clear()

    def to_dict(self: Event) -> dict[str, Any]:
        """For JSON; what it does not have is left out."""
        plain = {
            "id": self.id,
            "message": self.message,
            "timestamp": self.timestamp.isoformat(),
            "source": str(self.source),
            "type": str(self.type),
            "metadata": dict(self.metadata),
        }
        parts = {"parent_event_id": self.parent_event_id, "task_id": self.task_id}
        plain |= {key: value for key, value in parts.items() if value}
        if self.token_usage:
            plain["token_usage"] = {name: getattr(self.token_usage, name) for name in _OF_TOKENS}
        return plain
