import json
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from ai_sessions.library.usage import cost_of, usage_of
from ai_sessions.records import Cost, Usage

#: Name -> what an SDK gives, and what it means. `Usage`: input, output, read, write, 1h, reasoning.
SHAPES = {
    "openai chat": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
        Usage(100, 20, 60, 30, 0, 7),
    ),
    "openai responses": (
        {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 7},
            "total_tokens": 120,
        },
        Usage(100, 20, 60, 30, 0, 7),
    ),
    "anthropic": (
        {
            "input_tokens": 10,
            "output_tokens": 20,
            "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            "output_tokens_details": {"thinking_tokens": 7},
        },
        Usage(100, 20, 60, 30, 20, 7),
    ),
    "anthropic without a cache": (
        {
            "input_tokens": 10,
            "output_tokens": 20,
            "cache_read_input_tokens": None,
            "cache_creation_input_tokens": None,
            "output_tokens_details": {"thinking_tokens": 7},
        },
        Usage(10, 20, reasoning_tokens=7),
    ),
    "gemini": (
        {
            "prompt_token_count": 90,
            "tool_use_prompt_token_count": 10,
            "cached_content_token_count": 60,
            "candidates_token_count": 13,
            "thoughts_token_count": 7,
            "total_token_count": 120,
        },
        Usage(100, 20, 60, 0, 0, 7),
    ),
    "gemini on the wire": (
        {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 60,
            "candidatesTokenCount": 13,
            "thoughtsTokenCount": 7,
            "totalTokenCount": 120,
        },
        Usage(100, 20, 60, 0, 0, 7),
    ),
    "litellm of a claude": (
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {
                "cached_tokens": 60,
                "cache_creation_token_details": {"ephemeral_1h_input_tokens": 20},
            },
            "cache_creation_input_tokens": 30,
            "cache_read_input_tokens": 60,
        },
        Usage(100, 20, 60, 30, 20),
    ),
    "pydantic-ai": (
        {
            "input_tokens": 100,
            "cache_write_tokens": 30,
            "cache_write_1h_tokens": 20,
            "cache_read_tokens": 60,
            "output_tokens": 20,
            "output_reasoning_tokens": 7,
            "details": {},
            "requests": 2,
        },
        Usage(100, 20, 60, 30, 20, 7),
    ),
    "langchain": (
        {
            "input_tokens": 100,
            "output_tokens": 20,
            "total_tokens": 120,
            "input_token_details": {"cache_read": 60, "cache_creation": 30},
            "output_token_details": {"reasoning": 7},
        },
        Usage(100, 20, 60, 30, 0, 7),
    ),
    "ollama": ({"prompt_eval_count": 100, "eval_count": 20}, Usage(100, 20)),
}


def as_object(plain):
    return json.loads(json.dumps(plain), object_hook=lambda found: SimpleNamespace(**found))


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_read_as_a_dictionary_and_as_an_object(name):
    told, meant = SHAPES[name]

    assert usage_of(told) == meant
    assert usage_of(as_object(told)) == meant


class Slotted:
    """As messages of protobuf, which have no `__dict__` of their own fields."""

    __slots__ = ("candidates_token_count", "prompt_token_count", "thoughts_token_count")

    def __init__(self, prompt: int, candidates: int, thoughts: int) -> None:
        self.prompt_token_count = prompt
        self.candidates_token_count = candidates
        self.thoughts_token_count = thoughts


def test_an_object_without_a_dictionary_of_its_fields_is_read_by_their_names():
    assert usage_of(Slotted(100, 13, 7)) == Usage(100, 20, reasoning_tokens=7)


@pytest.mark.parametrize("told", [None, {}, {"model": "x"}, "text", 7, object(), MagicMock()])
def test_what_counts_nothing_has_no_usage(told):
    assert usage_of(told) is None


def test_a_usage_of_ours_is_itself():
    assert usage_of(Usage(1, 2)) == Usage(1, 2)


@pytest.mark.parametrize("wrong", [-5, float("nan"), "many", True, None])
def test_a_count_that_is_none_is_zero(wrong):
    assert usage_of({"prompt_tokens": 100, "completion_tokens": wrong}) == Usage(100, 0)


def test_more_cached_than_came_in_never_makes_fresh_tokens_negative():
    details = {"cached_tokens": 60, "cache_write_tokens": 70}

    chat = usage_of({"prompt_tokens": 100, "prompt_tokens_details": details})
    responses = usage_of({"input_tokens": 100, "input_tokens_details": details})

    assert chat == responses == Usage(100, 0, 60, 40)


class Extra:
    """As pydantic's models keep what they do not name."""

    def __init__(self, **extra: object) -> None:
        self.prompt_tokens = 1
        self.__pydantic_extra__ = extra


@pytest.mark.parametrize(
    ("told", "nusd"),
    [
        ({"cost": 0.002}, 2_000_000),
        (Extra(cost=0.002), 2_000_000),
        ({"cost": Decimal("0.002")}, 2_000_000),
        ({"cost": 0}, 0),
        (
            {
                "cost": 0.001,
                "is_byok": True,
                "cost_details": {"upstream_inference_cost": 0.002},
            },
            3_000_000,
        ),
    ],
)
def test_a_cost_that_is_told_is_taken_from_who_told_it(told, nusd):
    assert cost_of(told) == Cost(nusd, "client")


@pytest.mark.parametrize("cost", [None, -1, "0.1", float("inf"), Decimal("NaN"), True])
def test_what_is_no_cost_is_none(cost):
    assert cost_of({"cost": cost}) is None
