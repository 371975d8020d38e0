"""The words of a call in the form of the GenAI conventions: messages as JSON, keys masked.

https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-input-messages.json
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Interaction, Message
from ai_sessions.store import masking

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What was new in a call: what it asked, and what was answered. What was said before is in the
    spans of the calls before.
    """

    input: tuple[Plain, ...]
    output: tuple[Plain, ...]

    def attributes(self) -> dict[str, str]:
        """As JSON text: attributes of a span are no trees. What there is none of is left out."""
        both = {"gen_ai.input.messages": self.input, "gen_ai.output.messages": self.output}
        return {name: json.dumps(said, ensure_ascii=False) for name, said in both.items() if said}


def told(call: Interaction) -> Told:
    """A last message of the assistant is what came out; everything before it went in."""
    said = call.messages
    count = len(said) - 1 if said and said[-1].role == "assistant" else len(said)
    finish = {"finish_reason": str(call.detail.get("finish") or _finish(call))}
    return Told(
        tuple(_message(one) for one in said[:count]),
        tuple({**_message(one), **finish} for one in said[count:]),
    )


def error(call: Interaction) -> str:
    """What a failure said; empty where it said nothing."""
    return masking.masked(masking.encodable(str(call.detail.get("error", ""))))


def _finish(call: Interaction) -> str:
    return "stop" if call.status == "ok" else "error"


def _message(said: Message) -> Plain:
    """Masked as the store masks it."""
    plain: Plain = masking.storable({"role": said.role, "parts": list(_parts(said))})
    return plain


def _parts(said: Message) -> Iterator[Plain]:
    """Images and files are named; what is in them stays here."""
    if said.role == "tool":
        yield {"type": "tool_call_response", "id": said.tool_call_id, "response": said.text}
        return
    if said.text:
        yield {"type": "text", "content": said.text}
    yield from ({"type": _kind(part)} for part in said.parts)
    for call in said.tool_calls:
        yield {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}


def _kind(part: Mapping[str, Any]) -> str:
    return str(part.get("type") or "file")
