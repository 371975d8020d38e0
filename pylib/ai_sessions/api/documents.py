"""What the server says of itself: whether it is well, and all that may be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ai_sessions.api import openapi
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route, object_of
from ai_sessions.api.service import Service
from ai_sessions.api.site import reference

_GROUP = "Server"


async def _health(_service: Service, _asked: Asked) -> Answer:
    return Answer({"status": "ok"})


_HEALTH = Route(
    "GET",
    "/healthz",
    "health",
    "Whether the server answers; the one path that needs no token.",
    _health,
    scope="",
    answers={200: object_of({"status": {"const": "ok"}}, "status")},
    group=_GROUP,
)


def with_documents(others: Iterable[Route]) -> tuple[Route, ...]:
    """Routes, and those that tell of them."""

    async def document(_service: Service, _asked: Asked) -> Answer:
        return Answer(described)

    told = Route(
        "GET", "/openapi.json", "openapi", "This document (OpenAPI 3.1).", document, group=_GROUP
    )
    described: dict[str, Any] = {}
    routes = (_HEALTH, told, *others, reference.route(described))
    described |= openapi.document(routes)
    return routes
