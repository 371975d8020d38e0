"""The weight of a message: never less than it has, more where nobody counted exactly."""

import pytest

from ai_sessions.memory import weights
from ai_sessions.memory.parts import FILE_TOKENS
from ai_sessions.memory.weights import ROUND_EACH, told, weigh, weigh_all, weigh_text
from ai_sessions.records import Message, ToolCall


def counted(text: str) -> int:
    return len(text)


counted.source = "tokenizer"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "weight"), [("provider", 105), ("tokenizer", 105), ("estimate", 110), ("", 110)]
)
def test_what_is_less_certain_has_a_larger_margin(source, weight):
    message = Message("user", "hi", tokens=100, tokens_source=source)

    assert weigh(message) == weight + ROUND_EACH


def test_a_part_of_a_token_counts_as_one():
    assert weigh(Message("user", "hi", tokens=1, tokens_source="provider")) == 2 + ROUND_EACH


def test_what_nobody_counted_is_counted_with_its_tool_calls_and_parts():
    message = Message(
        "assistant", "ab", tool_calls=(ToolCall("1", "run", {"a": 1}),), parts=({"b": 2},)
    )

    assert told(message) == 'ab\nrun {"a": 1}\n{"b": 2}'
    assert weigh(message, counted) == -(-len(told(message)) * 105 // 100) + ROUND_EACH


def test_the_weight_of_several_is_the_sum():
    messages = [Message("user", "one"), Message("user", "three")]

    assert weigh_all(messages, counted) == sum(weigh(one, counted) for one in messages)


def test_a_text_weighs_what_a_message_of_it_does():
    assert weigh_text("some words", counted) == weigh(Message("user", "some words"), counted)


def test_an_image_is_estimated_whatever_counts_the_words():
    message = Message("user", "look", parts=({"type": "image_url", "image_url": {"url": "x"}},))

    tokens, source = weights.counted(message, counted)
    assert (tokens - len(told(message)), source) == (FILE_TOKENS, "estimate")


def test_a_message_of_words_alone_is_counted_by_who_counts():
    assert weights.counted(Message("user", "hello"), counted) == (5, "tokenizer")
