"""From a request to its route and back: the body read, all parts checked, failures told."""

from __future__ import annotations

import hmac
import inspect
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from ai_sessions import threads
from ai_sessions.api import checking, freshness, idempotency, kept_answers, problems
from ai_sessions.api.answers import FORM, JSON, Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.revoking import while_allowed
from ai_sessions.api.routes import Asked, Query, Route
from ai_sessions.api.scopes import NOBODY
from ai_sessions.api.service import Service

#: Most fields of a form.
_MOST_FIELDS = 50
_TRUE, _FALSE = ("true", "1"), ("false", "0")


async def handled(service: Service, route: Route, request: Request) -> Response:
    """Do what a request asks for, which was let in."""
    try:
        answer = await _done(service, route, request)
        token = request.scope["ai_sessions.token"]
        if answer.stream is not None and token is not NOBODY:
            answer = replace(answer, stream=while_allowed(service.access, token, answer.stream))
        return response(await _without_stream(answer) if request.method == "HEAD" else answer)
    except ClientDisconnect:
        return Response(status_code=400)  # which nobody reads
    except Exception as error:
        if known := problems.known(error):
            return failed(route, request, problems.of_error(known))
        logging.getLogger("ai_sessions").exception("%s %s", route.method, route.path)
        told = problems.answer(500, "bug", "something broke; the server's log has more")
        return failed(route, request, told)


async def _without_stream(answer: Answer) -> Answer:
    """For `HEAD`: a stream is ended before it is read. Of a body uvicorn sends the length alone."""
    if answer.stream is None:
        return answer
    await anext(answer.stream, b"")  # one that was never begun would not let go of what it has
    await answer.stream.aclose()  # type: ignore[attr-defined]
    return replace(answer, stream=_nothing())


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield


def failed(route: Route, request: Request, problem: Answer) -> Response:
    """A failure, told in the way of the route."""
    return response(route.failed(problem, str(request.url.path)) if route.failed else problem)


async def _done(service: Service, route: Route, request: Request) -> Answer:
    asked = Asked(
        token=request.scope["ai_sessions.token"],
        path=request.path_params,
        query=_query(route, request),
        body=await _body(route, request),
        headers=dict(request.headers.items()),
        csrf=request.scope["ai_sessions.csrf"],
        is_secure=request.scope["ai_sessions.is_secure"],
    )
    _check_csrf(route, asked)
    once = idempotency.request_of(route, asked)
    if once is None:
        return await _worked(service, route, asked)
    return await _once(service, route, replace(asked, once=once.id), once)


async def _once(
    service: Service, route: Route, asked: Asked, request: kept_answers.Request
) -> Answer:
    """Do it unless it was done: then its answer is told again."""
    kept: Answer | None = await threads.run(service.kept_answers.begin, request)
    if kept is not None:
        return kept
    try:
        answer = await _worked(service, route, asked)
    except BaseException:
        await threads.run(service.kept_answers.forget, request)
        raise
    await threads.run(service.kept_answers.end, request, answer)
    return answer


async def _worked(service: Service, route: Route, asked: Asked) -> Answer:
    if inspect.iscoroutinefunction(route.work):
        return await route.work(service, asked)  # type: ignore[no-any-return]
    freshness.came()
    writes = route.method != "GET"
    found: Answer = await threads.run(
        route.work,
        service,
        asked,
        key=route.line or (asked.path.get("id") if writes else None),
        group=service.store.group if writes else None,
    )
    return found


def _check_csrf(route: Route, asked: Asked) -> None:
    """What a browser sends with its cookie has to come from a page of ours."""
    if not (asked.csrf and route.scope) or route.method == "GET":
        return
    field = asked.body.get("csrf", "") if route.is_form else ""
    given = asked.headers.get("x-csrf-token", field)
    if not hmac.compare_digest(given.encode(), asked.csrf.encode()):
        told = "the request does not come from a page of this server"
        raise Refused(403, "csrf", told, "load the page again, or send a token")


def response(answer: Answer) -> Response:
    """As starlette sends it."""
    if answer.stream is not None:
        return StreamingResponse(
            answer.stream, answer.status, dict(answer.headers), media_type=answer.media
        )
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    body = answer.body if isinstance(answer.body, bytes) else orjson.dumps(answer.body)
    return Response(body, answer.status, dict(answer.headers), media_type=answer.media)


def _query(route: Route, request: Request) -> dict[str, Any]:
    known = {one.name: one for one in route.query}
    given = request.query_params.multi_items()
    unknown = sorted({name for name, _ in given} - set(known))
    if unknown:
        there = ", ".join(known) or "none"
        raise Refused(400, "usage", f"no parameter {unknown[0]!r:.80}", f"there are: {there}")
    found = {one.name: one.schema["default"] for one in route.query if "default" in one.schema}
    for name, text in given:
        found[name] = _value(known[name], text)
    missing = [one.name for one in route.query if one.required and one.name not in found]
    if missing:
        raise Refused(400, "usage", f"the parameter {missing[0]} is missing")
    return found


def _value(query: Query, text: str) -> Any:
    """The value of a parameter; raises `Refused` for one that does not fit."""
    value: Any = text
    kind = query.schema.get("type")
    try:
        if kind == "integer":
            value = int(text)
        elif kind == "number":
            value = float(text)
    except ValueError:
        pass
    if kind == "boolean":
        value = True if text in _TRUE else False if text in _FALSE else text
    for problem in checking.faults(query.schema, value):
        raise Refused(400, "usage", f"{query.name}={text[:80]!r}: {problem}")
    return value


async def _body(route: Route, request: Request) -> Any:
    """The body as a JSON value; None where the route takes none."""
    raw = await _read(request, route.most_bytes)
    if route.body is None:
        return None
    if not raw and not route.needs_body:
        return None
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = FORM if route.is_form else JSON
    if media != wanted:
        raise Refused(415, "media", f"a body of {media[:80] or 'no type'}", f"send {wanted}")
    value = _form(raw) if route.is_form else _json(raw)
    if problems_found := checking.faults(route.body, value):
        raise Refused(
            400, "usage", problems_found[0], route.body_hint, errors=tuple(problems_found)
        )
    return value


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError as error:
        raise Refused(400, "json", f"the body is not JSON: {error}") from error


def _form(raw: bytes) -> dict[str, str]:
    text = raw.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Refused(400, "form", f"the body is no form: {error}") from error


async def _read(request: Request, most: int) -> bytes:
    """The whole body. Raises `Refused` as soon as it is known to be larger than `most` bytes."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > most:
            raise _too_large(most)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(most: int) -> Refused:
    # the rest of the body is not read: the connection has no further use
    return Refused(
        413, "too_large", f"the body has more than {most} bytes", headers={"connection": "close"}
    )
