"""The answer of a model: a text that knows what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ai_sessions import money
from ai_sessions.providers import tools
from ai_sessions.records import ToolCall, Usage

if TYPE_CHECKING:
    from ai_sessions.jobs import Result


class Completion(str):
    """A plain text in every way; what else is known of the call stands beside it."""

    model: str = ""
    """As the provider names it."""
    provider: str = ""
    usage: Usage = Usage()
    """`input_tokens` includes what was read from a cache, `output_tokens` what was thought."""
    cost: float | None = None
    """Dollars; None: nobody knows."""
    session_id: str = ""
    call_id: str = ""
    """Of the call in its session."""
    status: str = "ok"
    """`ok`, or what went wrong: then the text is what came until then."""
    finish: str = ""
    """`length` when it was cut at `max_tokens`."""
    tool_calls: tuple[ToolCall, ...] = ()
    """What the model asks for of the tools that it was given, each with `id`, `name` and
    `arguments`."""
    duration_ms: int = 0
    warnings: tuple[str, ...] = ()
    """What the caller should be told, such as that another model answers than the one asked for."""

    @classmethod
    def of(cls, result: Result, session_id: str) -> Self:
        """What came of a call."""
        call = result.interaction
        made = cls(result.text)
        made.model, made.provider, made.usage = call.model, call.provider, call.usage
        made.cost = None if call.cost.nusd is None else money.number(call.cost.nusd)
        made.session_id, made.call_id, made.status = session_id, call.id, call.status
        made.finish = str(call.detail.get("finish", ""))
        made.tool_calls = result.tool_calls
        made.duration_ms, made.warnings = call.duration_ms, result.warnings
        return made

    @property
    def message(self) -> dict[str, Any]:
        """As chat completions have it, for the messages of the next question."""
        if not self.tool_calls:
            return {"role": "assistant", "content": str(self)}
        calls = tools.calls_for_openai(self.tool_calls)
        return {"role": "assistant", "content": str(self) or None, "tool_calls": calls}

    def model_dump(self) -> dict[str, Any]:
        """All of it, the text as `content`."""
        return {"content": str(self), **vars(self)}
