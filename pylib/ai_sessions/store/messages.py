"""Messages as journals have them, and back; what a message does not have is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ai_sessions.records import Message, Role, TokensSource, ToolCall
from ai_sessions.store.masking import encodable

Plain = dict[str, Any]
Fit = Callable[[Any], Any]
#: What few messages have: the others, of which a log may have 100,000, are made faster.
_OF_FEW = frozenset(("parts", "tool_calls", "tool_call_id", "is_error", "metadata"))
_SOURCES = ("provider", "tokenizer", "estimate")


def plain_message(message: Message, at: str, fit: Fit) -> Plain:
    """`at`: for one that has no time. `fit`: makes a value fit for JSON."""
    said: Plain = {"role": message.role, "text": fit(message.text), "at": message.at or at}
    if message.name:
        said["name"] = encodable(message.name)
    if message.parts or message.tool_calls or message.tool_call_id or message.is_error:
        said |= _plain_parts(message, fit)
    if message.tokens is not None:
        said["tokens"] = message.tokens
    if message.tokens_source:
        said["tokens_source"] = message.tokens_source
    if message.metadata:
        said["metadata"] = fit(message.metadata)
    return said


def _plain_parts(message: Message, fit: Fit) -> Plain:
    """What few messages have."""
    more = {
        "parts": [fit(part) for part in message.parts],
        "tool_calls": [plain_tool_call(call, fit) for call in message.tool_calls],
        "tool_call_id": encodable(message.tool_call_id),
        "is_error": message.is_error,
    }
    return {key: value for key, value in more.items() if value}


def plain_tool_call(call: ToolCall, fit: Fit) -> Plain:
    """Ids are not masked: a masked one would have no result."""
    name = encodable(call.name)
    return {"id": encodable(call.id), "name": name, "arguments": fit(call.arguments)}


def without_words(message: Message) -> Message:
    """What is kept of it where nothing that was said is: who spoke, and the ids of its tools."""
    calls = tuple(ToolCall(call.id, call.name) for call in message.tool_calls)
    return Message(
        message.role,
        "",
        message.at,
        message.name,
        tool_calls=calls,
        tool_call_id=message.tool_call_id,
        is_error=message.is_error,
        tokens=message.tokens,
        tokens_source=message.tokens_source,
    )


def message_of(said: Plain, id_: str = "", when: str = "at") -> Message:
    """The message that was stored; what was edited to another type is left out.

    `id_`: its entry and its place there. `when`: the key of its time.
    """
    tokens, source = said.get("tokens"), said.get("tokens_source")
    role, text, at = (
        cast(Role, _text(said, "role") or "user"),
        _text(said, "text"),
        _text(said, when),
    )
    if _OF_FEW.isdisjoint(said):
        return Message(
            role, text, at, _text(said, "name"), id_,
            tokens=tokens if type(tokens) is int else None,
            tokens_source=cast(TokensSource, source if source in _SOURCES else ""),
        )  # fmt: skip
    return Message(
        role=role,
        text=text,
        at=at,
        name=_text(said, "name"),
        id=id_,
        parts=tuple(_objects(said, "parts")),
        tool_calls=tuple(map(_tool_call_of, _objects(said, "tool_calls"))),
        tool_call_id=_text(said, "tool_call_id"),
        is_error=said.get("is_error") is True,
        tokens=tokens if type(tokens) is int else None,
        tokens_source=cast(TokensSource, source if source in _SOURCES else ""),
        metadata=said["metadata"] if isinstance(said.get("metadata"), dict) else {},
    )


def _tool_call_of(call: Plain) -> ToolCall:
    return ToolCall(_text(call, "id"), _text(call, "name"), call.get("arguments"))


def _text(said: Plain, key: str) -> str:
    value = said.get(key, "")
    return value if isinstance(value, str) else ""


def _objects(said: Plain, key: str) -> list[Plain]:
    value = said.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
