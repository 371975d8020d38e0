"""`/v1/sessions/{id}/chat` and `/turn`: talk with a model, follow its answer, end it."""

from __future__ import annotations

from dataclasses import replace

from ai_sessions import threads
from ai_sessions.api import answering, following, sse
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Query, Route, named, object_of
from ai_sessions.api.service import Service
from ai_sessions.api.turns import Turn, busy
from ai_sessions.api.v1.sessions import session_of
from ai_sessions.records import Session
from ai_sessions.sessions import latest

_GROUP = "Chat"
_BODY = object_of(
    {
        "text": {"type": "string", "minLength": 1},
        "provider": {"type": "string", "maxLength": 64},
        "model": {"type": "string", "maxLength": 256},
        "stream": {"type": "boolean"},
        "require_resume": {"type": "boolean"},
        "timeout_s": {"type": "number", "exclusiveMinimum": 0, "maximum": 86_400},
    },
    "text",
)


async def chat(service: Service, asked: Asked) -> Answer:
    """Begin a turn; it goes on when the client goes away."""
    session = await threads.run(session_of, service, asked)
    await _refuse_a_second(service, session)
    turn = await threads.run(answering.prepared, service, asked.token, session, asked.body)
    begun = Turn(turn.id, turn.chat.session, keeps_words=turn.keeps_words)
    service.turns.begin(begun, lambda one: turn.ask(one.watch, one.stop))
    if asked.body.get("stream"):
        told = _streamed(service, begun.session, begun.id)
        # a session that is over is followed by another one: there the turn is
        where = f"/v1/sessions/{begun.session}/turn?call={begun.id}"
        return replace(told, headers={**told.headers, "location": where})
    result = await begun.result()
    found = service.store, result.session.name, result.interaction.id
    return answering.answer(result, await threads.run(latest.call, *found))


async def _refuse_a_second(service: Service, session: Session) -> None:
    """Raises `Refused` when a turn is under way that this server, or another process, has begun."""
    call = str(session.calling.get("id", ""))
    if not call:
        return
    if not await threads.run(following.is_over, service, session.name, call):
        raise busy(session.name, call)


async def follow(service: Service, asked: Asked) -> Answer:
    """What has come of the turn that is under way, and what comes. With `Last-Event-ID` also of one
    that has ended since.
    """
    session = await threads.run(session_of, service, asked)
    last = asked.headers.get("last-event-id", "")
    place = following.place_of(last)
    call = asked.query.get("call") or place.call or _under_way(service, session)
    if not call or last == following.end_of(call):
        return Answer(status=204)
    return _streamed(service, session.name, call, place)


async def cancel(service: Service, asked: Asked) -> Answer:
    """End the turn that is under way; what was said by then is kept."""
    session = await threads.run(session_of, service, asked)
    turn = service.turns.of(session.name)
    if turn and not turn.is_over:
        turn.stop.set()
        return Answer({"cancelled": turn.id}, 202)
    if _under_way(service, session):
        raise Refused(409, "elsewhere", "another process has begun this turn, and can end it")
    raise Refused(404, "no_turn", f"no turn is under way in {session.name}")


def _under_way(service: Service, session: Session) -> str:
    turn = service.turns.of(session.name)
    if turn and not turn.is_over:
        return turn.id
    return str(session.calling.get("id", ""))


def _streamed(
    service: Service, session: str, call: str, after: following.Place | None = None
) -> Answer:
    events = following.followed(service, session, call, after or following.Place())
    return Answer(media=sse.MEDIA, headers=sse.HEADERS, stream=sse.stream(events))


ROUTES = (
    Route(
        "POST",
        "/v1/sessions/{id}/chat",
        "chat",
        "Ask a model in a session; with `stream` the answer comes as server-sent events.",
        chat,
        scope="write",
        body=_BODY,
        answers={200: named("Turn")},
        failures=(502, 504),
        streams=True,
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/sessions/{id}/turn",
        "follow_turn",
        "Follow the turn that is under way, from its beginning or after `Last-Event-ID`.",
        follow,
        query=(Query("call", {"type": "string", "maxLength": 64}, "Id of a call; none: of that."),),
        answers={200: {"type": "string"}, 204: None},
        media=sse.MEDIA,
        group=_GROUP,
    ),
    Route(
        "DELETE",
        "/v1/sessions/{id}/turn",
        "cancel_turn",
        "End the turn that is under way; what was said by then is kept.",
        cancel,
        scope="write",
        answers={202: object_of({"cancelled": {"type": "string"}}, "cancelled")},
        group=_GROUP,
    ),
)
