"""Answers and failures in the form that OpenAI's clients read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ai_sessions import money
from ai_sessions.api.answers import JSON, Answer
from ai_sessions.api.openai.asking import UNSUPPORTED
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import array_of, object_of
from ai_sessions.providers import tools

if TYPE_CHECKING:
    from ai_sessions.jobs import Result
    from ai_sessions.providers.contract import CallPiece
    from ai_sessions.records import Interaction, ToolCall

Plain = dict[str, Any]
_TEXT = {"type": "string"}
_CALL = object_of(
    {
        "id": _TEXT,
        "type": {"const": "function"},
        "function": object_of({"name": _TEXT, "arguments": _TEXT}, "name", "arguments"),
        "extra_content": {"type": "object"},
    },
    *("id", "type", "function"),
)
_MESSAGE = object_of(
    {
        "role": {"const": "assistant"},
        "content": {"type": ["string", "null"]},
        "refusal": {"type": "null"},
        "tool_calls": array_of(_CALL),
    },
    *("role", "content", "refusal"),
)
_CHOICE = object_of(
    {
        "index": {"const": 0},
        "message": _MESSAGE,
        "logprobs": {"type": "null"},
        "finish_reason": {"enum": ["stop", "length", "tool_calls", "content_filter"]},
    },
    *("index", "message", "logprobs", "finish_reason"),
)
COMPLETION = object_of(
    {
        "id": _TEXT,
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": _TEXT,
        "choices": array_of(_CHOICE),
        "usage": {"type": "object"},
        "warnings": array_of(_TEXT),
    },
    *("id", "object", "created", "model", "choices", "usage"),
)
ERROR = object_of(
    {
        "error": object_of(
            {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
            *("message", "type", "param", "code"),
        )
    },
    "error",
)
#: Status -> kind of an error, by OpenAI's names.
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
#: Codes of failures that another try does not mend; SDKs try again unless they are told.
_LASTING = (
    *("limit", "config", "bug", "auth", "billing", "budget", "denied", "model", "empty"),
    *("context_too_long", "unreadable", "other", "output_limit"),
)
#: How a call ended -> status of the answer.
_STATUSES = {
    "rate_limit": 429,
    "budget": 429,
    "overloaded": 503,
    "context_too_long": 400,
    "denied": 400,
    "limit": 400,
    "model": 404,
    "timeout": 504,
}
#: Code -> what OpenAI calls it.
_CODES = {
    "limit": "insufficient_quota",
    "budget": "insufficient_quota",
    "rate_limit": "rate_limit_exceeded",
    "context_too_long": "context_length_exceeded",
    "denied": "content_filter",
    "model": "model_not_found",
    "output_limit": "max_output_tokens",
}
#: How a call ended -> code of the failure, where that is another one. `limit` is a budget, too.
_NAMED = {"limit": "output_limit"}
#: How a call ended whose answer is none to others, but is to these clients.
_CUT = {"limit": "length", "denied": "content_filter"}
_RETRY_S = "5"
DONE = b"data: [DONE]\n\n"


def completion(result: Result, created: int) -> Plain:
    """A whole answer."""
    call = result.interaction
    message: Plain = {"role": "assistant", "content": result.text, "refusal": None}
    if calls := _calls(result):
        message |= {"content": result.text or None, "tool_calls": tools.calls_for_openai(calls)}
    ended = finish(call, has_calls=bool(calls))
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": ended}
    told = {
        "id": completion_id(call.id),
        "object": "chat.completion",
        "created": created,
        "model": call.model or call.provider,
        "choices": [choice],
        "usage": usage(call),
    }
    return {**told, "warnings": list(result.warnings)} if result.warnings else told


def completion_id(call: str) -> str:
    return f"chatcmpl-{call}"


def is_answer(result: Result) -> bool:
    """Whether a client is given what came, though it may have been cut."""
    if result.error is None:
        return True
    return result.interaction.status in _CUT and bool(result.text or _calls(result))


def _calls(result: Result) -> tuple[ToolCall, ...]:
    """What a client is given of them: of an answer that was cut also what had begun."""
    if result.interaction.status in _CUT and result.reply:
        return result.reply.tool_calls
    return result.tool_calls


def failure(result: Result) -> Refused:
    """What is raised of a call that is on record and is no answer."""
    call, error = result.interaction, result.error
    if error is None:
        raise ValueError("the call did not fail")
    status = _STATUSES.get(call.status, 400 if _is_refused(result) else 502)
    headers = {"retry-after": _RETRY_S} if status in (429, 503) else {}
    code = _NAMED.get(call.status, call.status)
    return Refused(status, code, error.message, error.hint, headers=headers)


def _is_refused(result: Result) -> bool:
    """Whether a server found the request wrong, in words that we do not know."""
    told = result.reply.failure if result.reply else None
    return bool(told and told.status == "other" and told.refused and told.http in (400, 422))


def finish(call: Interaction, *, has_calls: bool = False) -> str:
    if call.status in _CUT:
        return _CUT[call.status]
    if call.detail.get("finish") == "length":
        return "length"
    return "tool_calls" if has_calls else "stop"


def usage(call: Interaction) -> Plain:
    """Of a call, with its cost in dollars (null: nobody knows), as OpenRouter tells it."""
    used, nusd = call.usage, call.cost.nusd
    return {
        "prompt_tokens": used.input_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.total_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning_tokens},
        "cost": None if nusd is None else money.number(nusd),
        **({"estimated": True} if used.estimated else {}),
    }


class Chunks:
    """The pieces of a streamed answer, one after the other."""

    def __init__(self, call: str, created: int, model: str, *, tells_usage: bool) -> None:
        self._head = {
            "id": completion_id(call),
            "object": "chat.completion.chunk",
            "created": created,
        }
        self._model, self._tells_usage = model, tells_usage

    def begin(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def call(self, piece: CallPiece) -> bytes:
        function = {"arguments": piece.arguments}
        told: Plain = {"index": piece.index, "function": function}
        if piece.name:
            told |= {"id": piece.id, "type": "function"}
            told["function"] = {"name": piece.name, **function}
        if piece.signature:
            told |= tools.extra_content(piece.signature)
        return self._chunk({"tool_calls": [told]})

    def end(self, result: Result) -> bytes:
        call = result.interaction
        self._model = call.model or call.provider
        last = self._chunk({}, finish(call, has_calls=bool(_calls(result))), result.warnings)
        if not self._tells_usage:
            return last + DONE
        told = {**self._head, "model": self._model, "choices": [], "usage": usage(call)}
        return last + event(told) + DONE

    def _chunk(
        self, delta: Plain, finished: str | None = None, warnings: tuple[str, ...] = ()
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finished}
        told: Plain = {**self._head, "model": self._model, "choices": [choice]}
        if self._tells_usage:
            told["usage"] = None
        if warnings:
            told["warnings"] = list(warnings)
        return event(told)


def event(told: Plain) -> bytes:
    return b"data: " + orjson.dumps(told) + b"\n\n"


def failed(problem: Answer, _path: str = "") -> Answer:
    """A problem as OpenAI tells it."""
    body, headers = problem.body, dict(problem.headers)
    code = str(body["code"])
    said = body.get("detail") or body["title"]
    hint = body.get("hint", "")
    error = {
        "message": f"{said} ({hint})" if hint else said,
        "type": _kind(problem.status, code),
        "param": body["errors"][0] if code == UNSUPPORTED else None,
        "code": _CODES.get(code, code),
    }
    if code in _LASTING:
        headers["x-should-retry"] = "false"
    return Answer({"error": error}, problem.status, headers, JSON)


def _kind(status: int, code: str) -> str:
    if code in ("limit", "budget"):
        return "insufficient_quota"
    usual = "invalid_request_error" if status < 500 else "server_error"
    return _KINDS.get(status, usual)
