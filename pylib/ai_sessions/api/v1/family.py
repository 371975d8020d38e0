"""`/v1/sessions/{id}/fork` and `/children`: sessions that come from another one."""

from __future__ import annotations

from ai_sessions import ids
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route, named
from ai_sessions.api.service import Service
from ai_sessions.api.v1.sessions import plain, session_of, shown

_GROUP = "Family"


def fork(service: Service, asked: Asked) -> Answer:
    body = asked.body or {}
    name = body.get("name") or f"chat-{ids.new()}"
    made = service.core.fork(session_of(service, asked), name, body.get("at", ""))
    return shown(service, made, 201)


def children(service: Service, asked: Asked) -> Answer:
    found = service.core.children(session_of(service, asked))
    return Answer({"data": [plain(service, one) for one in found]})


ROUTES = (
    Route(
        "POST",
        "/v1/sessions/{id}/fork",
        "fork_session",
        "Go on in a new session from the message `at`, or from the last one.",
        fork,
        scope="write",
        body=named("NewFork"),
        needs_body=False,
        answers={201: named("Session")},
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/sessions/{id}/children",
        "list_children",
        "Forks of a session, and sessions that followed it.",
        children,
        answers={200: named("SessionList")},
        group=_GROUP,
    ),
)
