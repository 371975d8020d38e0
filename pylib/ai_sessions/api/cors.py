"""Pages of other sites that the owner has named: what browsers must be told so that these may ask.

Without any, no page of another site can read an answer. Cookies of a browser never count for them:
they send a token (https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

from ai_sessions.api.guard import App, Receive, Scopes, Send

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_HEADERS = (
    b"authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, "
    b"x-session"
)
_EXPOSED = (
    b"etag, idempotency-replayed, location, retry-after, x-ignored, x-request-id, x-session, "
    b"x-should-retry"
)
#: Seconds for which a browser need not ask again.
_KEPT_S = b"600"
_VARY = (b"vary", b"origin")


def cors(inside: App, origins: Iterable[str]) -> App:
    """`inside`, also for pages of these origins: `https://app.example`, in lower case."""
    listed = frozenset(one.encode() for one in origins)
    if not listed:
        return inside

    async def asked(scope: Scopes, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin", b"")
        if origin.lower() not in listed:
            await inside(scope, receive, _sending(send, [_VARY]))
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _preflight(send, origin)
        else:
            await inside(scope, receive, _sending(send, [*_allowing(origin), _VARY]))

    return asked


def _allowing(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
    ]


async def _preflight(send: Send, origin: bytes) -> None:
    """A browser asks whether it may ask."""
    headers = [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _HEADERS),
        (b"access-control-max-age", _KEPT_S),
        _VARY,
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _sending(send: Send, more: list[tuple[bytes, bytes]]) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return sent
