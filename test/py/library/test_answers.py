import json
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from ai_sessions.library.answers import Answer, answer_of
from ai_sessions.records import Cost, ToolCall, Usage

CALL = ToolCall("c1", "add", {"a": 1})
USAGE = {"prompt_tokens": 3, "completion_tokens": 2}
COUNTS = {"input_tokens": 3, "output_tokens": 2}
SPENT = Usage(3, 2)

SHAPES = {
    "openai chat": (
        {
            "model": "gpt-5",
            "choices": [
                {
                    "finish_reason": "tool_calls",
                    "message": {
                        "content": "Hi",
                        "tool_calls": [
                            {"id": "c1", "function": {"name": "add", "arguments": '{"a": 1}'}}
                        ],
                    },
                }
            ],
            "usage": USAGE,
        },
        Answer("Hi", SPENT, "gpt-5", tool_calls=(CALL,), finish="tool_calls"),
    ),
    "a refusal": (
        {"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]},
        Answer("No.", finish="stop"),
    ),
    "openai completions": (
        {"choices": [{"text": "Hi", "finish_reason": "stop"}]},
        Answer("Hi", finish="stop"),
    ),
    "openai responses": (
        {
            "model": "gpt-5",
            "status": "completed",
            "output": [
                {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]},
                {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
                {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a":1}'},
            ],
            "usage": COUNTS,
        },
        Answer("Hi", SPENT, "gpt-5", tool_calls=(CALL,), finish="completed"),
    ),
    "anthropic": (
        {
            "model": "claude",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "Hi"},
                {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
            ],
            "stop_reason": "tool_use",
            "usage": COUNTS,
        },
        Answer("Hi", SPENT, "claude", tool_calls=(CALL,), finish="tool_use"),
    ),
    "gemini": (
        {
            "model_version": "gemini-3",
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"text": "hm", "thought": True},
                            {"text": "Hi"},
                            {"function_call": {"id": "c1", "name": "add", "args": {"a": 1}}},
                        ]
                    },
                    "finish_reason": "STOP",
                }
            ],
            "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 2},
        },
        Answer("Hi", SPENT, "gemini-3", tool_calls=(CALL,), finish="STOP"),
    ),
    "pydantic-ai model": (
        {
            "parts": [
                {"part_kind": "thinking", "content": "hm"},
                {"part_kind": "text", "content": "Hi"},
                {
                    "part_kind": "tool-call",
                    "tool_call_id": "c1",
                    "tool_name": "add",
                    "args": '{"a": 1}',
                },
            ],
            "usage": COUNTS,
            "model_name": "m",
            "provider_name": "p",
            "finish_reason": "stop",
        },
        Answer("Hi", SPENT, "m", "p", tool_calls=(CALL,), finish="stop"),
    ),
    "pydantic-ai run": (
        {
            "output": "Hi",
            "usage": COUNTS,
            "response": {"model_name": "m", "provider_name": "p"},
        },
        Answer("Hi", SPENT, "m", "p"),
    ),
    "openai-agents run": (
        {"final_output": "Hi", "context_wrapper": {"usage": COUNTS}},
        Answer("Hi", SPENT),
    ),
    "langchain": (
        {
            "content": "Hi",
            "tool_calls": [{"id": "c1", "name": "add", "args": {"a": 1}}],
            "usage_metadata": COUNTS,
            "response_metadata": {"model_name": "m"},
        },
        Answer("Hi", SPENT, "m", tool_calls=(CALL,)),
    ),
    "litellm": (
        {
            "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
            "usage": USAGE,
            "model": "m",
            "_hidden_params": {"response_cost": 0.001, "custom_llm_provider": "groq"},
        },
        Answer("Hi", SPENT, "m", "groq", Cost(1_000_000, "client"), finish="stop"),
    ),
    "openrouter": (
        {
            "choices": [{"message": {"content": "Hi"}}],
            "usage": {**USAGE, "cost": 0.001},
            "model": "m",
        },
        Answer("Hi", SPENT, "m", cost=Cost(1_000_000, "client")),
    ),
    "ollama": (
        {
            "model": "llama",
            "message": {"role": "assistant", "content": "Hi"},
            "done_reason": "stop",
            "prompt_eval_count": 3,
            "eval_count": 2,
        },
        Answer("Hi", SPENT, "llama", finish="stop"),
    ),
    "any object with a text": ({"text": "Hi"}, Answer("Hi")),
}


def as_object(plain):
    """Objects where an SDK has objects; what a tool is given and hidden facts stay maps."""

    def made(found):
        is_map = found.keys() & {"a", "response_cost"}
        return found if is_map else SimpleNamespace(**found)

    return json.loads(json.dumps(plain), object_hook=made)


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_read_as_a_dictionary_and_as_an_object(name):
    response, meant = SHAPES[name]

    assert answer_of(response) == meant
    assert answer_of(as_object(response)) == meant


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ("Hi", "Hi"),
        (b"Hi", "Hi"),
        (None, ""),
        ({"choices": []}, ""),
        ({"a": [1]}, '{"a": [1]}'),
        (["x"], '["x"]'),
        (7, "7"),
    ],
)
def test_what_is_no_response_is_a_text(response, text):
    assert answer_of(response) == Answer(text)


def test_usage_that_a_method_tells_is_asked_for():
    run = SimpleNamespace(output="Hi", usage=lambda: COUNTS)

    assert answer_of(run).usage == SPENT


class Hostile:
    @property
    def choices(self):
        raise RuntimeError("not now")

    def __str__(self):
        raise RuntimeError("never")


@pytest.mark.parametrize("response", [Hostile(), MagicMock(), {"choices": 7}, {"usage": "much"}])
def test_nothing_that_is_given_makes_it_raise(response):
    assert answer_of(response).usage is None


def test_an_object_of_an_sdk_names_its_provider():
    cls = type("Message", (SimpleNamespace,), {"__module__": "anthropic.types.message"})

    assert answer_of(cls(content="Hi")).provider == "anthropic"
