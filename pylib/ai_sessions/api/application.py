"""The server as an ASGI application, made from the table of routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as Path

from ai_sessions.api import guard, handling, problems
from ai_sessions.api.answers import Answer
from ai_sessions.api.cors import cors
from ai_sessions.api.guard import App, Guard, Scopes
from ai_sessions.api.routes import Route
from ai_sessions.api.service import Service
from ai_sessions.api.site.failures import failed
from ai_sessions.api.table import ROUTES
from ai_sessions.errors import AiSessionsError


def application(
    service: Service,
    hosts: Iterable[str],
    origins: Iterable[str],
    routes: Iterable[Route] = ROUTES,
    cors_origins: Collection[str] = (),
) -> App:
    """`hosts`, `origins`: as `Guard`. `cors_origins`: of pages of others that may ask, too."""
    by_path: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in routes:
        by_path[route.path][route.method] = route
    paths = [(_path(service, path, methods), methods) for path, methods in by_path.items()]
    handlers = {404: _no_path}
    inside = Starlette(routes=[path for path, _ in paths], exception_handlers=handlers)
    # a redirect behind a proxy that does TLS would name http://, and a token would go there
    inside.router.redirect_slashes = False
    writers = (*origins, *cors_origins)
    failed_there = partial(_told, paths)
    guarded = Guard(
        inside, service.access, service.logins, service.rates, hosts, writers, failed_there
    )
    return service.requests.counted(cors(guarded, cors_origins))


def _told(
    paths: Iterable[tuple[Path, Mapping[str, Route]]], problem: Answer, scope: Scopes
) -> Answer:
    """A problem of who is not let in, in the way of what is at that path."""
    there = (methods for path, methods in paths if path.matches(scope)[0] is not Match.NONE)
    ways = (route.failed for route in next(there, {}).values() if route.failed)
    way = next(ways, None)
    return way(problem, scope["path"]) if way else problem


def _path(service: Service, path: str, methods: Mapping[str, Route]) -> Path:
    """All methods of a path; others are answered with 405 and the list of these. `HEAD` is a `GET`
    of which the head alone is sent (RFC 9110, 9.3.2).
    """
    known = {"HEAD": methods["GET"], **methods} if "GET" in methods else methods

    async def endpoint(request: Request) -> Response:
        route = known.get(request.method)
        if route is None:
            allow = {"allow": ", ".join(sorted(known))}
            told = f"{request.method} is not offered here"
            return handling.response(problems.answer(405, "method", told, headers=allow))
        request.scope["ai_sessions.route"] = route.name
        try:
            token = guard.allowed(request.scope["ai_sessions.token"], route.scope)
        except AiSessionsError as error:
            return handling.failed(route, request, problems.of_error(error))
        request.scope["ai_sessions.token"] = token
        return await handling.handled(service, route, request)

    made = Path(path, endpoint)
    made.methods = None  # any: those that are not offered are answered above
    return made


async def _no_path(request: Request, _error: Exception) -> Response:
    path = request.url.path
    told = problems.answer(404, "not_found", f"nothing is at {path[:200]}")
    is_person = "text/html" in request.headers.get("accept", "")
    return handling.response(failed(told, path) if is_person else told)
