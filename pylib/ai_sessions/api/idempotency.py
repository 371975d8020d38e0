"""Which requests are done once, however often they are sent: those with an `Idempotency-Key`."""

from __future__ import annotations

import orjson

from ai_sessions.api.kept_answers import Request, hashed
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Route

HEADER = "idempotency-key"
LONGEST = 255
_SORTED = orjson.OPT_SORT_KEYS


def request_of(route: Route, asked: Asked) -> Request | None:
    """None: it has no key, or nothing comes of doing it twice. Raises `Refused`."""
    key = asked.headers.get(HEADER)
    if key is None or not is_offered(route):
        return None
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise Refused(
            400, "usage", f"Idempotency-Key: 1 to {LONGEST} printable characters of ASCII"
        )
    asked_for = orjson.dumps([dict(asked.path), dict(asked.query), asked.body], option=_SORTED)
    return Request(
        hashed(asked.token.name, route.method, route.path, key), hashed(asked_for.decode())
    )


def is_offered(route: Route) -> bool:
    """Whether a request may have a key."""
    return route.method == "POST" and bool(route.scope) and not route.is_form
