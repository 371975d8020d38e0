"""Anthropic's Messages API over HTTP: Claude without an agent around it.

Form of requests, events and errors: API version 2023-06-01. What was said before goes along each
time; the server is asked to keep it (prompt caching), which makes reading it again cheap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ai_sessions import tokens
from ai_sessions.errors import ConfigError, Unsupported
from ai_sessions.providers import http, media, options, tools
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, objects, table, word
from ai_sessions.records import Cost, Json, Message, ToolCall, Usage

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
#: Its ids of tool calls; those of others may have more.
_ID = re.compile(r"[^a-zA-Z0-9_-]")
_NO_CACHE = re.compile(r"cache_control|prompt caching", re.I)


class Anthropic:
    """One server. `base_url` other than Anthropic's own may do without a key."""

    name = NAME
    quirks = Quirks(
        keeps_context=False,
        edits_files=False,
        takes_schema=True,
        takes_tools=True,
        ignores=options.NOT_THERE,
        parts=("image", "document"),
    )

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
    if request.tools:
        body |= tools.for_anthropic(request.tools)
    if name := _answer_tool(request):
        body |= _with_answer(body, name, request)
    return body


def _answer_tool(request: Request) -> str:
    """The name of the tool whose input is the answer; empty: it is a text. Raises `Unsupported`
    for a form that no tool has and that has to be kept.
    """
    if not request.schema:
        return ""
    if request.schema.get("type") != "object":
        if request.is_exact:
            told = f"its JSON schema is not that of an object: {dict(request.schema)!r:.80}"
            raise Unsupported("response_format", f"{NAME}: {told}")
        return ""
    taken = {one.name for one in request.tools.tools} if request.tools else set()
    name = _TOOL
    while name in taken:
        name += "_"
    return name


def _with_answer(body: dict[str, Any], name: str, request: Request) -> dict[str, Any]:
    """The tools with that of the answer. Where others may be called, too, the model has to call one
    of them; where one of those has to be called, the answer is not due yet.
    """
    offer = request.tools
    if offer and offer.choice in ("required", "function"):
        return {}
    about, schema = "Give the answer in this form.", dict(request.schema or {})
    own = {"name": name, "description": about, "input_schema": schema}
    choice: dict[str, Any] = {"type": "tool", "name": name}
    if offer and offer.may_be_called:
        choice = {**body["tool_choice"], "type": "any"}
    return {"tools": [*body.get("tools", ()), own], "tool_choice": choice}


def _messages(request: Request) -> list[dict[str, Any]]:
    """What was said before, and the question: the last of the history, or a prompt."""
    is_native = bool(request.tools and request.tools.tools)
    said = (_said(one, is_native) for one in request.history if one.role != "system")
    found = _joined(one for one in said if one["content"])
    if not request.prompt and request.history:
        return [*_begun(found[:-1]), *found[-1:]]
    asked = [_text(request.prompt), *map(media.for_anthropic, request.parts)]
    return [*_begun(found), {"role": "user", "content": asked}]


def _joined(said: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the results of one turn in one message, as the API wants them."""
    found: list[dict[str, Any]] = []
    for one in said:
        if found and _is_result(one) and _is_result(found[-1]):
            found[-1]["content"] += one["content"]
        else:
            found.append(one)
    return found


def _is_result(said: dict[str, Any]) -> bool:
    return bool(said["content"][0]["type"] == "tool_result")


def _begun(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said before: the last of it is marked, up to there the server keeps it.

    A conversation has to begin with the user.
    """
    if not messages:
        return []
    first = messages[0]["content"][0]
    if messages[0]["role"] == "assistant":
        if _calls(messages[0]):
            messages = [{"role": "user", "content": [_text("[earlier]")]}, *messages]
        else:
            messages[0]["role"] = "user"
            if first["type"] == "text":
                first["text"] = f"[earlier answer]\n{first['text']}"
    messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return messages


def _calls(said: dict[str, Any]) -> bool:
    return any(block["type"] == "tool_use" for block in said["content"])


def _said(message: Message, is_native: bool) -> dict[str, Any]:
    """A text must not be empty. `is_native`: calls and results are told as such."""
    if is_native and message.role == "tool":
        return {"role": "user", "content": [_result(message)]}
    role, text = (message.role, message.text) if is_native else http.as_said(message)
    texts = [_text(text)] if text.strip() else []
    calls = map(_call, message.tool_calls) if is_native else ()
    return {"role": role, "content": [*texts, *map(media.for_anthropic, message.parts), *calls]}


def _call(call: ToolCall) -> dict[str, Any]:
    told = {"name": call.name, "input": tools.input_of(call)}
    return {"type": "tool_use", "id": _ID.sub("_", call.id), **told}


def _result(message: Message) -> dict[str, Any]:
    texts = [_text(message.text)] if message.text.strip() else []
    content = [*texts, *map(media.for_anthropic, message.parts)]
    found = {"type": "tool_result", "tool_use_id": _ID.sub("_", message.tool_call_id)}
    failed = {"is_error": True} if message.is_error else {}
    return {**found, **({"content": content} if content else {}), **failed}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


class Answer(http.Answer):
    """A message, in events or whole. With a schema it is the input of our tool, as JSON text."""

    kind = "type"
    request_id = "request-id"
    _told: Json | None = None
    _answers: frozenset[int] = frozenset()
    """Places of the blocks that are input of the tool whose input is the answer."""

    def object(self, body: Json) -> None:
        kind = word(body, "type")
        if kind == "message_start":
            self._message(table(body, "message"))
        elif kind == "message":
            self._message(body)
            for place, block in enumerate(objects(body, "content")):
                self._block(place, block)
        elif kind == "content_block_start":
            self._begins(count(body, "index"), table(body, "content_block"))
        elif kind == "content_block_delta":
            self._more(count(body, "index"), table(body, "delta"))
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
        elif self._may_do_without(body) and _NO_TOOLS.search(told):
            del body["tools"], body["tool_choice"]
        else:
            return False
        return True

    def _may_do_without(self, body: dict[str, Any]) -> bool:
        """Whether the only tool is our own, and the form need not be kept."""
        has_others = bool(self.request.tools and self.request.tools.tools)
        return "tools" in body and not has_others and not self.request.is_exact

    def _message(self, message: Json) -> None:
        self._model = word(message, "model") or self._model
        self._finish = word(message, "stop_reason") or self._finish
        self._count(message)

    def _begins(self, place: int, block: Json) -> None:
        if word(block, "type") != "tool_use":
            return
        if word(block, "name") == _answer_tool(self.request):
            self._answers |= {place}
        else:
            self._calls.add(place, word(block, "id"), word(block, "name"))

    def _more(self, place: int, delta: Json) -> None:
        piece = word(delta, "partial_json")
        if piece and place not in self._answers:
            self._calls.add(place, arguments=piece)
        else:
            self._say(word(delta, "text") or piece)

    def _block(self, place: int, block: Json) -> None:
        """Part of an answer that is not streamed."""
        self._begins(place, block)
        if word(block, "type") == "tool_use":
            self._more(place, {"partial_json": json.dumps(block.get("input"))})
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
