"""What agents print: whatever a field holds, it is of the type that was asked for."""

import pytest

from ai_sessions.providers import fields

ODD = [None, 5, "x", [], [1], {}, {"k": None}, {"k": {"k": 1}}]


@pytest.mark.parametrize(
    "line", ["", "[]", "7", "null", '"x"', "{", "{'a': 1}", "[" * 100_000, '{"a":1} x']
)
def test_what_is_no_object_is_none(line):
    assert fields.record(line) is None


def test_an_object_is_read():
    assert fields.record(' {"a": [1]}\n') == {"a": [1]}


@pytest.mark.parametrize("source", ODD)
def test_a_field_that_is_not_there_is_empty_and_never_an_error(source):
    assert fields.word(source, "k") == ""
    assert fields.count(source, "k") == 0
    assert fields.number(source, "k") == 0.0
    assert fields.items(source, "k") == []
    assert fields.objects(source, "k") == []
    assert fields.table(source, "none") == {}


@pytest.mark.parametrize(
    "value", [True, "7", float("nan"), float("inf"), 1e15, -1e15, None, [7]], ids=repr
)
def test_what_cannot_be_counted_with_is_no_number(value):
    assert not fields.is_number(value)
    assert fields.number({"k": value}, "k") == 0.0


@pytest.mark.parametrize(
    ("value", "counted"), [(7, 7), (7.9, 7), (-3, 0), (0, 0), (999_999, 999_999)]
)
def test_a_count_is_whole_and_never_below_zero(value, counted):
    assert fields.count({"k": value}, "k") == counted


def test_fields_of_the_type_are_handed_over():
    source = {"w": "a", "t": {"x": 1}, "l": [1, {"y": 2}, "z", {}]}

    assert fields.word(source, "w") == "a"
    assert fields.table(source, "t") == {"x": 1}
    assert fields.items(source, "l") == [1, {"y": 2}, "z", {}]
    assert fields.objects(source, "l") == [{"y": 2}, {}]


def test_a_complaint_is_one_line_and_not_too_long():
    assert fields.one_line("a\n  b\x1b[2J\tc") == "a b c"
    assert len(fields.one_line("x" * 10_000)) == 300
