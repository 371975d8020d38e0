"""Values of requests against their schemas."""

import pytest

from ai_sessions.api import checking
from ai_sessions.api.routes import array_of, object_of

COUNT = {"type": "integer", "minimum": 1}
NUMBER = {"type": "number"}
MAYBE = {"type": ["integer", "null"]}
SCHEMA = object_of(
    {
        "count": COUNT,
        "maybe": MAYBE,
        "some": array_of(COUNT),
        "share": {"type": "number"},
        "any": {},
    }
)


@pytest.mark.parametrize("name", ["count", "maybe"])
def test_a_whole_number_with_a_point_is_an_integer(name):
    value = {name: 2.0}

    assert checking.faults(SCHEMA, value) == []
    assert str(value[name]) == "2"


def test_so_it_is_in_an_array():
    value = {"some": [1.0, 2]}

    assert checking.faults(SCHEMA, value) == []
    assert str(value["some"]) == "[1, 2]"


@pytest.mark.parametrize("name", ["share", "any"])
def test_other_numbers_stay_as_they_were_written(name):
    value = {name: 2.0}
    checking.faults(SCHEMA, value)

    assert str(value[name]) == "2.0"


@pytest.mark.parametrize("wrong", [1.5, True, "1", [], 0.0, 1e400])
def test_what_is_no_integer_is_told(wrong):
    assert checking.faults(SCHEMA, {"count": wrong})[0].startswith("$.count: ")


@pytest.mark.parametrize(("wrong", "shown"), [(None, "null"), (True, "true"), ([None], "[null]")])
def test_a_value_is_told_as_json_has_it(wrong, shown):
    assert checking.faults(SCHEMA, {"count": wrong}) == [
        f"$.count: {shown} is not of type 'integer'"
    ]


@pytest.mark.parametrize("inexact", [2.0**53, 1e30])
def test_a_number_that_may_have_been_another_one_is_no_integer(inexact):
    assert "is not of type 'integer'" in checking.faults(SCHEMA, {"count": inexact})[0]


def test_no_more_faults_are_told_than_can_be_read():
    assert len(checking.faults(array_of(COUNT), ["x"] * 100)) == 5


def test_of_several_ways_to_be_right_the_nearest_is_told():
    schema = {"anyOf": [{"type": "string"}, object_of({"a": COUNT}, "a")]}

    assert checking.faults(schema, {"a": 0}) == ["$.a: 0 is less than the minimum of 1"]
