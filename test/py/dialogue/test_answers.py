"""JSON in what a model said."""

import pytest

from ai_sessions.dialogue.answers import json_object


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        'Sure!\n```json\n{"a": 1}\n```\nDone.',
        'For example:\n```json\n{"x": 0}\n```\nBut here it is:\n```\n{"a": 1}\n```',
        '\ufeff{"a": 1}',
        'Small: {}. Here it is: {"a": 1}.',
        'Here: {"b"} and {"a": 1} as asked.',
    ],
)
def test_the_object_is_found(text):
    assert json_object(text) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        *("", "no", "[1]", "{", "{" * 5000, '"text"', "```json\n[]\n```"),
        *('{"a": 1, "a": 2}', 'Here: {"a": 1, "a": {"b": 2}}.', '{"a": [{"b": 1, "b": 1}]}'),
    ],
)
def test_no_object_is_none(text):
    assert json_object(text) is None
