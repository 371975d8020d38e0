"""The OpenAPI 3.1 document of a table of routes (https://spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ai_sessions import __version__
from ai_sessions.api import idempotency, problems
from ai_sessions.api.answers import FORM, JSON
from ai_sessions.api.logins import COOKIE
from ai_sessions.api.routes import Route, named
from ai_sessions.api.schemas import SCHEMAS

Plain = dict[str, Any]
#: `{id:path}` is one that may have slashes in it.
_PARAMETER = re.compile(r"{(\w+)(?::path)?}")
#: Statuses that any route may answer.
_ALWAYS = (400, 408, 413, 421, 429, 431, 500, 503, 507)
_WITH_TOKEN = (401, 403)
_WITH_BODY = (415,)
_UNSAFE = (403, 409)
_EVENTS = "text/event-stream"


def document(routes: Iterable[Route]) -> Plain:
    """All that is served, and nothing else."""
    paths: dict[str, Plain] = defaultdict(dict)
    for route in routes:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths[path][route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "ai-sessions",
            "version": __version__,
            "description": "Sessions of AI agents and models: the same as on the command line.",
        },
        "paths": dict(paths),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "login": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
        "security": [{"token": []}, {"login": []}],
    }


def _operation(route: Route) -> Plain:
    operation: Plain = {
        "operationId": route.name,
        "summary": route.summary,
        "responses": _responses(route),
    }
    if route.group:
        operation["tags"] = [route.group]
    if parameters := [*_in_path(route), *_in_query(route), *_in_headers(route)]:
        operation["parameters"] = parameters
    if route.body is not None:
        content = {FORM if route.is_form else JSON: {"schema": route.body}}
        operation["requestBody"] = {"required": route.needs_body, "content": content}
    if not route.scope:
        operation["security"] = []
    return operation


def _in_path(route: Route) -> list[Plain]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]


def _in_query(route: Route) -> list[Plain]:
    return [
        {
            "name": one.name,
            "in": "query",
            "required": one.required,
            "description": one.meaning,
            "schema": one.schema,
        }
        for one in route.query
    ]


def _in_headers(route: Route) -> list[Plain]:
    if not idempotency.is_offered(route):
        return []
    meaning = "A repeat with the same key gets the same answer, and nothing is done again."
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": meaning,
            "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
        }
    ]


def _responses(route: Route) -> Plain:
    answers: Plain = {
        str(status): _answer(route, status, schema) for status, schema in route.answers.items()
    }
    for status in sorted(_failures(route) - set(route.answers)):
        content = {problems.MEDIA: {"schema": named("Problem")}}  # the guard knows no routes
        content |= {media: {"schema": schema} for media, schema in route.failure.items()}
        answers[str(status)] = {"description": problems.TITLES[status], "content": content}
    return answers


def _answer(route: Route, status: int, schema: Any) -> Plain:
    told: Plain = {"description": problems.TITLES.get(status, "Done")}
    if schema is not None:
        # OpenAPI 3.1 has no schema for the events of a stream
        told["content"] = {route.media: {} if route.media == _EVENTS else {"schema": schema}}
        told["content"] |= {media: {"schema": {"type": "string"}} for media in route.texts}
        if route.streams:
            told["content"][_EVENTS] = {}
    return told


def _failures(route: Route) -> set[int]:
    found = {*_ALWAYS, *route.failures}
    if route.scope:
        found |= {*_WITH_TOKEN}
    if route.body is not None:
        found |= {*_WITH_BODY}
    if route.method != "GET":
        found |= {*_UNSAFE}
    if idempotency.is_offered(route):
        found.add(422)
    if _PARAMETER.search(route.path):
        found.add(404)
    return found
