"""What every request has to pass before a route sees it: its Host, its Origin, who it is from."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ai_sessions import threads
from ai_sessions.api import handling, logins, problems, targets
from ai_sessions.api import rates as of_tokens
from ai_sessions.api.access import Access
from ai_sessions.api.answers import Answer
from ai_sessions.api.logins import Logins
from ai_sessions.api.problems import Refused
from ai_sessions.api.scopes import NOBODY, Scope, Token
from ai_sessions.errors import AiSessionsError
from ai_sessions.rates import Rates

Scopes = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scopes, Receive, Send], Awaitable[None]]
#: Methods that change nothing, so that a page of another site may cause them.
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
#: What our tokens look like, and the parameters that have held a token elsewhere.
_TOKEN = re.compile(r"ais_[\w-]{20,}")
_TOKEN_NAMES = frozenset(("token", "access_token", "api_key", "apikey", "authorization", "bearer"))
#: Headers of which a second one would leave open which of them counts.
_ONCE = (b"host", b"origin", b"authorization")
#: What all answers say to browsers.
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
)


class Guard:
    """`inside` for those who may come in; puts their token into the scope of the request."""

    def __init__(
        self,
        inside: App,
        access: Access,
        browsers: Logins,
        rates: Rates,
        hosts: Iterable[str],
        origins: Iterable[str],
        failed: Callable[[Answer, Scopes], Answer],
    ) -> None:
        """`hosts`: values of Host that are ours, lower case, with port where it is not the
        scheme's. `origins`: of pages that may write here. `failed`: tells a problem in the way of
        what was asked for.
        """
        self._failed = failed
        self._inside, self._access, self._logins = inside, access, browsers
        self._rates = rates
        self._hosts, self._origins = frozenset(hosts), frozenset(origins)

    async def __call__(self, scope: Scopes, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        came = scope["headers"]
        targets.as_path(scope)
        headers = dict(scope["headers"])
        try:
            _check_once(came)
            _check_framing(scope["http_version"], headers)
            self._check_host(headers)
            _check_address(scope)
            self._check_origin(scope["method"], headers)
            scope["ai_sessions.is_secure"] = self._is_secure(scope, headers)
            await self._let_in(scope, headers)
            if token := scope["ai_sessions.token"]:
                of_tokens.count(self._rates, token)
        except (AiSessionsError, OSError) as error:  # also a list of tokens that cannot be read
            known = problems.known(error)
            if known is None:
                raise
            refused = handling.response(self._failed(problems.of_error(known), scope))
            await refused(scope, receive, _with_headers(send))
            return
        await self._inside(scope, receive, _with_headers(send))

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        """Another name that leads here is a page of a stranger that was given our address."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in self._hosts:
            raise Refused(
                421, "host", f"no server of the name {host[:80]!r}", "start it with --public-url"
            )

    def _check_origin(self, method: str, headers: dict[bytes, bytes]) -> None:
        origin = headers.get(b"origin")
        if method in _SAFE or origin is None:
            return
        if origin.decode("latin-1").lower() not in self._origins:
            raise Refused(403, "origin", "a page of another site must not write here")

    def _is_secure(self, scope: Scopes, headers: dict[bytes, bytes]) -> bool:
        host = headers[b"host"].decode("latin-1").lower()
        return scope["scheme"] == "https" or f"http://{host}" not in self._origins

    async def _let_in(self, scope: Scopes, headers: dict[bytes, bytes]) -> None:
        """Note who asks. A cookie is sent by the browser, whoever made it ask: what changes
        something needs a secret of our pages beside it (`csrf`).
        """
        scope["ai_sessions.csrf"] = ""
        came_at = scope.get("state", {}).get("came_at", math.inf)
        scope["ai_sessions.token"] = found = await self._token(headers, came_at)
        cookie = logins.cookie_in(headers.get(b"cookie", b"").decode("latin-1"))
        if found or not cookie:
            return
        found = await threads.run(self._logins.find, cookie, datetime.now(UTC))
        if found is not None:
            scope["ai_sessions.token"], scope["ai_sessions.csrf"] = found, logins.csrf(cookie)

    async def _token(self, headers: dict[bytes, bytes], came_at: float) -> Token | None:
        """Whose token came along; None: there was none. Raises `Refused` for a wrong one."""
        kind, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if not kind:
            return None
        found = None
        if kind.lower() == "bearer" and given.strip():
            if self._access.is_current(came_at):
                found = self._access.find_known(given.strip())
            else:
                found = await threads.run(self._access.find, given.strip())
        if found is None:
            raise unauthorized("the token is not valid")
        return found


def _check_once(headers: Iterable[tuple[bytes, bytes]]) -> None:
    given = [name for name, _ in headers if name in _ONCE]
    if len(given) > len(set(given)):
        raise Refused(400, "http", "Host, Origin and Authorization must come once")


def _check_framing(version: str, headers: dict[bytes, bytes]) -> None:
    """Where a proxy and we could see the end of a body in two places, what follows it would be a
    request that the proxy has not looked at (RFC 9112, 6.1). The connection has no further use.
    """
    if b"transfer-encoding" in headers and (b"content-length" in headers or version == "1.0"):
        told = "where the body ends is not clear: Content-Length or Transfer-Encoding, not both"
        raise Refused(400, "http", told, headers={"connection": "close"})


def _check_address(scope: Scopes) -> None:
    """An address is kept in histories and logs of others, so that a token in it is lost."""
    query = scope.get("query_string", b"").decode("latin-1")
    named = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    if named & _TOKEN_NAMES or _TOKEN.search(f"{scope['path']} {unquote(query)}"):
        raise Refused(
            400,
            "token_in_url",
            "a token must not be in an address, which others keep",
            "send Authorization: Bearer TOKEN; revoke what was in the address: serve.sh token",
        )


def allowed(token: Token | None, scope: Scope) -> Token:
    """The token, when it allows what a route does. Raises `Refused`."""
    if not scope:
        return token or NOBODY
    if token is None:
        raise unauthorized("a token is needed")
    if not token.allows(scope):
        raise Refused(
            403, "scope", f"the token {token.name!r} allows {token.scope}, this needs {scope}"
        )
    return token


def unauthorized(message: str) -> Refused:
    return Refused(
        401,
        "token",
        message,
        "send Authorization: Bearer TOKEN; serve.sh token show tells the owner's",
        headers={"www-authenticate": "Bearer"},
    )


def hosts_of(host: str, port: int, public_url: str = "") -> frozenset[str]:
    """Values of Host for a server at this address."""
    names = {*_LOOPBACK, host.lower() if ":" not in host else f"[{host.lower()}]"}
    found = {f"{name}:{port}" for name in names}
    if port in _PORTS.values():  # clients leave out that of the scheme
        found |= names
    if public_url:
        found |= _places(public_url)
    return frozenset(found)


def _places(url: str) -> set[str]:
    """Host and port of a URL, with and without the port of its scheme."""
    parts = urlsplit(url.lower())
    usual = f":{_PORTS[parts.scheme]}"
    bare = parts.netloc.removesuffix(usual)
    return {bare, f"{bare}{usual}"} if parts.port in (None, _PORTS[parts.scheme]) else {bare}


def origins_of(host: str, port: int, public_url: str = "") -> frozenset[str]:
    """Origins of our own pages there."""
    found = {f"{scheme}://{one}" for one in hosts_of(host, port) for scheme in ("http", "https")}
    if public_url:
        scheme = urlsplit(public_url).scheme
        found |= {f"{scheme}://{one}" for one in _places(public_url)}
    return frozenset(found)


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", ())}
            more = [pair for pair in HEADERS if pair[0] not in known]
            message["headers"] = [*message.get("headers", ()), *more]
        await send(message)

    return sent
