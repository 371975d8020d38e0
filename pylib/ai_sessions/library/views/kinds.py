"""What programs compare with: who said it, what an event is, what became of a run."""

from __future__ import annotations

from enum import StrEnum


class EventSource(StrEnum):
    """Who said it."""

    USER = "user"
    LLM = "llm"
    SYSTEM = "system"


class EventType(StrEnum):
    """What an event is. Of those after `TOOL_CALL` only the program knows what they mean."""

    MESSAGE = "message"
    SUMMARY = "summary"
    TOOL_CALL = "tool_call"
    REFERENCE = "reference"
    CONTEXT_BRIDGE = "context_bridge"
    TOOL_TRACE = "tool_trace"
    TOOL_PATTERN = "tool_pattern"
    TOOL_FIX = "tool_fix"


class RunStatus(StrEnum):
    """What became of a run."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class MessageRole(StrEnum):
    """Of messages as chat APIs have them."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"
