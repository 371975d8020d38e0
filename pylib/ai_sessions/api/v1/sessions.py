"""`/v1/sessions`: the sessions themselves."""

from __future__ import annotations

from typing import Any

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route, named
from ai_sessions.api.service import Service
from ai_sessions.errors import NotFound
from ai_sessions.records import Session
from ai_sessions.sessions import export

_GROUP = "Sessions"


def session_of(service: Service, asked: Asked) -> Session:
    """The one that the path names, by its id or name. Raises `NotFound`."""
    given = asked.path["id"]
    found = service.core.find_by_id(given)
    if found is None:
        raise NotFound(f"no session {given[:120]!r}", "GET /v1/sessions lists them")
    return found


def plain(session: Session) -> dict[str, Any]:
    """A session as JSON."""
    return {"id": session.uid, **export.facts(session)}


def version(session: Session) -> str:
    """Its ETag: another one after each change."""
    return f'"{session.uid}.{session.last_seq}"'


def read(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    tag = version(session)
    if asked.headers.get("if-none-match") == tag:
        return Answer(status=304, headers={"etag": tag})
    return Answer(plain(session), headers={"etag": tag})


ROUTES = (
    Route(
        "GET",
        "/v1/sessions/{id}",
        "get_session",
        "One session, with what it cost; its ETag is its version.",
        read,
        answers={200: named("Session"), 304: None},
        group=_GROUP,
    ),
)
