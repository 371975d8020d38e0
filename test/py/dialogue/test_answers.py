"""JSON in what a model said, or its question."""

import pytest

from ai_sessions.dialogue.answers import json_object, json_objects, question


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


def test_of_several_the_whole_answer_then_fences_then_the_longest_among_words_count():
    assert json_objects('{"a": {"b": 1}}') == [{"a": {"b": 1}}]
    assert json_objects('{"c": 0}\n```\n{"a": 1}\n```\n```json\n{"b": 2}\n```') == [
        {"a": 1},
        {"b": 2},
    ]
    assert json_objects('first {"long": "enough"} then {"a": 1}') == [{"a": 1}, {"long": "enough"}]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("BLOCKED: which currency?", "which currency?"),
        ("BLOCKED: which currency?\nI read the plan.\nIt does not say.", "which currency?"),
        ("I read the plan.\n\n  **BLOCKED: which\tcurrency?**\n\n", "which currency?"),
        ("`BLOCKED:` which currency?", "which currency?"),
        ("BLOCKED: the first\nBLOCKED: the last", "the last"),
        ("I read it.\nBLOCKED: in the middle\nand went on.", ""),
        ("It is not BLOCKED: by anything", ""),
        ("BLOCKED:", ""),
        ("blocked: lower case", ""),
        (" \n", ""),
    ],
)
def test_a_question_stands_on_the_first_or_the_last_line(text, wanted):
    assert question(text) == wanted
