"""What a route is: a method and path with its scope, what it takes and what it answers.

The server, its checks of requests and its OpenAPI document are made from these records alone, so
that they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from ai_sessions.api.answers import JSON, Answer
from ai_sessions.api.scopes import Scope, Token
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from ai_sessions.api.service import Service

#: `Route.line` of what asks the index of all sessions.
INDEX = "index"
Json = Mapping[str, Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query string. `schema`: JSON Schema of its value; of `integer`, `number`
    and `boolean` the text is read as such.
    """

    name: str
    schema: Json
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in and whose parts fit their schemas."""

    token: Token
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    """By name; a parameter that was not given is missing, unless its schema has a default."""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    csrf: str = ""
    """What forms of the answer have to bring along; empty for who came with a token."""
    is_secure: bool = False
    """Whether it came by HTTPS, to us or to a proxy."""
    once: str = ""
    """An id of this request that a repeat has, too (`Idempotency-Key`); empty: it has none."""


#: What does the work of a route. One that is `async` runs in the event loop and must not wait for
#: the disk; any other runs in a thread of the store.
Work = Callable[["Service", Asked], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `path` has its parameters in braces, `/v1/sessions/{id}`; one that may have
    slashes in it is `{id:path}`, and its route comes after those that go on behind it.
    """

    method: Method
    path: str
    name: str
    """Its `operationId`."""
    summary: str
    work: Work
    scope: Scope = "read"
    query: tuple[Query, ...] = ()
    body: Json | None = None
    """JSON Schema of its body; None: it takes none."""
    answers: Mapping[int, Json | None] = field(default_factory=lambda: {200: {"type": "object"}})
    """JSON Schema of each answer that is no failure, by its status; None: no content."""
    media: str = JSON
    """Of these answers."""
    texts: tuple[str, ...] = ()
    """Other media that they may have instead."""
    streams: bool = False
    """It may answer with server-sent events in place of these."""
    failures: tuple[int, ...] = ()
    """Statuses of its own beside those that every route has."""
    group: str = ""
    """Heading in the document."""
    most_bytes: int = 1 << 20
    """Of a body."""
    body_hint: str = "see /openapi.json"
    """What to do about a body that does not fit."""
    line: str = ""
    """Requests of one line are done one after another, in one thread at a time: a crowd of them
    would wait for the same lock, each in a thread that others need. Empty: of none.
    """
    needs_body: bool = True
    """False: a body may be left out."""
    is_form: bool = False
    """Its body is that of a form of HTML: texts by name."""
    failed: Callable[[Answer, str], Answer] | None = None
    """What tells people of a failure, given the problem and the path that was asked for; None: the
    problem does.
    """
    failure: Mapping[str, Json] = field(default_factory=dict)
    """JSON Schema of what `failed` makes, by its media type."""


def object_of(properties: Json, *required: str, more: bool = False) -> Json:
    """JSON Schema of an object with these properties. `more`: others may be there, too."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    return schema if more else {**schema, "additionalProperties": False}


def array_of(item: Json) -> Json:
    """JSON Schema of an array."""
    return {"type": "array", "items": dict(item)}


def named(name: str) -> Json:
    """Refers to a schema of `schemas.SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}
