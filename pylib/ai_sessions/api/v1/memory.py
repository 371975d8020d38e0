"""What a conversation is remembered by: segments, summaries, state, pins; the context that is made
of them, and search in what was said.
"""

from __future__ import annotations

from typing import Any

from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Query, Route, named
from ai_sessions.api.service import Service
from ai_sessions.api.v1.sessions import LIMIT, session_of
from ai_sessions.api.values import LABEL, OBJECT
from ai_sessions.conversations import lineage
from ai_sessions.errors import LimitReached
from ai_sessions.index import search as searching
from ai_sessions.records import Pin, Session
from ai_sessions.sessions import export

_GROUP = "Memory"


def segments(service: Service, asked: Asked) -> Answer:
    found = service.core.segments(session_of(service, asked))
    names = ("number", "first", "last", "reason", "ended_at")
    return Answer({"data": [{name: getattr(one, name) for name in names} for one in found]})


def summaries(service: Service, asked: Asked) -> Answer:
    """The newest first, which is the one that a model is told."""
    found = service.core.summaries(session_of(service, asked))
    return Answer({"data": list(map(export.summary, found))})


def add_summary(service: Service, asked: Asked) -> Answer:
    body = asked.body
    added = service.core.add_summary(
        session_of(service, asked),
        body["text"],
        covers_to=body.get("covers_to"),
        model=body.get("model", ""),
    )
    return Answer(export.summary(added), 201)


def compact(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    if not service.core.compact(session):
        raise Refused(
            409,
            "compacting",
            f"a summary of {session.name} is being written",
            "GET its /summaries to see it",
            headers={"retry-after": "1"},
        )
    return Answer({"session": session.uid}, 202)


def state(service: Service, asked: Asked) -> Answer:
    return _state(session_of(service, asked))


def change_state(service: Service, asked: Asked) -> Answer:
    return _state(service.core.update_state(session_of(service, asked), asked.body))


def _state(session: Session) -> Answer:
    return Answer({"state": dict(session.state)})


def pins(service: Service, asked: Asked) -> Answer:
    return _pins(session_of(service, asked))


def put_pin(service: Service, asked: Asked) -> Answer:
    session, body = session_of(service, asked), asked.body
    return Answer(
        _pin(
            service.core.remember(
                session,
                body.get("text", ""),
                key=body["key"],
                message=body.get("message", ""),
                reason=body.get("reason", ""),
            )
        )
    )


def delete_pin(service: Service, asked: Asked) -> Answer:
    return _pins(service.core.forget(session_of(service, asked), asked.query["key"]))


def _pins(session: Session) -> Answer:
    return Answer({"data": list(map(_pin, session.pins.values()))})


def _pin(pin: Pin) -> dict[str, Any]:
    return {
        "key": pin.key,
        "text": pin.text or "",
        "message": pin.message,
        "reason": pin.reason,
        "at": pin.at,
    }


def context(service: Service, asked: Asked) -> Answer:
    body, session = asked.body or {}, session_of(service, asked)
    try:
        told = service.core.build_context(
            session,
            body.get("max_messages"),
            limit=body.get("limit"),
            question=body.get("question", ""),
        )
    except LimitReached as error:
        raise Refused(422, "no_room", error.message, error.hint) from error
    return Answer({"session": session.uid, **export.context(told)})


def search(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    shared = lineage.shared(service.store, [session.name]) if lineage.is_fork(session) else None
    found = searching.search(
        service.index, asked.query["q"], [session.name], asked.query["limit"], shared
    )
    names = ("session", "seq", "at", "role", "excerpt")
    hits = [{name: getattr(one, name) for name in names} for one in found.hits]
    return Answer({"data": hits, "exact": found.exact})


_KEY = Query("key", LABEL, "Which one.", required=True)
_Q = Query("q", {"type": "string", "minLength": 1}, "Words to look for.", required=True)


def _route(method: Any, path: str, name: str, summary: str, work: Any, **more: Any) -> Route:
    scope = "read" if method == "GET" else "write"
    return Route(
        method,
        f"/v1/sessions/{{id}}/{path}",
        name,
        summary,
        work,
        **{"scope": scope, **more},
        group=_GROUP,
    )


ROUTES = (
    _route(
        "GET",
        "segments",
        "list_segments",
        "Parts of a log between breaks; a model is told the last one alone.",
        segments,
        answers={200: named("SegmentList")},
    ),
    _route(
        "GET",
        "summaries",
        "list_summaries",
        "Summaries of older messages, the newest first.",
        summaries,
        answers={200: named("SummaryList")},
    ),
    _route(
        "POST",
        "summaries",
        "add_summary",
        "Add a summary of what was said so far, or up to an entry.",
        add_summary,
        body=named("NewSummary"),
        answers={201: named("Summary")},
    ),
    _route(
        "POST",
        "compact",
        "compact_session",
        "Summarize the older messages now, in the background.",
        compact,
        answers={202: named("Compacting")},
    ),
    _route(
        "GET",
        "state",
        "get_state",
        "Variables of a conversation.",
        state,
        answers={200: named("State")},
    ),
    _route(
        "PATCH",
        "state",
        "change_state",
        "Set variables; null takes one away, others stay.",
        change_state,
        body=OBJECT,
        answers={200: named("State")},
    ),
    _route(
        "GET",
        "pins",
        "list_pins",
        "Words that every model is told verbatim.",
        pins,
        answers={200: named("PinList")},
    ),
    _route(
        "PUT",
        "pins",
        "put_pin",
        "Pin words, or those of a message, in place of those with the same key.",
        put_pin,
        body=named("NewPin"),
        answers={200: named("Pin")},
    ),
    _route(
        "DELETE",
        "pins",
        "delete_pin",
        "Take a pin away.",
        delete_pin,
        query=(_KEY,),
        answers={200: named("PinList")},
    ),
    _route(
        "POST",
        "context",
        "build_context",
        "What a model would be told, part by part, with the tokens of each. Nothing is written.",
        context,
        scope="read",
        body=named("ContextWanted"),
        needs_body=False,
        answers={200: named("Context")},
        failures=(422,),
    ),
    _route(
        "GET",
        "search",
        "search_session",
        "Messages of a conversation with these words.",
        search,
        query=(_Q, LIMIT),
        answers={200: named("Hits")},
    ),
)
