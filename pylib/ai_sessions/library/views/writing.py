"""Events that a program made, as entries of a session's log."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.conversations import summaries
from ai_sessions.errors import UsageError
from ai_sessions.library import arguments, calls
from ai_sessions.library.answers import answer_of
from ai_sessions.library.views import token_usage
from ai_sessions.library.views.events import EVENT
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.moments import written
from ai_sessions.records import Message, Note, Said, Summary, ToolCall

if TYPE_CHECKING:
    from ai_sessions.library.sessions import Tracked
    from ai_sessions.library.views.event import Event
    from ai_sessions.records import Role, Session

_ROLES: dict[str, Role] = {"user": "user", "llm": "assistant", "system": "system"}


def write(tracked: Tracked, event: Event, open_calls: Container[str]) -> Session:
    """Add an event to the log, once, however often it is given; the session after that.

    What is said becomes a message; an answer with tokens a call of a model, whose tokens are
    counted again unless a provider did; a summary covers all that is there; what only the program
    understands becomes a note. `open_calls`: ids of tool calls that wait for a result.

    Raises `UsageError` for what cannot be kept.
    """
    kind = _checked(event)
    if kind is EventType.SUMMARY:
        return _summarize(tracked, event)
    if kind is EventType.TOOL_CALL and isinstance(event.message, Mapping):
        return tracked.add(*_tool(tracked, event, event.message, open_calls))
    if kind is not EventType.MESSAGE:
        return tracked.add(_note(event))
    said = calls.counted(tracked.core, _message(event))
    if event.source == EventSource.LLM and event.token_usage:
        return tracked.add_call(_call(event, said))
    return tracked.add(Said(said, event.id))


def asked_for(event: Event) -> set[str]:
    """Ids of the tool calls that an answer of a model asks for."""
    if event.source != EventSource.LLM or event.type != EventType.MESSAGE:
        return set()
    return {one.id for one in _message(event).tool_calls}


def _checked(event: Event) -> EventType:
    for what, kinds, value in (
        ("type", EventType, event.type),
        ("source", EventSource, event.source),
    ):
        if value not in list(kinds):
            known = ", ".join(kinds)
            raise UsageError(f"no {what} of an event: {value!r:.80}", f"one of: {known}")
    arguments.metadata(event.metadata)
    return EventType(event.type)


def _own(event: Event) -> dict[str, Any]:
    """What a message does not say of its event."""
    parts = {"parent_event_id": event.parent_event_id, "task_id": event.task_id}
    return {"id": event.id, **{key: one for key, one in parts.items() if one}}


def _message(event: Event) -> Message:
    role = _ROLES[event.source]
    said = answer_of({"choices": [{"message": event.message}]}) if _is_chat(event) else None
    return Message(
        role,
        said.text if said else _text(event.message),
        written(event.timestamp),
        tool_calls=said.tool_calls if said and role == "assistant" else (),
        metadata={**event.metadata, EVENT: _own(event)},
    )


def _is_chat(event: Event) -> bool:
    """Whether it is a message as chat APIs have it."""
    said = event.message
    return isinstance(said, Mapping) and ("content" in said or "tool_calls" in said)


def _text(value: Any) -> str:
    return arguments.result(value)


def _call(event: Event, said: Message) -> calls.Call:
    used, known = event.token_usage, event.metadata
    return calls.Call(
        answer=said,
        model=used.model or str(known.get("model") or calls.UNKNOWN),
        provider=str(known.get("provider") or calls.UNKNOWN),
        usage=None if used.estimated else token_usage.plain(used),
        cost=None,
        status="ok",
        duration_ms=0,
        error="",
        id=event.id,
    )


def _tool(
    tracked: Tracked, event: Event, told: Mapping[str, Any], open_calls: Container[str]
) -> list[Said]:
    """Its call, unless that is there and waits, and what came of it."""
    at, own = written(event.timestamp), {**event.metadata, EVENT: _own(event)}
    name = arguments.name("a tool", told.get("tool"))
    error = told.get("error")
    has_failed = error is not None or told.get("success") is False
    result = _text(told.get("result") if error is None else error)
    call_id = event.metadata.get("call_id")
    is_open = isinstance(call_id, str) and call_id in open_calls
    id_ = str(call_id) if is_open else ids.new()
    asked = Message("assistant", "", at, tool_calls=(ToolCall(id_, name, told.get("arguments")),))
    answered = Message("tool", result, at, name=name, tool_call_id=id_, is_error=has_failed)
    if is_open:
        answered = replace(answered, metadata=own)
        return [Said(calls.counted(tracked.core, answered), event.id)]
    said = (replace(asked, metadata=own), answered)
    first, second = (calls.counted(tracked.core, one) for one in said)
    return [Said(first, event.id), Said(second, f"{event.id}.result")]


def _summarize(tracked: Tracked, event: Event) -> Session:
    core, session = tracked.core, tracked.add()
    model = str(event.metadata.get("model") or getattr(event.token_usage, "model", "") or "")
    summary = Summary(
        _text(event.message),
        session.last_seq,
        kind="model" if model else "given",
        model=model,
        at=written(event.timestamp),
        id=event.id,
    )
    summaries.add_summary(core.store, core.now(), session.name, summary, core.memory.rules.count)
    return core.store.read(session.name)


def _note(event: Event) -> Note:
    body = {
        **_own(event),
        "type": str(event.type),
        "source": str(event.source),
        "message": json.loads(arguments.as_json("the message of an event", event.message)),
        "metadata": dict(event.metadata),
    }
    return Note(EVENT, body, written(event.timestamp), id=event.id, words=("message",))
