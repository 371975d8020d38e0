"""Functions of a client that a model may ask for: what was given of them, and each API's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ai_sessions.errors import UsageError
from ai_sessions.providers.contract import Choice, Offer, Tool
from ai_sessions.records import Json, Message, ToolCall

#: Characters that a name may have; servers allow fewer.
_LONGEST_NAME = 256
_MOST = 512
_EXAMPLE = 'such as {"type": "function", "function": {"name": "add", "parameters": {…}}}'
_CHOICES = ("none", "auto", "required")


def checked(tools: Any, choice: Any = None, is_parallel: Any = None) -> Offer | None:
    """What is offered, in the form of chat completions; None: nothing. Raises `UsageError` with
    what is wrong.
    """
    found = _tools(tools)
    if not found:
        if choice in (None, "none", "auto"):
            return None
        raise UsageError(f"tool_choice {choice!r:.80} without tools", "give tools, too")
    if is_parallel is not None and not isinstance(is_parallel, bool):
        raise UsageError(f"parallel_tool_calls is true or false, not {is_parallel!r:.80}")
    kind, name = _choice(choice, found)
    return Offer(found, kind, name, is_parallel)


def _tools(given: Any) -> tuple[Tool, ...]:
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)) or len(given) > _MOST:
        raise UsageError(f"tools: a list of at most {_MOST} functions, not {given!r:.80}", _EXAMPLE)
    found = tuple(_tool(f"tools[{place}]", one) for place, one in enumerate(given))
    names = [one.name for one in found]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise UsageError(f"tools: two are called {twice!r:.80}")
    return found


def _tool(where: str, given: Any) -> Tool:
    told = given.get("function") if isinstance(given, Mapping) else None
    if not isinstance(told, Mapping) or given.get("type", "function") != "function":
        raise UsageError(f"{where}: not a function: {given!r:.80}", _EXAMPLE)
    name, parameters = told.get("name"), told.get("parameters")
    about, strict = told.get("description"), told.get("strict")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise UsageError(f"{where}: not the name of a function: {name!r:.80}", _EXAMPLE)
    if parameters is not None and not isinstance(parameters, Mapping):
        raise UsageError(f"{where}: parameters are a JSON schema, not {parameters!r:.80}")
    if about is not None and not isinstance(about, str):
        raise UsageError(f"{where}: description is a text, not {about!r:.80}")
    if strict is not None and not isinstance(strict, bool):
        raise UsageError(f"{where}: strict is true or false, not {strict!r:.80}")
    return Tool(name, about or "", parameters, strict)


def _choice(given: Any, tools: Sequence[Tool]) -> tuple[Choice, str]:
    if given is None:
        return "auto", ""
    if given in _CHOICES:
        return given, ""
    named = given.get("function") if isinstance(given, Mapping) else None
    name = named.get("name") if isinstance(named, Mapping) else None
    if name in [one.name for one in tools]:
        return "function", str(name)
    raise UsageError(
        f"tool_choice: none of the tools: {given!r:.80}",
        f'give one of {", ".join(_CHOICES)}, or {{"type": "function", "function": {{"name": …}}}}',
    )


def check_results(messages: Sequence[Message]) -> None:
    """Raises `UsageError` where a call has no result right after it, or a result no call before it:
    no model takes that.
    """
    left: set[str] = set()
    for one in messages:
        if one.role == "tool":
            if one.tool_call_id not in left:
                raise UsageError(f"messages: a result of no call before it: {one.tool_call_id!r}")
            left.discard(one.tool_call_id)
            continue
        _refuse_open(left)
        left = {call.id for call in one.tool_calls}
    _refuse_open(left)


def _refuse_open(left: set[str]) -> None:
    if left:
        named = ", ".join(sorted(left))
        raise UsageError(
            f"messages: a tool call without a result: {named:.120}",
            "a message of role tool with its tool_call_id follows each call",
        )


def arguments_of(call: ToolCall) -> str:
    """As JSON text; where they were none, as they came."""
    given = call.arguments
    if isinstance(given, str):
        return given
    return json.dumps({} if given is None else given, ensure_ascii=False, default=str)


def for_openai(offer: Offer) -> dict[str, Any]:
    """The fields of chat completions."""
    if not offer.tools:
        return {}
    found: dict[str, Any] = {"tools": list(map(_openai_tool, offer.tools))}
    if offer.choice == "function":
        found["tool_choice"] = {"type": "function", "function": {"name": offer.name}}
    elif offer.choice != "auto":
        found["tool_choice"] = offer.choice
    if offer.is_parallel is not None:
        found["parallel_tool_calls"] = offer.is_parallel
    return found


def _openai_tool(tool: Tool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": tool.name}
    if tool.description:
        told["description"] = tool.description
    if tool.parameters is not None:
        told["parameters"] = dict(tool.parameters)
    if tool.strict is not None:
        told["strict"] = tool.strict
    return {"type": "function", "function": told}


def calls_for_openai(calls: Sequence[ToolCall], *, signed: bool = True) -> list[dict[str, Any]]:
    """Calls of an earlier answer, or of one that is told to a client. `signed`: with what Gemini
    wants to see again, which others refuse.
    """
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": arguments_of(call)},
            **(extra_content(call.signature) if signed and call.signature else {}),
        }
        for call in calls
    ]


def extra_content(signature: str) -> dict[str, Any]:
    """A signature as Gemini has it beside a call."""
    return {"extra_content": {"google": {"thought_signature": signature}}}


def for_anthropic(offer: Offer) -> dict[str, Any]:
    """The fields of messages."""
    if not offer.tools:
        return {}
    kinds: Mapping[str, str] = {"required": "any", "function": "tool"}
    choice: dict[str, Any] = {"type": kinds.get(offer.choice, offer.choice)}
    if offer.choice == "function":
        choice["name"] = offer.name
    if offer.is_parallel is False and offer.choice != "none":
        choice["disable_parallel_tool_use"] = True
    return {"tools": list(map(_anthropic_tool, offer.tools)), "tool_choice": choice}


def _anthropic_tool(tool: Tool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": tool.name}
    if tool.description:
        told["description"] = tool.description
    told["input_schema"] = dict(tool.parameters or {"type": "object", "properties": {}})
    if tool.strict is not None:
        told["strict"] = tool.strict
    return told


def input_of(call: ToolCall) -> Json:
    """Arguments as Anthropic's API takes them, which is an object."""
    given = call.arguments
    if given is None:
        return {}
    return given if isinstance(given, Mapping) else {"arguments": given}
