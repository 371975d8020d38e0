"""`/v1/sessions/{id}/messages`: what was said, page by page, and saying something more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query, Route, named
from ai_sessions.api.service import Service
from ai_sessions.api.v1.sessions import LIMIT, page, session_of
from ai_sessions.conversations.paging import Told
from ai_sessions.records import Message, ToolCall
from ai_sessions.sessions import export

_GROUP = "Messages"
_QUERY = (
    Query("after", {"type": "string"}, "Id of a message: those that were said after it."),
    Query("before", {"type": "string"}, "Id of a message: those that were said before it."),
    Query("order", {"enum": ["asc", "desc"], "default": "asc"}, "The oldest or newest first."),
    LIMIT,
)


def list_(service: Service, asked: Asked) -> Answer:
    query = asked.query
    found = service.core.page(
        session_of(service, asked),
        query["limit"],
        after=query.get("after", ""),
        before=query.get("before", ""),
        newest_first=query["order"] == "desc",
    )
    return page(list(map(_plain, found.messages)), found.next)


def _plain(told: Told) -> dict[str, Any]:
    return {**export.message(told.message), "call": told.call or None}


def add(service: Service, asked: Asked) -> Answer:
    """The message goes to the session that the conversation is in by now."""
    body = asked.body
    added = service.core.added(session_of(service, asked), message_of(body), asked.once)
    told = {
        **export.message(added.message),
        "call": None,
        "session": added.session.uid,
        "summarized": added.summary is not None,
    }
    return Answer(told, 201)


def message_of(given: Mapping[str, Any]) -> Message:
    """A message from its JSON, which fits its schema."""
    calls = [
        ToolCall(one["id"], one["name"], one.get("arguments"))
        for one in given.get("tool_calls", ())
    ]
    return Message(
        given["role"],
        given["text"],
        name=given.get("name", ""),
        parts=tuple(given.get("parts", ())),
        tool_calls=tuple(calls),
        tool_call_id=given.get("tool_call_id", ""),
        is_error=given.get("is_error", False),
        tokens=given.get("tokens"),
        metadata=given.get("metadata", {}),
    )


ROUTES = (
    Route(
        "GET",
        "/v1/sessions/{id}/messages",
        "list_messages",
        "What was said, page by page; `next` is for `after`, or with order=desc for `before`.",
        list_,
        query=_QUERY,
        answers={200: named("MessagePage")},
        group=_GROUP,
    ),
    Route(
        "POST",
        "/v1/sessions/{id}/messages",
        "add_message",
        "Say something without asking a model; a session that has ended is followed by a new one.",
        add,
        scope="write",
        body=named("NewMessage"),
        answers={201: named("AddedMessage")},
        group=_GROUP,
    ),
)
