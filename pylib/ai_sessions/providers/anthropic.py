"""Anthropic's Messages API over HTTP: Claude without an agent around it.

Form of requests, events and errors: API version 2023-06-01. What was said before goes along each
time; the server is asked to keep it (prompt caching), which makes reading it again cheap.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ai_sessions import tokens
from ai_sessions.errors import ConfigError
from ai_sessions.providers import http, media, options
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, objects, table, word
from ai_sessions.records import Cost, Json, Message, Usage

NAME = "anthropic"
PUBLIC_URL = "https://api.anthropic.com"
DEFAULT_MODEL = "sonnet"
VERSION = "2023-06-01"
#: The API wants a limit. Models that allow less say how much in their refusal.
MOST_OUTPUT = 32_000
_TOO_MUCH = re.compile(r"max_tokens: \d+ > (\d+)")
#: Models that count the whole of `max_tokens` into their window leave less to a long prompt.
_NO_ROOM = re.compile(r"context limit: (\d+) \+ \d+ > (\d+)")
_LEAST_OUTPUT = 2048
#: The tool whose input is the answer, where a schema is asked for.
_TOOL = "answer"
_NO_TOOLS = re.compile(r"tool_choice|\btools?\b|input_schema", re.I)
_NO_CACHE = re.compile(r"cache_control|prompt caching", re.I)


class Anthropic:
    """One server. `base_url` other than Anthropic's own may do without a key."""

    name = NAME
    quirks = Quirks(keeps_context=False, edits_files=False, takes_schema=True)

    def __init__(self, base_url: str = PUBLIC_URL, key: str = "") -> None:
        url = base_url.rstrip("/").removesuffix("/v1")
        self._endpoint = http.Endpoint(
            name=NAME,
            url=url,
            base="ANTHROPIC_BASE_URL",
            secret="ANTHROPIC_API_KEY",  # noqa: S106 (the name of a setting)
            key=key,
            headers={"anthropic-version": VERSION, **({"x-api-key": key} if key else {})},
            path="/v1/messages",
        )

    @property
    def account(self) -> str:
        return self._endpoint.account

    def default_model(self) -> str:
        return DEFAULT_MODEL

    def models(self, timeout_s: float = http.LIST_S) -> list[str]:
        """As `ListsModels` says."""
        self._check_key()
        self._endpoint.check_key()
        return http.models(replace(self._endpoint, url=f"{self._endpoint.url}/v1"), timeout_s)

    def _check_key(self) -> None:
        if self._endpoint.url == PUBLIC_URL and not self._endpoint.key:
            raise ConfigError("ANTHROPIC_API_KEY is not set", "make one in Anthropic's console")

    def run(self, request: Request, watch: Watch) -> Reply:
        """As the contract says; `ConfigError` when a setting is missing or wrong."""
        self._endpoint.check(request)
        self._check_key()
        request = replace(request, model=_full_name(request.model))
        watch(Event("started", NAME))
        answer = Answer(self._endpoint, request, watch)
        return http.converse(self._endpoint, body_of(request), answer)


def _full_name(model: str) -> str:
    """The API knows no short names; `sonnet` and its like are Claude Code's."""
    from ai_sessions import catalog

    found = catalog.load().model(model) if re.fullmatch(r"[a-z-]+", model) else None
    return found.id if found and found.provider == NAME else model


def body_of(request: Request) -> dict[str, Any]:
    """The body of a call, with everything we would like to have."""
    system = "\n\n".join(one.text for one in request.history if one.role == "system")
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": MOST_OUTPUT,
        "messages": _messages(request),
        "stream": True,
        **options.for_anthropic(request.options),
    }
    if system:
        body["system"] = system
    if request.schema and request.schema.get("type") == "object":
        about = "Give the answer in this form."
        schema = dict(request.schema)
        body["tools"] = [{"name": _TOOL, "description": about, "input_schema": schema}]
        body["tool_choice"] = {"type": "tool", "name": _TOOL}
    return body


def _messages(request: Request) -> list[dict[str, Any]]:
    """What was said before, and the question: the last of the history, or a prompt."""
    history = request.history
    if not request.prompt and history:
        return [*_earlier(history[:-1]), *_earlier(history[-1:], is_kept=False)]
    return [*_earlier(history), {"role": "user", "content": [_text(request.prompt)]}]


def _earlier(history: tuple[Message, ...], *, is_kept: bool = True) -> list[dict[str, Any]]:
    """What was said before. `is_kept`: the last of it is marked: up to there the server keeps it.

    A conversation has to begin with the user, and a text must not be empty.
    """
    found = [_said(one) for one in history if one.role != "system"]
    messages = [one for one in found if one["content"]]
    if is_kept and messages:
        if messages[0]["role"] == "assistant":
            messages[0]["role"] = "user"
            first = messages[0]["content"][0]
            if first["type"] == "text":
                first["text"] = f"[earlier answer]\n{first['text']}"
        messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def _said(message: Message) -> dict[str, Any]:
    role, text = http.as_said(message)
    texts = [_text(text)] if text.strip() else []
    return {"role": role, "content": [*texts, *map(media.for_anthropic, message.parts)]}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


class Answer(http.Answer):
    """A message, in events or whole. With a schema it is the input of our tool, as JSON text."""

    kind = "type"
    request_id = "request-id"
    _told: Json | None = None

    def object(self, body: Json) -> None:
        kind = word(body, "type")
        if kind == "message_start":
            self._message(table(body, "message"))
        elif kind == "message":
            self._message(body)
            for block in objects(body, "content"):
                self._block(block)
        elif kind == "content_block_delta":
            delta = table(body, "delta")
            self._say(word(delta, "text") or word(delta, "partial_json"))
        elif kind == "message_delta":
            self._finish = word(table(body, "delta"), "stop_reason") or self._finish
            self._count(body)
        elif kind == "message_stop":
            self._done = True

    def spent(self, text: str) -> tuple[Usage | None, Cost | None]:
        """Output is told at the end. Of a broken-off answer it is what came, estimated."""
        if self._told is None:
            return None, None
        usage = usage_of(self._told)
        if self._finish:
            return usage, None
        came = max(usage.output_tokens, tokens.estimate(text))
        return replace(usage, output_tokens=came, estimated=True), None

    def shortfall(self) -> Failure | None:
        if self._finish == "max_tokens" and "max_tokens" not in self.request.options:
            limit = "its answer was cut at the output limit"
            return Failure("limit", limit, self._hint("limit"))
        if self._finish == "model_context_window_exceeded":
            full = "its answer filled the context window"
            return Failure("context_too_long", full, self._hint("context_too_long"))
        if self._finish == "pause_turn":
            paused = "it paused before its answer was whole"
            return Failure("interrupted", paused, self._hint("empty"))
        if self._finish == "refusal":
            return Failure("denied", "the model refused to answer", self._hint("denied"))
        return None

    def without(self, told: str, body: dict[str, Any]) -> bool:
        most = _most_output(told)
        if most and most < body["max_tokens"]:
            body["max_tokens"] = most
        elif _NO_CACHE.search(told) and _unmarked(body["messages"]):
            pass
        elif "tools" in body and _NO_TOOLS.search(told):
            del body["tools"], body["tool_choice"]
        else:
            return False
        return True

    def _message(self, message: Json) -> None:
        self._model = word(message, "model") or self._model
        self._finish = word(message, "stop_reason") or self._finish
        self._count(message)

    def _block(self, block: Json) -> None:
        """Part of an answer that is not streamed."""
        if word(block, "type") == "tool_use":
            import json

            self._say(json.dumps(block.get("input")))
        else:
            self._say(word(block, "text"))

    def _count(self, source: Json) -> None:
        """Figures grow from event to event; a later one may leave out what it does not change, or
        have 0 there.
        """
        told = {key: value for key, value in table(source, "usage").items() if value is not None}
        known = self._told or {}
        kept = {key for key in told if count(known, key) > count(told, key)}
        if told:
            self._told = {**known, **{key: told[key] for key in told.keys() - kept}}


def _most_output(told: str) -> int:
    """What a refusal leaves to the answer; 0: it says nothing of that, or leaves too little."""
    if less := _TOO_MUCH.search(told):
        return int(less[1])
    if full := _NO_ROOM.search(told):
        left = int(full[2]) - int(full[1])
        return left if left >= _LEAST_OUTPUT else 0
    return 0


def _unmarked(messages: list[dict[str, Any]]) -> bool:
    """Take the marks for the cache away; False when there were none."""
    marks = [block.pop("cache_control", None) for one in messages for block in one["content"]]
    return any(marks)


def usage_of(told: Json) -> Usage:
    """Anthropic's input leaves out cached tokens; our `input_tokens` includes them."""
    read = count(told, "cache_read_input_tokens")
    written = count(told, "cache_creation_input_tokens")
    kinds = table(told, "cache_creation")
    return Usage(
        input_tokens=count(told, "input_tokens") + read + written,
        output_tokens=count(told, "output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=count(kinds, "ephemeral_1h_input_tokens"),
        reasoning_tokens=count(told.get("output_tokens_details"), "thinking_tokens"),
    )
