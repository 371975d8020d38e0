"""Answers in pieces of any interface are put together, with their usage."""

import pytest

from ai_sessions.library.answers import answer_of
from ai_sessions.library.chunks import collector_of

CHAT = [
    {"model": "gpt-4o", "choices": [{"delta": {"content": "4"}}]},
    {"choices": [{"delta": {"content": "2"}}]},
    {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
]
MESSAGES = [
    {
        "type": "message_start",
        "message": {"model": "claude-haiku-4-5", "usage": {"input_tokens": 7, "output_tokens": 1}},
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "4"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "2"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
]
RESPONSES = [
    {"type": "response.created", "response": {"model": "gpt-4o", "output": []}},
    {"type": "response.output_text.delta", "delta": "42"},
    {
        "type": "response.completed",
        "response": {
            "model": "gpt-4o",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "42"}]}],
            "usage": {"input_tokens": 7, "output_tokens": 2},
        },
    },
]
GEMINI = [
    {"candidates": [{"content": {"parts": [{"text": "4"}]}}], "modelVersion": "gemini-2.5-pro"},
    {
        "candidates": [{"content": {"parts": [{"text": "2"}]}}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 2},
    },
]


def collected(pieces):
    found = collector_of(pieces[0])
    for one in pieces:
        found.add(one)
    return answer_of(found.whole())


@pytest.mark.parametrize("pieces", [CHAT, MESSAGES, RESPONSES, GEMINI])
def test_an_answer_in_pieces_has_its_text_its_usage_and_its_model(pieces):
    found = collected(pieces)

    assert found.text == "42"
    assert (found.usage.input_tokens, found.usage.output_tokens) == (7, 2)
    assert found.model


def test_texts_are_joined():
    found = collected(["4", "2"])

    assert (found.text, found.usage, found.model) == ("42", None, "")


@pytest.mark.parametrize("pieces", [CHAT[:1], MESSAGES[:4], RESPONSES[:2], GEMINI[:1]])
def test_what_came_of_an_answer_that_broke_is_known(pieces):
    assert collected(pieces).text.startswith("4")
