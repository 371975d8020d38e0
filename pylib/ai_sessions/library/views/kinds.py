"""What programs compare with: who said it, what an event is, what became of a call."""

from __future__ import annotations

from enum import StrEnum


class EventSource(StrEnum):
    """Who said it."""

    USER = "user"
    LLM = "llm"
    SYSTEM = "system"


class EventType(StrEnum):
    """What an event is."""

    MESSAGE = "message"
    SUMMARY = "summary"
    TOOL_CALL = "tool_call"
    REFERENCE = "reference"


class RunStatus(StrEnum):
    """What became of a call of a model."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
