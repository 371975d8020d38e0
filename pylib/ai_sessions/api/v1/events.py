"""`/v1/events`: which sessions change, whoever changes them."""

from __future__ import annotations

from ai_sessions.api import sse
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route
from ai_sessions.api.service import Service


async def follow(service: Service, asked: Asked) -> Answer:
    events = service.changes.followed(asked.headers.get("last-event-id", ""))
    return Answer(media=sse.MEDIA, headers=sse.HEADERS, stream=sse.stream(events))


ROUTES = (
    Route(
        "GET",
        "/v1/events",
        "follow_events",
        "Which sessions change, and are gone, from now on or after `Last-Event-ID`.",
        follow,
        answers={200: {"type": "string"}},
        media=sse.MEDIA,
        group="Events",
    ),
)
