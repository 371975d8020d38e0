"""An example of a request: a body that fits its JSON Schema, and the line that sends it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ai_sessions.api.answers import FORM, JSON

Json = Mapping[str, Any]
#: The token comes as a file, so that no list of processes shows it.
TOKEN = '@<(echo "Authorization: Bearer $token")'  # noqa: S105
_NUMBER = 1
#: Texts; where there is a pattern, the first that fits it.
_WORDS = ("TEXT", "web")


def value(schema: Json, schemas: Json) -> Any:
    """The least that fits: what is required, and of choices the first. `schemas`: those that are
    referred to, by their names.
    """
    if name := name_of(schema):
        return value(schemas[name], schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    return _of_kind(kind if isinstance(kind, str) else kind[0], schema, schemas)


def name_of(schema: Json) -> str:
    """Of the schema that this one refers to; empty: it is one itself."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _of_kind(kind: str, schema: Json, schemas: Json) -> Any:
    if kind == "object":
        known = schema.get("properties", {})
        return {key: value(known[key], schemas) for key in _needed(schema)}
    if kind == "array":
        return [value(schema.get("items", {}), schemas)]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return max(_NUMBER, schema.get("minimum", _NUMBER))
    pattern = schema.get("pattern", "")
    return next((one for one in _WORDS if re.search(pattern, one)), _WORDS[0])


def _needed(schema: Json) -> list[str]:
    """Properties that have to be there: also those of the first choice, as `action` is one."""
    found = list(schema.get("required", ()))
    if case := next(iter(schema.get("allOf", ())), None):
        found += [one["anyOf"][0]["required"][0] for one in case["then"]["allOf"]]
    return found


def curl(server: str, method: str, path: str, operation: Json, schemas: Json) -> str:
    """A command for bash or zsh, with `$token` in it where one is needed. `path`, `operation`: of
    the OpenAPI document; what has to be put in place of a parameter stands in capital letters.
    """
    given = operation.get("parameters", ())
    path = _filled(path, given)
    query = {one["name"]: value(one["schema"], schemas) for one in given if _is_asked(one)}
    url = f"{server}{path}{'?' if query else ''}{urlencode(query)}"
    words = ["curl", "-sS", *(["-X", method] if method != "GET" else [])]
    line = " ".join([*words, shlex.quote(url)])
    if operation.get("security") != []:
        line += f" -H {TOKEN}"
    return line + _sent(operation.get("requestBody"), schemas)


def _filled(path: str, given: Any) -> str:
    for one in given:
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", one["name"].upper())
    return path


def _is_asked(parameter: Json) -> bool:
    return bool(parameter["in"] == "query" and parameter.get("required"))


def _sent(body: Json | None, schemas: Json) -> str:
    if body is None:
        return ""
    ((media, content),) = body["content"].items()
    example = value(content["schema"], schemas)
    if media == FORM:
        return f" -d {shlex.quote(urlencode(example))}"
    return f" -H {shlex.quote(f'content-type: {JSON}')} -d {shlex.quote(json.dumps(example))}"
