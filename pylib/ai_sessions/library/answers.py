"""What a model said, read from whatever a program got back: an SDK's object, a dictionary, a text.

As in `usage`, a shape is known by the names of its fields. A streamed answer is collected by the
SDK or by `wrapping`, and read here like any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.usage import cost_of, usage_of
from ai_sessions.records import Cost, ToolCall, Usage

#: First part of an SDK's module -> what its provider is called.
_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "google": "gemini", "ollama": "ollama"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a model. What it says nothing of is None or empty."""

    text: str
    usage: Usage | None = None
    model: str = ""
    provider: str = ""
    cost: Cost | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish: str = ""
    """Why it ended, in the API's own word: `stop`, `length`, `max_tokens`, `tool_calls`, …"""


#: Text, tool calls and reason of the end.
_Said = tuple[str, tuple[ToolCall, ...], str]


def answer_of(response: Any) -> Answer:
    """What `response` says. Of an unknown object its text is JSON where it is a list or a map, and
    otherwise what `str` makes of it. Raises nothing.
    """
    if response is None or isinstance(response, (str, bytes)):
        return Answer(_text(response))
    text, calls, finish = _said(response)
    told = _usage_in(response)
    return Answer(
        text=text,
        usage=usage_of(told),
        model=_model(response),
        provider=_provider(response),
        cost=_hidden_cost(response) or (cost_of(told) if told is not None else None),
        tool_calls=calls,
        finish=finish,
    )


def field(source: Any, name: str) -> Any:
    """A field of an object or a dictionary; None when there is none, or it cannot be read."""
    if isinstance(source, Mapping):
        return source.get(name)
    try:
        return getattr(source, name, None)
    except Exception:  # a property may do anything
        return None


def word(source: Any, name: str) -> str:
    """A text field, or the empty string."""
    value = field(source, name)
    return value if isinstance(value, str) else ""


def items(source: Any, name: str) -> list[Any]:
    """A list field, or an empty one."""
    value = field(source, name)
    return list(value) if isinstance(value, (list, tuple)) else []


def call_of(id_: Any, name: Any, arguments: Any, signature: str = "") -> ToolCall | None:
    """A tool call as our records have it; None without the name that a tool needs."""
    if not (isinstance(name, str) and name):
        return None
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):
            arguments = json.loads(arguments)
    return ToolCall(id_ if isinstance(id_, str) and id_ else name, name, arguments, signature)


def text_of(content: Any) -> str:
    """The words of a content: a text, or a list of parts of which some are text."""
    if isinstance(content, (list, tuple)):
        return "".join(one if isinstance(one, str) else _words(one) for one in content)
    return _text(content) if isinstance(content, (str, bytes)) else ""


def _words(part: Any) -> str:
    """The text of one part that is no thought."""
    is_thought = field(part, "thought") is True or word(part, "type") in ("thinking", "reasoning")
    return "" if is_thought else word(part, "text") or word(part, "refusal")


def _said(response: Any) -> _Said:
    for name, read in _SHAPES:
        value = field(response, name)
        if value is not None and (found := read(response, value)) is not None:
            return found
    return _text(response), (), ""


def _chat(_response: Any, choices: Any) -> _Said | None:
    """Chat completions, and the completions before them."""
    if not isinstance(choices, (list, tuple)):
        return None
    choice = choices[0] if choices else None
    said = field(choice, "message") or field(choice, "delta")
    text = text_of(field(said, "content")) or word(said, "refusal") or word(choice, "text")
    functions = ((one, field(one, "function")) for one in items(said, "tool_calls"))
    calls = (call_of(word(c, "id"), word(f, "name"), field(f, "arguments")) for c, f in functions)
    return text, _calls(calls), word(choice, "finish_reason")


def _responses(response: Any, output: Any) -> _Said | None:
    """OpenAI's Responses: items, of which some are messages and some are calls."""
    if not isinstance(output, (list, tuple)) or any(isinstance(one, str) for one in output):
        return None
    texts = (text_of(field(one, "content")) for one in output if word(one, "type") == "message")
    found = (one for one in output if word(one, "type") == "function_call")
    calls = (call_of(word(c, "call_id"), word(c, "name"), field(c, "arguments")) for c in found)
    return "".join(texts), _calls(calls), word(response, "status")


def _gemini(_response: Any, candidates: Any) -> _Said | None:
    if not isinstance(candidates, (list, tuple)):
        return None
    first = candidates[0] if candidates else None
    parts = items(field(first, "content"), "parts")
    found = (field(one, "function_call") or field(one, "functionCall") for one in parts)
    calls = (call_of(word(c, "id"), word(c, "name"), field(c, "args")) for c in found if c)
    finish = field(first, "finish_reason") or field(first, "finishReason")
    return text_of(parts), _calls(calls), str(getattr(finish, "name", finish) or "")


def _agent_run(_response: Any, output: Any) -> _Said | None:
    """The result of an agent of pydantic-ai or openai-agents: a text, or an object of a type."""
    return _text(output), (), ""


def _parts(response: Any, parts: Any) -> _Said | None:
    """A response of pydantic-ai's models."""
    if not isinstance(parts, (list, tuple)):
        return None
    texts = (word(one, "content") for one in parts if word(one, "part_kind") == "text")
    found = (one for one in parts if word(one, "part_kind") == "tool-call")
    calls = (
        call_of(word(c, "tool_call_id"), word(c, "tool_name"), field(c, "args")) for c in found
    )
    return "".join(texts), _calls(calls), word(response, "finish_reason")


def _content(response: Any, content: Any) -> _Said | None:
    """Anthropic's Messages, and any message that has a content of its own."""
    if not isinstance(content, (str, list, tuple)):
        return None
    blocks = () if isinstance(content, str) else content
    used = [one for one in blocks if word(one, "type") == "tool_use"]
    calls = [call_of(word(c, "id"), word(c, "name"), field(c, "input")) for c in used]
    told = items(response, "tool_calls")  # LangChain's
    calls += [call_of(word(c, "id"), word(c, "name"), field(c, "args")) for c in told]
    return text_of(content), _calls(calls), word(response, "stop_reason")


def _message(response: Any, message: Any) -> _Said | None:
    """Ollama's chat."""
    content = field(message, "content")
    return (content, (), word(response, "done_reason")) if isinstance(content, str) else None


def _plain_text(_response: Any, text: Any) -> _Said | None:
    return (text, (), "") if isinstance(text, str) else None


#: The name that a shape is known by, and what reads it. None: it is no such object after all.
_SHAPES: tuple[tuple[str, Callable[[Any, Any], _Said | None]], ...] = (
    ("choices", _chat),
    ("final_output", _agent_run),
    ("output", _responses),
    ("output", _agent_run),
    ("candidates", _gemini),
    ("parts", _parts),
    ("content", _content),
    ("message", _message),
    ("text", _plain_text),
)
#: Where an answer has its usage, in the order in which it is looked for.
_USAGES = ("usage", "usage_metadata", "usageMetadata")


def _calls(found: Iterable[ToolCall | None]) -> tuple[ToolCall, ...]:
    return tuple(one for one in found if one is not None)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (Mapping, list, tuple)):
        with suppress(ValueError, RecursionError):
            return json.dumps(value, ensure_ascii=False, default=str)
    dump = getattr(value, "model_dump_json", None)
    try:
        return str(dump() if callable(dump) else value)
    except Exception:  # somebody's own class
        return type(value).__name__


def _usage_in(response: Any) -> Any:
    """The usage object of a response: a field, a method of earlier pydantic-ai, or, of
    openai-agents, in the context of the run. Ollama's counts are in the response itself.
    """
    found = next(filter(None, (field(response, name) for name in _USAGES)), None)
    if found is None:
        found = field(field(response, "context_wrapper"), "usage")
    if found is None and field(response, "eval_count") is not None:
        return response
    try:
        return found() if callable(found) and usage_of(found) is None else found
    except Exception:  # of an object that is not what it looks like
        return None


def _model(response: Any) -> str:
    inner = field(response, "response"), field(response, "response_metadata")
    names = ("model", "model_version", "modelVersion", "model_name")
    return next(filter(None, (word(one, name) for one in (response, *inner) for name in names)), "")


def _provider(response: Any) -> str:
    """LiteLLM and pydantic-ai say it; else an SDK's own objects tell by their class."""
    hidden = word(field(response, "_hidden_params"), "custom_llm_provider")
    named = word(response, "provider_name") or word(field(response, "response"), "provider_name")
    module = type(response).__module__.partition(".")[0]
    return hidden or named or _PROVIDERS.get(module, "")


def _hidden_cost(response: Any) -> Cost | None:
    """LiteLLM computes a cost and keeps it beside the fields."""
    hidden = field(response, "_hidden_params")
    if not isinstance(hidden, Mapping):
        return None
    return cost_of({"cost": hidden.get("response_cost")})
