"""The tokens and the cost that any SDK reports, as our records have them.

An object is known by the names of its counts, never by its class, so that no SDK is imported and a
dictionary of the same shape is read alike. What differs between them is told at each shape: whether
the input includes cached tokens, and the output those of reasoning. Ours include both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ai_sessions import money
from ai_sessions.providers.fields import count, is_number
from ai_sessions.records import Cost, Usage

Told = Mapping[str, Any]
#: How many parts of usage objects are inside each other; a mock has no end of them.
_DEEP = 2
#: Names of counts that only some of a shape's objects have, and of those inside others.
_PARTS = (
    *("prompt_tokens_details", "completion_tokens_details", "input_tokens_details"),
    *("output_tokens_details", "input_token_details", "output_token_details", "cache_creation"),
    *("cache_creation_token_details", "cost_details"),
)


def usage_of(told: Any) -> Usage | None:
    """The usage of a usage object or dictionary of OpenAI (both APIs), Anthropic, Gemini, LiteLLM,
    OpenRouter, pydantic-ai, openai-agents, LangChain or Ollama; None: it counts nothing.
    """
    if isinstance(told, Usage) or told is None:
        return told
    facts = plain(told)
    for names, read in _SHAPES:
        if any(is_number(facts.get(name)) for name in names):
            return read(facts)
    return None


def cost_of(told: Any) -> Cost | None:
    """What a usage object says that the call cost, as those of OpenRouter, LiteLLM's proxy and
    pydantic-ai do; None: it says nothing of it.
    """
    from ai_sessions.providers import openai

    facts = plain(told)
    cost = facts.get("cost")
    if isinstance(cost, Decimal) and cost.is_finite() and cost >= 0:
        return Cost(money.nano(cost), "client")
    return openai.cost_of(dict(facts))


def plain(told: Any, deep: int = _DEEP) -> Told:
    """An object's fields as a dictionary, the parts of usage objects inside it too."""
    if isinstance(told, Mapping):
        fields = dict(told)
    else:
        # pydantic keeps what its model does not name, such as OpenRouter's `cost`, beside the rest
        fields = {**getattr(told, "__dict__", {}), **_extra(told)}
        fields = fields if any(not name.startswith("_") for name in fields) else _by_name(told)
    for name in _PARTS:
        part = fields.get(name)
        if deep and part is not None and not is_number(part):  # LangChain has a count of that name
            fields[name] = plain(part, deep - 1)
    return fields


def _extra(told: Any) -> Told:
    extra = getattr(told, "__pydantic_extra__", None)
    return extra if isinstance(extra, dict) else {}


def _by_name(told: Any) -> dict[str, Any]:
    """Of an object that keeps its fields elsewhere, as messages of protobuf do."""
    return {name: getattr(told, name) for name in _NAMES if hasattr(told, name)}


def _chat(told: Told) -> Usage:
    """Chat completions. LiteLLM adds Anthropic's name for what was written to a cache."""
    from dataclasses import replace

    from ai_sessions.providers import openai

    usage = openai.usage_of(told)
    details = told.get("prompt_tokens_details")
    written = usage.cache_write_tokens or count(told, "cache_creation_input_tokens")
    kinds = details.get("cache_creation_token_details") if isinstance(details, dict) else None
    hour = count(plain(kinds), "ephemeral_1h_input_tokens") if kinds else 0
    left = max(0, usage.input_tokens - usage.cache_read_tokens)
    return replace(
        usage, cache_write_tokens=min(written, left), cache_write_1h_tokens=min(hour, written)
    )


def _messages(told: Told) -> Usage:
    """Anthropic's Messages, whose input leaves out what was cached."""
    from ai_sessions.providers import anthropic

    return anthropic.usage_of(told)


#: What it is called by pydantic-ai, OpenAI, Anthropic, LangChain.
_REASONING = ("output_reasoning_tokens", "reasoning_tokens", "thinking_tokens", "reasoning")


def _inclusive(told: Told) -> Usage:
    """OpenAI's Responses and openai-agents, pydantic-ai, LangChain: all is included already. So it
    is of Anthropic where nothing was cached.
    """
    given, said = count(told, "input_tokens"), count(told, "output_tokens")
    into = told.get("input_tokens_details") or told.get("input_token_details") or {}
    out = told.get("output_tokens_details") or told.get("output_token_details") or {}
    read = min(given, _first(told, into, "cache_read_tokens", "cached_tokens", "cache_read"))
    write = _first(told, into, "cache_write_tokens", "cache_creation")
    return Usage(
        input_tokens=given,
        output_tokens=said,
        cache_read_tokens=read,
        cache_write_tokens=min(write, given - read),
        cache_write_1h_tokens=min(write, count(told, "cache_write_1h_tokens")),
        reasoning_tokens=min(said, _first(told, out, *_REASONING)),
    )


def _first(told: Told, part: Any, *names: str) -> int:
    """The first of these counts that is there and not 0, on top or in a part."""
    return next(filter(None, (count(one, name) for name in names for one in (told, part))), 0)


def _gemini(told: Told) -> Usage:
    """Gemini counts thoughts beside the answer, and what tools were answered beside the prompt."""
    thoughts = count(told, "thoughts_token_count")
    given = count(told, "prompt_token_count") + count(told, "tool_use_prompt_token_count")
    return Usage(
        input_tokens=given,
        output_tokens=count(told, "candidates_token_count") + thoughts,
        cache_read_tokens=min(given, count(told, "cached_content_token_count")),
        reasoning_tokens=thoughts,
    )


def _gemini_on_the_wire(told: Told) -> Usage:
    names = ("prompt", "candidates", "thoughts", "toolUsePrompt", "cachedContent")
    snake = ("prompt", "candidates", "thoughts", "tool_use_prompt", "cached_content")
    pairs = zip(names, snake, strict=True)
    return _gemini({f"{ours}_token_count": told.get(f"{name}TokenCount") for name, ours in pairs})


def _ollama(told: Told) -> Usage:
    return Usage(count(told, "prompt_eval_count"), count(told, "eval_count"))


#: Names of which a shape has at least one, and what reads it; the first that fits.
_SHAPES: tuple[tuple[tuple[str, ...], Callable[[Told], Usage]], ...] = (
    (("prompt_tokens", "completion_tokens"), _chat),
    (("cache_read_input_tokens", "cache_creation_input_tokens"), _messages),
    (("input_tokens", "output_tokens"), _inclusive),
    (("prompt_token_count", "candidates_token_count", "total_token_count"), _gemini),
    (("promptTokenCount", "candidatesTokenCount", "totalTokenCount"), _gemini_on_the_wire),
    (("prompt_eval_count", "eval_count"), _ollama),
)
_NAMES = (
    *(name for names, _read in _SHAPES for name in names),
    *("thoughts_token_count", "tool_use_prompt_token_count", "cached_content_token_count"),
    *("cost", *_PARTS),
)
