"""What happened in a session, event by event, from the entries of its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions.library.views.event import Event, SessionEvent
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.moments import moment
from ai_sessions.library.views.token_usage import Tokens, TokenUsage, usage
from ai_sessions.records import SUMMARY, Interaction, Message, Note, Said, Summary
from ai_sessions.store import totals

if TYPE_CHECKING:
    from ai_sessions.records import Entry

#: Topic of the note of an attempt of a tool that was followed by another.
ATTEMPT = "tool_attempt"
#: Topic of the note that is an event which is no part of the conversation, and the key in the
#: metadata of a message of what it does not say of its event.
EVENT = "event"
_SOURCES = {"user": EventSource.USER, "assistant": EventSource.LLM}


def events(
    entries: Iterable[Entry], kind: type[Event] = SessionEvent, tokens: type[Tokens] = TokenUsage
) -> list[Event]:
    """A tool call has its result in the same event, wherever the log has it. `kind`, `tokens`: the
    classes of the events and of their tokens.
    """
    found = _Events(kind, tokens)
    for entry in entries:
        if isinstance(entry, Said):
            found.say(entry.message, None)
        elif isinstance(entry, Interaction) and entry.purpose != SUMMARY:
            for said in entry.messages:
                found.say(said, entry)
        elif isinstance(entry, Summary):
            found.summarize(entry)
        elif isinstance(entry, Note):
            found.note(entry)
    return found.events()


class _Events:
    """Events as they are found; the place of a tool call stays until its result comes."""

    def __init__(self, kind: type[Event], tokens: type[Tokens]) -> None:
        self._kind, self._tokens = kind, tokens
        self._found: list[Event | dict[str, Any]] = []
        self._calls: dict[str, dict[str, Any]] = {}
        """The newest of each id: ids may come again."""

    def events(self) -> list[Event]:
        return [one if isinstance(one, Event) else self._tool_event(one) for one in self._found]

    def say(self, said: Message, call: Interaction | None) -> None:
        if said.role == "tool" and said.tool_call_id in self._calls:
            self._calls[said.tool_call_id]["result"] = said
            return
        if said.text or not said.tool_calls:
            self._found.append(self._said(said, call))
        for tool in said.tool_calls:
            self._calls[tool.id] = {"call": tool, "asked": said}
            self._found.append(self._calls[tool.id])

    def summarize(self, entry: Summary) -> None:
        known = {"model": entry.model, "kind": entry.kind}
        event = self._made(entry.id, entry.text, moment(entry.at), known)
        event.type = EventType.SUMMARY
        self._found.append(event)

    def note(self, entry: Note) -> None:
        at, body = moment(entry.at), entry.body
        if entry.topic == totals.ERROR:
            text = str(body.get("message", ""))
            self._found.append(self._made(entry.id, text, at, {"error": True, **body}))
        elif entry.topic == ATTEMPT:
            self._found.append(self._attempt(entry))
        elif entry.topic == EVENT:
            event = self._made(entry.id, body.get("message"), at, {EVENT: body})
            event.metadata = dict(body.get("metadata") or {})
            event.type = _among(EventType, body.get("type"), EventType.REFERENCE)
            event.source = _among(EventSource, body.get("source"), EventSource.SYSTEM)
            self._found.append(event)

    def _attempt(self, entry: Note) -> Event:
        """Of a tool that was tried again."""
        body = entry.body
        told = {key: body.get(key) for key in ("tool", "arguments", "error")}
        known = {key: body.get(key) for key in ("attempt", "call_id", "duration_ms")}
        message = {**told, "result": None, "success": False}
        event = self._made(entry.id, message, moment(entry.at), known)
        event.type = EventType.TOOL_CALL
        return event

    def _tool_event(self, known: Mapping[str, Any]) -> Event:
        call, asked = known["call"], known["asked"]
        result: Message | None = known.get("result")
        text, has_failed = (result.text, result.is_error) if result else (None, False)
        told = {
            "tool": call.name,
            "arguments": call.arguments,
            "result": None if has_failed else text,
            "error": text if has_failed else None,
            "success": result is not None and not has_failed,
        }
        metadata = _without_event(asked) | (dict(result.metadata) if result else {})
        metadata |= {"call_id": call.id}
        event = self._made(call.id, told, moment(asked.at), metadata)
        event.type = EventType.TOOL_CALL
        event.parent_event_id = event.parent_event_id or _id_of(asked) or None
        return event

    def _said(self, said: Message, call: Interaction | None) -> Event:
        known: dict[str, Any] = dict(said.metadata)
        if call:
            known |= {"model": call.model, "provider": call.provider, "status": call.status}
            known |= {"run_id": call.id}
        at = moment(said.at or (call.at if call else ""))
        event = self._made(said.id, said.text, at, known)
        event.source = _SOURCES.get(said.role, EventSource.SYSTEM)
        if call and said.role == "assistant":
            event.token_usage = usage(self._tokens, call.usage, call.model, call.cost.nusd)
        if call and not event.task_id:
            event.task_id = call.task or None
        return event

    def _made(self, id_: str, message: Any, at: datetime, metadata: dict[str, Any]) -> Event:
        """With what a program said of it that no message has a place for."""
        own = metadata.pop(EVENT, None)
        event = self._kind(message, metadata=metadata, timestamp=at, id=id_)
        if isinstance(own, Mapping):
            event.id = str(own.get("id") or id_)
            event.parent_event_id = own.get("parent_event_id")
            event.task_id = own.get("task_id")
        return event


def _without_event(said: Message) -> dict[str, Any]:
    """A tool call that came with words: only these are the event that the program made."""
    has_words = bool(said.text)
    return {key: one for key, one in said.metadata.items() if not (has_words and key == EVENT)}


def _id_of(said: Message) -> str:
    own = said.metadata.get(EVENT)
    return str(own.get("id") or said.id) if isinstance(own, Mapping) and said.text else said.id


def _among(kind: Any, value: Any, other: Any) -> Any:
    return kind(value) if value in list(kind) else other
