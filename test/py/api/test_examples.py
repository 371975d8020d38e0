"""Examples of requests fit what the server takes."""

import shlex

import pytest

from ai_sessions.api import checking, examples, openapi
from ai_sessions.api.routes import Query
from ai_sessions.api.schemas import SCHEMAS, resolved
from ai_sessions.api.table import ROUTES

WITH_BODY = [route for route in ROUTES if route.body is not None]
DOCUMENT = openapi.document(ROUTES)


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_the_body_of_an_example_fits_its_schema(route):
    body = examples.value(route.body, SCHEMAS)

    assert checking.faults(resolved(route.body), body) == []


def line_of(method, path):
    operation = DOCUMENT["paths"][path][method.lower()]
    return examples.curl("http://box:1", method, path, operation, SCHEMAS)


def test_a_line_names_what_has_to_be_filled_in():
    line = line_of("GET", "/v1/sessions/{id}/search")

    assert "'http://box:1/v1/sessions/ID/search?q=TEXT'" in line


def test_a_token_is_sent_where_one_is_needed_and_no_process_shows_it():
    assert examples.TOKEN in line_of("GET", "/v1/sessions")
    assert "Authorization" not in line_of("GET", "/healthz")


def test_a_body_is_one_word_of_the_line():
    words = shlex.split(line_of("POST", "/v1/sessions/{id}/chat"), posix=True)

    assert words[-2:] == ["-d", '{"text": "TEXT"}']


def test_a_form_is_sent_as_one():
    operation = {
        "security": [],
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"a": {"const": "x y"}},
                        "required": ["a"],
                    }
                }
            }
        },
    }

    assert examples.curl("http://b", "POST", "/f", operation, {}).endswith(" -d a=x+y")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 60}, 60),
        ({"type": ["string", "null"]}, "TEXT"),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        (Query("x", {"enum": ["b", "a"]}, "").schema, "b"),
    ],
)
def test_the_least_that_fits(schema, expected):
    assert examples.value(schema, {}) == expected
