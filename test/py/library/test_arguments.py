"""What a program may give is told apart from what it may not."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library import arguments


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", None])
def test_a_number_that_is_not_whole_and_above_0_is_refused(value):
    with pytest.raises(UsageError, match="turns is a whole number above 0"):
        arguments.positive("turns", value)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "1", None])
def test_a_duration_that_is_none_is_refused(value):
    with pytest.raises(UsageError, match="a number of milliseconds"):
        arguments.duration(value)


def test_a_duration_becomes_whole_milliseconds():
    assert arguments.duration(12.6) == 13


@pytest.mark.parametrize("value", ["", "  ", None, 7, "x" * 513])
def test_a_name_that_is_none_is_refused(value):
    with pytest.raises(UsageError, match="a model"):
        arguments.name("a model", value)


@pytest.mark.parametrize(("given", "kept"), [(None, None), ("", ""), ("Be brief", "Be brief")])
def test_a_prompt_is_a_text_or_none(given, kept):
    assert arguments.prompt(given) == kept


def test_a_prompt_is_as_large_as_every_write_can_carry():
    assert arguments.prompt("x" * arguments.LARGEST_PROMPT)
    with pytest.raises(UsageError, match="a system prompt of"):
        arguments.prompt("ü" * arguments.LARGEST_PROMPT)


def test_metadata_is_a_copy_and_has_a_size():
    given = {"a": 1}
    assert arguments.metadata(given) == given
    assert arguments.metadata(given) is not given
    assert arguments.metadata(None) == {}
    with pytest.raises(UsageError, match="metadata of"):
        arguments.metadata({"a": "x" * (1 << 20)})


@pytest.mark.parametrize(
    ("given", "told"),
    [(None, ""), ("text", "text"), ({"a": "ü"}, '{"a": "ü"}'), (b"x", "\"b'x'\"")],
)
def test_a_result_is_text_or_becomes_json(given, told):
    assert arguments.result(given) == told


def test_a_status_is_one_of_ours():
    assert arguments.status("timeout") == "timeout"
    with pytest.raises(UsageError, match="no status 'failed'"):
        arguments.status("failed")
