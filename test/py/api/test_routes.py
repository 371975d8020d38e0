"""Schemas of routes."""

from ai_sessions.api.routes import array_of, named, object_of


def test_an_object_takes_nothing_else_unless_it_says_so():
    assert object_of({"a": {}}, "a") == {
        "type": "object",
        "properties": {"a": {}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert object_of({"a": {}}, more=True) == {"type": "object", "properties": {"a": {}}}


def test_arrays_and_names_of_schemas():
    assert array_of(named("Session")) == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Session"},
    }
