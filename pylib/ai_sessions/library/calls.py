"""A call of a model and a use of a tool as the log has them, from what a program tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.conversations import checks
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import answers, arguments, call_usage
from ai_sessions.records import (
    Cost,
    Interaction,
    Message,
    Role,
    Said,
    Status,
    ToolCall,
    Usage,
    stamp,
)
from ai_sessions.store.totals import COVERED

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

#: What the model or the provider of an answer is called when nobody says.
UNKNOWN = "unknown"
PURPOSE = "chat"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a model, checked. `usage` and `cost` None: nobody reports them."""

    answer: Message
    model: str
    provider: str
    usage: Usage | None
    cost: Cost | None
    status: Status
    duration_ms: int
    error: str
    id: str = ""
    """Of its entry, which makes a repeat harmless; made when empty."""


def message(core: Conversations, role: Role, text: object, metadata: Mapping[str, Any]) -> Message:
    """What somebody says, counted. Raises `UsageError`."""
    said = Message(role, arguments.text(f"what the {role} says", text), metadata=dict(metadata))
    return counted(core, said)


def counted(core: Conversations, said: Message) -> Message:
    """A message with its time and its tokens. Raises `UsageError` for what cannot be kept."""
    from ai_sessions.memory import weights

    checks.check(said)
    tokens, source = weights.counted(said, core.memory.rules.count)
    at = said.at or stamp(core.now())
    return replace(said, at=at, tokens=tokens, tokens_source=source)


def read(
    core: Conversations,
    response: Any,
    model: str,
    provider: str,
    metadata: Mapping[str, Any],
    *,
    usage: Any,
    cost: Cost | float | None,
    status: Status,
    duration_ms: float,
    error: str,
) -> Call:
    """`response`: a text, or the object of an SDK, which tells what the other arguments do not."""
    if response is None and status == "ok":
        raise UsageError("an answer is a text or the response of an SDK, not None")
    found = answers.answer_of(response)
    named = (arguments.name("a model", model), arguments.name("a provider", provider))
    return Call(
        answer=message(core, "assistant", found.text, metadata),
        model=found.model if named[0] == UNKNOWN and found.model else named[0],
        provider=found.provider if named[1] == UNKNOWN and found.provider else named[1],
        usage=found.usage if usage is None else call_usage.reported(usage),
        cost=found.cost if cost is None else call_usage.cost(cost),
        status=arguments.status(status),
        duration_ms=arguments.duration(duration_ms),
        error=arguments.text("an error", error),
    )


def interaction(
    core: Conversations,
    call: Call,
    told: int,
    covered: int,
    question: Message | None = None,
) -> Interaction:
    """`told`: tokens that went into the call, as we count them; `covered`: how many of them are of
    messages in the log that no call had before. `question`: that it answers, which is not there.
    """
    answer, now = call.answer, core.now()
    has_answer, asked = bool(answer.text), (question,) if question else ()
    used = call.usage or (
        Usage(told, answer.tokens or 0, estimated=True)
        if has_answer or call.status == "ok"
        else Usage()
    )
    cost = call.cost or call_usage.unreported(used, call.status)
    detail: dict[str, Any] = {"error": call.error} if call.error else {}
    if used.input_tokens and covered:
        detail[COVERED] = covered
    return Interaction(
        id=call.id or ids.new(),
        at=stamp(now),
        provider=call.provider,
        model=call.model,
        messages=(*asked, answer) if has_answer or call.status == "ok" else asked,
        usage=used,
        cost=cost or core.price_of(used, call.model, now),
        status=call.status,
        duration_ms=call.duration_ms,
        purpose=PURPOSE,
        detail=detail,
    )


def of_tool(
    core: Conversations,
    tool: str,
    given: Any,
    result: Any,
    error: str | None,
    metadata: Mapping[str, Any],
) -> tuple[Said, Said]:
    """A use of a tool: the call, and what came of it."""
    arguments.name("a tool", tool)
    if error is not None:
        arguments.text("an error", error)
    call = ToolCall(ids.new(), tool, given)
    text = arguments.result(result if error is None else error)
    asked = Message("assistant", "", tool_calls=(call,), metadata=dict(metadata))
    answered = Message("tool", text, name=tool, tool_call_id=call.id, is_error=error is not None)
    return Said(counted(core, asked)), Said(counted(core, answered))
