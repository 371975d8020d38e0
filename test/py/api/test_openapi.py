"""The OpenAPI document says what is served."""

import pytest

from ai_sessions.api import openapi
from ai_sessions.api.table import ROUTES

DOCUMENT = openapi.document(ROUTES)
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names) == len(ROUTES)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is_for_and_how_it_fails(path, method, operation):
    assert operation["summary"].endswith(".")
    assert "500" in operation["responses"]
    assert ("401" in operation["responses"]) is (operation.get("security") != [])


def test_every_schema_that_is_referred_to_is_there():
    text = str(DOCUMENT)
    named = {part.partition("'")[0] for part in text.split("#/components/schemas/")[1:]}

    assert named <= set(DOCUMENT["components"]["schemas"])


def names_in(schema):
    """Names of all properties, however deep."""
    if isinstance(schema, list):
        return {name for one in schema for name in names_in(one)}
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())) | names_in(list(schema.values()))


def test_no_request_names_a_server_to_ask():
    """It could be one inside of the network; those of providers come from the settings alone."""
    bodies = [operation.get("requestBody") for _, _, operation in OPERATIONS]
    queries = {
        one["name"] for _, _, operation in OPERATIONS for one in operation.get("parameters", ())
    }
    named = names_in(bodies) | names_in(DOCUMENT["components"]["schemas"]) | queries

    assert not {
        name for name in named if any(part in name.lower() for part in ("url", "host", "endpoint"))
    }
