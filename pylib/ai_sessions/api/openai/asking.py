"""What a request for a chat completion asks: what is taken of it, and what is refused.

A field that changes nothing here is let pass. One that would change the answer is refused, rather
than answered as if it had not been there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Json, array_of, object_of
from ai_sessions.library import questions
from ai_sessions.library.questions import Question

UNSUPPORTED = "unsupported_parameter"
_NUMBER: Json = {"type": ["number", "null"]}
_COUNT: Json = {"type": ["integer", "null"]}
_TEXT: Json = {"type": ["string", "null"]}
_YES_OR_NO: Json = {"type": ["boolean", "null"]}
_MAP: Json = {"type": ["object", "null"]}
_MESSAGE = object_of(
    {
        "role": {"type": "string"},
        "content": {"type": ["string", "array", "null"]},
        "tool_calls": {"type": ["array", "null"]},
        "tool_call_id": _TEXT,
    },
    "role",
    more=True,
)
_FUNCTION = object_of(
    {
        "name": {"type": "string", "minLength": 1},
        "description": _TEXT,
        "parameters": _MAP,
        "strict": _YES_OR_NO,
    },
    "name",
    more=True,
)
_TOOL = object_of({"type": {"type": "string"}, "function": _FUNCTION}, "function", more=True)
#: JSON Schema of a request; what it says no more of is looked at by `question`.
SCHEMA = object_of(
    {
        "messages": {**array_of(_MESSAGE), "minItems": 1},
        "model": {**_TEXT, "maxLength": 256},
        "stream": _YES_OR_NO,
        "stream_options": _MAP,
        "temperature": _NUMBER,
        "top_p": _NUMBER,
        "max_tokens": _COUNT,
        "max_completion_tokens": _COUNT,
        "stop": {"type": ["string", "array", "null"]},
        "seed": _COUNT,
        "presence_penalty": _NUMBER,
        "frequency_penalty": _NUMBER,
        "response_format": _MAP,
        "tools": {"type": ["array", "null"], "items": _TOOL},
        "tool_choice": {"type": ["string", "object", "null"]},
        "parallel_tool_calls": _YES_OR_NO,
        "user": {**_TEXT, "maxLength": 512},
        "metadata": _MAP,
    },
    "messages",
    more=True,
)
#: They say how an answer is made or kept, and nothing of what it is.
_HARMLESS = frozenset(
    (
        *("store", "service_tier", "prediction", "safety_identifier"),
        *("prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"),
    )
)
#: Field -> values with which it changes nothing.
_IDLE: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "modalities": (["text"],),
    "verbosity": ("medium",),
}
_HINTS = {
    "n": "ask once for each answer",
    "functions": "give them as tools",
    "function_call": "give it as tool_choice",
}
_OPTIONS = ("temperature", "top_p", "seed", "tools", "tool_choice", "parallel_tool_calls")
#: Sent by many with a 0, which is as if they were not.
_PENALTIES = ("presence_penalty", "frequency_penalty")


def question(body: Json, model: str, provider: str) -> Question:
    """What is asked of a model. Raises `Refused` for a field that cannot be kept to, `UsageError`
    for a value that is wrong.
    """
    for name, value in body.items():
        _refuse_unkept(body, name, value)
    limit = body.get("max_completion_tokens")
    return questions.question(
        body["messages"],
        model,
        provider,
        schema=_schema(body.get("response_format")),
        max_tokens=body.get("max_tokens") if limit is None else limit,
        stop=body.get("stop") or None,
        **{name: body.get(name) for name in _OPTIONS},
        **{name: body.get(name) or None for name in _PENALTIES},
    )


def tells_usage(body: Json) -> bool:
    """Whether a stream ends with what was used."""
    return bool((body.get("stream_options") or {}).get("include_usage"))


def _refuse_unkept(body: Json, name: str, value: Any) -> None:
    if value is None or name in SCHEMA["properties"] or name in _HARMLESS:
        return
    if name == "functions" and body.get("function_call") == "none":
        return
    idle = _IDLE.get(name, ())
    if value in idle:
        return
    only = f" other than {' or '.join(map(repr, idle))}" if idle else ""
    raise Refused(
        400,
        UNSUPPORTED,
        f"{name[:80]}{only}: this server does not pass that on to models",
        _HINTS.get(name, "leave it out"),
        errors=(name[:80],),
    )


def _schema(form: Json | None) -> Json | None:
    """What the answer has to fit; None: it is free text."""
    kind = (form or {}).get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    named = (form or {}).get("json_schema")
    schema = named.get("schema") if isinstance(named, Mapping) else None
    if kind != "json_schema" or not isinstance(schema, Mapping):
        told = f"response_format: not text, json_object or a json_schema: {form!r:.80}"
        raise Refused(400, "usage", told, errors=("response_format",))
    return schema
