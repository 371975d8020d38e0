"""What a span and the metrics of one call say, by the GenAI conventions of OpenTelemetry 1.41.0.

That is the last release of the semantic conventions with generative AI in it, and what today's
backends read; they are developed in a repository of their own since.
https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/README.md

Beside the attributes of the conventions there are `ai_sessions.*`: what only we know of a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Interaction, Session
from ai_sessions.telemetry import content

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
OPERATION = "chat"
TOKENS, DURATION = "gen_ai.client.token.usage", "gen_ai.client.operation.duration"
#: Upper bounds of the buckets that the conventions ask for.
TOKEN_BUCKETS = tuple(float(4**power) for power in range(14))
SECOND_BUCKETS = tuple(0.01 * 2**power for power in range(14))
#: What the conventions call whom we know by another name.
_PROVIDERS = {
    "claude": "anthropic",
    "codex": "openai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "xai": "x_ai",
}
#: Runs in this process, not in a server that is called.
_LOCAL = "local"
_NS_A_MS = 1_000_000
_NUSD = 1e9

Value = str | bool | int | float | list[str]


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a metric, which is a histogram."""

    metric: str
    value: float
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Span:
    """One call of a model. Times are nanoseconds since 1970."""

    name: str
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Value]
    is_client: bool = True
    """False: the model ran in this process."""
    is_error: bool = False
    error: str = ""
    """What the failure said; empty where content is not to be told."""
    points: tuple[Point, ...] = ()


def span(call: Interaction, session: Session, *, has_content: bool) -> Span:
    """`has_content`: what was said, and the words of an error, are exported, too."""
    named = _named(call)
    end_ns = round(datetime.fromisoformat(call.at).timestamp() * 1000) * _NS_A_MS
    words = content.told(call).attributes() if has_content else {}
    return Span(
        name=f"{OPERATION} {call.model}".strip(),
        start_ns=end_ns - call.duration_ms * _NS_A_MS,
        end_ns=end_ns,
        attributes=_said({**named, **_facts(call, session), **words}),
        is_client=call.provider != _LOCAL,
        is_error=call.status != "ok",
        error=content.error(call) if has_content else "",
        points=_points(call, named),
    )


def _named(call: Interaction) -> dict[str, Value]:
    """What spans and metrics say alike."""
    return _said(
        {
            "gen_ai.operation.name": OPERATION,
            "gen_ai.provider.name": _PROVIDERS.get(call.provider, call.provider),
            "gen_ai.request.model": call.model,
            "gen_ai.response.model": call.model,
            "error.type": call.status if call.status != "ok" else "",
        }
    )


def _facts(call: Interaction, session: Session) -> dict[str, Value | None]:
    finish = call.detail.get("finish")
    return {
        "gen_ai.conversation.id": session.about.conversation_id or session.uid,
        "gen_ai.response.finish_reasons": [str(finish)] if finish else None,
        **_usage(call),
        "ai_sessions.session": session.name,
        "ai_sessions.call": call.id,
        "ai_sessions.provider": call.provider,
        "ai_sessions.purpose": call.purpose,
        "ai_sessions.task": call.task,
        "ai_sessions.cost_usd": None if call.cost.nusd is None else call.cost.nusd / _NUSD,
    }


def _usage(call: Interaction) -> dict[str, Value | None]:
    """Nothing for a call of which nobody knows what it used."""
    used = call.usage
    if not used.total_tokens:
        return {}
    return {
        "gen_ai.usage.input_tokens": used.input_tokens,
        "gen_ai.usage.output_tokens": used.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": used.cache_read_tokens or None,
        "gen_ai.usage.cache_creation.input_tokens": used.cache_write_tokens or None,
        "gen_ai.usage.reasoning.output_tokens": used.reasoning_tokens or None,
        "ai_sessions.usage.estimated": used.estimated,
    }


def _points(call: Interaction, named: Mapping[str, Value]) -> tuple[Point, ...]:
    """The conventions ask for no metric of tokens that were only estimated."""
    took = Point(DURATION, call.duration_ms / 1000, named)
    used = call.usage
    if used.estimated or not used.total_tokens:
        return (took,)
    alike = {key: value for key, value in named.items() if key != "error.type"}
    tokens = {"input": used.input_tokens, "output": used.output_tokens}
    return took, *(
        Point(TOKENS, count, {**alike, "gen_ai.token.type": kind}) for kind, count in tokens.items()
    )


def _said(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    return {key: value for key, value in attributes.items() if value is not None and value != ""}
