"""What was said in a session, in the forms that programs and models take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ai_sessions.conversations import lineage
from ai_sessions.memory import tool_calls
from ai_sessions.records import Interaction, Message, Session

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

Plain = dict[str, Any]


def turns(core: Conversations, session: Session) -> list[Plain]:
    """What users and models said, in order; tools left out."""
    return [
        _turn(message, entry if isinstance(entry, Interaction) else None)
        for entry in lineage.entries(core.store, session)
        for message in lineage.messages(entry)
        if message.role in ("user", "assistant") and not message.tool_calls
    ]


def for_llm(core: Conversations, session: Session) -> list[Plain]:
    """The conversation as chat APIs take it, without the system prompt."""
    said = (
        message
        for entry in lineage.entries(core.store, session)
        for message in lineage.messages(entry)
    )
    return [plain(one) for one in tool_calls.closed(said)]


def tokens(session: Session) -> int:
    """Of all that was said, by the session's sums."""
    sums = session.totals
    said = sums.said_input_tokens + sums.said_output_tokens
    return said + sums.usage.output_tokens - sums.usage.reasoning_tokens


def plain(message: Message) -> Plain:
    """A message as chat APIs take it."""
    said: Plain = {"role": message.role, "content": message.text}
    if message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _text_of(call.arguments)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        said["tool_call_id"] = message.tool_call_id
    return said


def _turn(message: Message, call: Interaction | None) -> Plain:
    said: Plain = {"role": message.role, "content": message.text, "timestamp": message.at}
    if call is not None and message.role == "assistant":
        said |= {"model": call.model, "provider": call.provider}
    return said


def _text_of(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    return json.dumps({} if arguments is None else arguments, ensure_ascii=False, default=str)
