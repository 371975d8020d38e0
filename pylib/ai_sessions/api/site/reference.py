"""`/docs`: every request of the server, with a line that sends it; made from what is served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ai_sessions.api import examples, problems
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages
from ai_sessions.display.html import tables
from ai_sessions.display.html.escaping import optional, text

Json = Mapping[str, Any]
PATH = "/docs"
_NAME = "requests_page"
_SUMMARY = "Page: every request, with its body, its answers and a line that sends it."
_BEGIN = (
    "<p>Each line runs in bash and zsh, with a token in <code>$token</code>:</p>\n"
    "<pre><code>token=$(serve.sh token show)</code></pre>\n"
    '<p>What stands in capital letters is yours to fill in. <a href="/openapi.json">The same for'
    " machines</a> (OpenAPI 3.1).</p>\n"
)
_FIELDS = ("Field", "Type", "")
_PARAMETERS = ("Parameter", "Type", "What it is")
#: What a JSON Schema says of a value beside its type.
_BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {}",
    "pattern": "as {}",
    "format": "{}",
    "default": "default {}",
}


def route(document: dict[str, Any]) -> Route:
    """The page of an OpenAPI document, which may be filled later."""

    def show(_service: Service, asked: Asked) -> Answer:
        server = f"{'https' if asked.is_secure else 'http'}://{asked.headers.get('host', '')}"
        content = (
            f'<main id="main">\n<h1>Requests</h1>\n{_BEGIN}{_content(document, server)}</main>\n'
        )
        return frame.page(asked, "Requests", content, PATH)

    return pages.page(PATH, _NAME, _SUMMARY, show)


def _content(document: Json, server: str) -> str:
    schemas = document["components"]["schemas"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = operation.get("tags", ["Others"])[0]
            line = examples.curl(server, method.upper(), path, operation, schemas)
            groups.setdefault(group, []).append(_operation(method.upper(), path, operation, line))
    links = "".join(f'<a href="#{_place(one)}">{text(one)}</a>\n' for one in (*groups, "Schemas"))
    told = "".join(
        f'<h2 id="{_place(group)}">{text(group)}</h2>\n{"".join(found)}'
        for group, found in groups.items()
    )
    return (
        f'<nav class="pages" aria-label="Groups">\n{links}</nav>\n{told}'
        f'<h2 id="schemas">Schemas</h2>\n{"".join(_schemas(schemas))}'
    )


def _place(group: str) -> str:
    return text(group.lower().replace(" ", "-"))


def _operation(method: str, path: str, operation: Json, line: str) -> str:
    named = f"<code>{text(method)} {text(path)}</code> {text(operation['summary'])}"
    return (
        f'<details id="{text(operation["operationId"])}"><summary>{named}</summary>\n'
        f'<pre tabindex="0"><code>{text(line)}</code></pre>\n'
        f"{_parameters(operation)}{_body(operation)}{''.join(_answers(operation))}</details>\n"
    )


def _parameters(operation: Json) -> str:
    rows = [
        (one["name"], _type(one["schema"], one.get("required", False)), one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    name = f"Parameters of {operation['operationId']}"
    return tables.table(_PARAMETERS, rows, name, _PARAMETERS) if rows else ""


def _body(operation: Json) -> str:
    body = operation.get("requestBody")
    if not body:
        return ""
    ((media, content),) = body["content"].items()
    need = "" if body["required"] else ", may be left out"
    told = f"<p>Body: {text(media)}{need}, {_type(content['schema'])}</p>\n"
    return told + _fields(content["schema"], f"Body of {operation['operationId']}")


def _answers(operation: Json) -> Iterator[str]:
    """What comes, then how it may fail."""
    failures = []
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            failures.append(f"{status} {text(problems.TITLES[int(status)])}")
            continue
        kinds = [
            f"{text(media)} {_type(one['schema'])}" if "schema" in one else text(media)
            for media, one in answer.get("content", {}).items()
        ]
        yield f"<p>{status}: {' or '.join(kinds) or text(answer['description'])}</p>\n"
    yield optional('<p class="soft">Failures: {}</p>\n', ", ".join(failures))


def _schemas(schemas: Json) -> Iterator[str]:
    for name, schema in schemas.items():
        yield f'<details id="schema-{text(name)}"><summary>{text(name)}</summary>\n'
        yield f"{_fields(schema, name) or f'<p>{_type(schema)}</p>'}</details>\n"


def _fields(schema: Json, name: str) -> str:
    needed = schema.get("required", ())
    rows = [
        (key, _type(one, key in needed), one.get("description", ""))
        for key, one in schema.get("properties", {}).items()
    ]
    return tables.table(_FIELDS, rows, name, _FIELDS) if rows else ""


def _type(schema: Json, is_required: bool = False) -> tables.Html:
    """In words; a schema that has a name is a link to it."""
    bounds = [shape.format(schema[key]) for key, shape in _BOUNDS.items() if key in schema]
    more = "".join(f", {text(one)}" for one in (*bounds, *["required"] * is_required))
    return tables.Html(_kind(schema) + more)


def _kind(schema: Json) -> str:
    if name := examples.name_of(schema):
        return tables.link(f"#schema-{name}", name)
    if "const" in schema:
        return text(repr(schema["const"]))
    if "enum" in schema:
        return text(" | ".join(map(str, schema["enum"])))
    if choices := schema.get("anyOf"):
        return " or ".join(map(_kind, choices))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    return text(kind if isinstance(kind, str) else " or ".join(kind))
