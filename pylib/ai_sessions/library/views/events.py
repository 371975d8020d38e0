"""What happened in a session, event by event, from the entries of its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.moments import moment
from ai_sessions.library.views.token_usage import TokenUsage, usage
from ai_sessions.records import SUMMARY, Interaction, Note, Said, Summary
from ai_sessions.records import Message as Recorded
from ai_sessions.store import totals

if TYPE_CHECKING:
    from ai_sessions.records import Entry

#: Topic of the note of an attempt of a tool that was followed by another.
ATTEMPT = "tool_attempt"
_SOURCES = {"user": EventSource.USER, "assistant": EventSource.LLM}


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One thing that happened. `message`: a text, or of a tool call a map of `tool`, `arguments`,
    `result`, `error` and `success`.
    """

    id: str
    message: Any
    timestamp: datetime
    source: EventSource = EventSource.SYSTEM
    type: EventType = EventType.MESSAGE
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parent_event_id: str | None = None
    task_id: str | None = None
    token_usage: TokenUsage | None = None


def events(entries: Iterable[Entry]) -> list[SessionEvent]:
    """A tool call has its result in the same event, wherever the log has it."""
    found = _Events()
    for entry in entries:
        if isinstance(entry, Said):
            found.say(entry.message, None)
        elif isinstance(entry, Interaction) and entry.purpose != SUMMARY:
            for said in entry.messages:
                found.say(said, entry)
        elif isinstance(entry, Summary):
            found.summarize(entry)
        elif isinstance(entry, Note) and entry.topic == totals.ERROR:
            found.note(entry)
        elif isinstance(entry, Note) and entry.topic == ATTEMPT:
            found.attempt(entry)
    return found.events()


class _Events:
    """Events as they are found; the place of a tool call stays until its result comes."""

    def __init__(self) -> None:
        self._found: list[SessionEvent | dict[str, Any]] = []
        self._calls: dict[str, dict[str, Any]] = {}
        """The newest of each id: ids may come again."""

    def events(self) -> list[SessionEvent]:
        return [
            one if isinstance(one, SessionEvent) else self._tool_event(one) for one in self._found
        ]

    def say(self, said: Recorded, call: Interaction | None) -> None:
        if said.role == "tool" and said.tool_call_id in self._calls:
            self._calls[said.tool_call_id]["result"] = said
            return
        if said.text or not said.tool_calls:
            self._found.append(_said(said, call))
        for tool in said.tool_calls:
            self._calls[tool.id] = {"call": tool, "asked": said}
            self._found.append(self._calls[tool.id])

    def summarize(self, entry: Summary) -> None:
        known = {"model": entry.model, "kind": entry.kind}
        self._found.append(
            SessionEvent(
                entry.id, entry.text, moment(entry.at), type=EventType.SUMMARY, metadata=known
            )
        )

    def note(self, entry: Note) -> None:
        text = str(entry.body.get("message", ""))
        self._found.append(
            SessionEvent(entry.id, text, moment(entry.at), metadata={"error": True, **entry.body})
        )

    def attempt(self, entry: Note) -> None:
        """Of a tool that was tried again."""
        body = entry.body
        told = {key: body.get(key) for key in ("tool", "arguments", "error")}
        self._found.append(
            SessionEvent(
                entry.id,
                {**told, "result": None, "success": False},
                moment(entry.at),
                type=EventType.TOOL_CALL,
                metadata={key: body.get(key) for key in ("attempt", "call_id", "duration_ms")},
            )
        )

    @staticmethod
    def _tool_event(known: Mapping[str, Any]) -> SessionEvent:
        call, asked = known["call"], known["asked"]
        result: Recorded | None = known.get("result")
        text, has_failed = (result.text, result.is_error) if result else (None, False)
        told = {
            "tool": call.name,
            "arguments": call.arguments,
            "result": None if has_failed else text,
            "error": text if has_failed else None,
            "success": result is not None and not has_failed,
        }
        return SessionEvent(
            call.id,
            told,
            moment(asked.at),
            type=EventType.TOOL_CALL,
            metadata={**asked.metadata, **(result.metadata if result else {})},
            parent_event_id=asked.id or None,
        )


def _said(said: Recorded, call: Interaction | None) -> SessionEvent:
    known: dict[str, Any] = dict(said.metadata)
    used = None
    if call:
        known |= {"model": call.model, "provider": call.provider, "status": call.status}
        used = usage(call.usage, call.model, call.cost.nusd) if said.role == "assistant" else None
    return SessionEvent(
        said.id,
        said.text,
        moment(said.at or (call.at if call else "")),
        _SOURCES.get(said.role, EventSource.SYSTEM),
        metadata=known,
        task_id=(call.task if call else "") or None,
        token_usage=used,
    )
