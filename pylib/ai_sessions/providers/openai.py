"""Any server that speaks OpenAI's chat completions: OpenAI, OpenRouter, Ollama, llama.cpp, vLLM, …

Servers differ in what they know, so what not all of them take is left out when it is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ai_sessions import money
from ai_sessions.errors import ConfigError
from ai_sessions.providers import http, media, model_lists, tools
from ai_sessions.providers.contract import Event, Failure, Offer, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, is_number, objects, one_line, table, word
from ai_sessions.records import Cost, Json, Message, Usage

NAME = "openai"
PUBLIC_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-5.4"
_NAMED = 3
#: How refusals name what not every server knows.
_USAGE = re.compile(r"stream_options|include_usage")
_FORM = re.compile(r"response_format|json.?schema|json mode|structured.?output|grammar", re.I)
_PARALLEL = re.compile(r"parallel_tool_calls")
#: Mistral takes no ids of tool calls but its own.
_SHORT_ID = re.compile(r"tool.?call.?id.*length of (\d+)", re.I | re.S)
#: Gemini wants its own signature with a call of an earlier answer; this one stands for any.
_UNSIGNED = re.compile(r"thought_?signature", re.I)
_ANY_SIGNATURE = "skip_thought_signature_validator"
_GOOGLE = "generativelanguage.googleapis.com"


class OpenAI:
    """One server. `base_url` empty: OpenAI's own, which needs a key."""

    quirks = Quirks(
        keeps_context=False,
        edits_files=False,
        takes_schema=True,
        takes_tools=True,
        parts=media.KINDS,
    )

    def __init__(
        self,
        base_url: str = "",
        key: str = "",
        *,
        name: str = NAME,
        base: str = "OPENAI_BASE_URL",
        secret: str = "OPENAI_API_KEY",  # noqa: S107 (the name of a setting)
        default: str = "",
        key_url: str = "",
        windows: Mapping[str, int] | None = None,
    ) -> None:
        """A server that is known by its own `name` needs the key that `secret` names, if one is
        named; `key_url`: where to get it. `default`: its model when none is named. `base`: how to
        call its address when something is wrong with it. `windows`: tokens that its models hold.
        """
        self.name = name
        self._is_named = bool(base_url)
        self._default = default
        self._key_url = key_url
        self._windows = windows or {}
        self._endpoint = http.Endpoint(
            name=name,
            url=base_url.rstrip("/") or PUBLIC_URL,
            base=base,
            secret=secret,
            key=key,
            headers={"authorization": f"Bearer {key}"} if key else {},
            path="/chat/completions",
        )

    @property
    def account(self) -> str:
        return self._endpoint.account

    def window(self, model: str) -> int | None:
        """As `HasWindow` says."""
        return self._windows.get(model)

    def default_model(self) -> str:
        """OpenAI's own server has one by name; of another it is the only one that it serves."""
        self._check_address()
        self._endpoint.check_key()
        if self._default:
            return self._default
        if self._endpoint.url == PUBLIC_URL:
            return DEFAULT_MODEL
        served = http.models(self._endpoint)
        chat = [name for name in served if model_lists.chats(name)] or served
        if len(chat) == 1:
            return chat[0]
        listed = ", ".join(chat[:_NAMED]) + (", …" if len(chat) > _NAMED else "")
        raise ConfigError(
            f"{self._endpoint.url} serves {len(chat)} models: AI_MODEL is not set",
            f"set AI_MODEL, or give --model: {listed}" if chat else "set AI_MODEL",
        )

    def models(self, timeout_s: float = http.LIST_S) -> list[str]:
        """As `ListsModels` says."""
        self._check_address()
        self._endpoint.check_key()
        listed = http.models(self._endpoint, timeout_s)
        return [name.removeprefix("models/") for name in listed if model_lists.chats(name)]

    def run(self, request: Request, watch: Watch) -> Reply:
        """As the contract says; `ConfigError` when a setting is missing or wrong."""
        self._endpoint.check(request)
        self._check_address()
        watch(Event("started", self.name))
        answer = self._answer(request, watch)
        is_signed = self.name == "google" or _GOOGLE in self._endpoint.url
        return http.converse(self._endpoint, body_of(request, signed=is_signed), answer)

    def _answer(self, request: Request, watch: Watch) -> Answer:
        return Answer(self._endpoint, request, watch)

    @property
    def _unset(self) -> str:
        if self.name == NAME:
            return "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
        return f"{self._endpoint.base} is not set"

    def _check_address(self) -> None:
        if self.name != NAME and self._endpoint.secret and not self._endpoint.key:
            where = f" (to be had at {self._key_url})" if self._key_url else ""
            raise ConfigError(
                f"{self.name} needs a key: {self._endpoint.secret} is not set",
                f"set {self._endpoint.secret} to your key{where}",
            )
        if not self._is_named and not self._endpoint.key:
            raise ConfigError(
                self._unset,
                "Ollama: AI_PROVIDER=ollama; another server: OPENAI_BASE_URL=http://127.0.0.1:8000/v1;"
                " OpenAI's own: OPENAI_API_KEY",
            )


def body_of(request: Request, *, signed: bool = False) -> dict[str, Any]:
    """The body of a call, with everything we would like to have. `signed`: it is for Gemini."""
    asked = (_asked(request),) if request.prompt or not request.history else ()
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_said(one, request.tools, signed) for one in (*request.history, *asked)],
        "stream": True,
        "stream_options": {"include_usage": True},
        **request.options,
        **(tools.for_openai(request.tools) if request.tools else {}),
    }
    if request.schema:
        named = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def _asked(request: Request) -> Message:
    return Message("user", request.prompt, parts=request.parts)


def _said(message: Message, offer: Offer | None, signed: bool) -> dict[str, Any]:
    if offer is None:
        role, text = http.as_said(message)
        return {"role": role, "content": _told(text, message)}
    said = {"role": message.role, "content": _told(message.text, message)}
    if message.tool_calls:
        calls = tools.calls_for_openai(message.tool_calls, signed=signed)
        return {**said, "content": said["content"] or None, "tool_calls": calls}
    return {**said, "tool_call_id": message.tool_call_id} if message.role == "tool" else said


def _told(text: str, message: Message) -> str | list[dict[str, Any]]:
    """Words alone as a text, which every server takes."""
    if not message.parts:
        return text
    texts = [{"type": "text", "text": text}] if text else []
    return [*texts, *map(media.for_openai, message.parts)]


class Answer(http.Answer):
    """A chat completion, in chunks or whole."""

    _usage: Json | None = None
    _refusal = ""

    def object(self, body: Json) -> None:
        self._model = word(body, "model") or self._model
        told = table(body, "usage")
        # some servers end with a usage of zeros
        if told and (usage_of(told).total_tokens or self._usage is None):
            self._usage = told
        for choice in objects(body, "choices"):
            self._finish = word(choice, "finish_reason") or self._finish
            if choice.get("error"):  # OpenRouter, of an answer that is not streamed
                self.hear_error({"error": choice["error"]})
            said = choice.get("delta") or choice.get("message")
            self._refusal += word(said, "refusal")
            self._say(_content(said))
            for call in objects(said, "tool_calls"):
                self._call(call)

    def _call(self, call: Json) -> None:
        """One of a whole answer, or a piece of one."""
        function = table(call, "function")
        told = word(call, "id"), word(function, "name"), function.get("arguments")
        google = table(table(call, "extra_content"), "google")
        self._calls.add(call.get("index"), *told, word(google, "thought_signature"))

    def spent(self, text: str) -> tuple[Usage | None, Cost | None]:  # noqa: ARG002 (all or nothing)
        if self._usage is None:
            return None, None
        return usage_of(self._usage), cost_of(self._usage)

    def shortfall(self) -> Failure | None:
        if self._finish == "length" and "max_tokens" not in self.request.options:
            limit = "its answer was cut at the output limit"
            return Failure("limit", limit, self._hint("limit"))
        if self._finish == "content_filter":
            stopped = "the server's content filter stopped it"
            return Failure("denied", stopped, self._hint("denied"))
        if self._refusal and not "".join(self._said).strip():
            return Failure("denied", one_line(self._refusal), self._hint("denied"))
        if self._finish == "error":
            failed = "the server stopped with an error"
            return Failure("server", failed, self._hint("server"))
        return None

    def without(self, told: str, body: dict[str, Any]) -> bool:
        if "max_tokens" in body and "max_completion_tokens" in told:
            body["max_completion_tokens"] = body.pop("max_tokens")
            return True
        if "stream_options" in body and _USAGE.search(told):
            del body["stream_options"]
        elif "response_format" in body and _FORM.search(told):
            return _with_less_form(body, is_exact=self.request.is_exact)
        elif body.get("parallel_tool_calls") and _PARALLEL.search(told):
            del body["parallel_tool_calls"]  # which is what servers do by themselves
        elif short := _SHORT_ID.search(told):
            return _with_short_ids(body, int(short[1]))
        elif _UNSIGNED.search(told):
            return _signed(body, self.request.history)
        else:
            return False
        return True


def _with_less_form(body: dict[str, Any], *, is_exact: bool) -> bool:
    """Ask for free text; where the form has to be kept, and any object will do, in the older way.
    False: there is no other.
    """
    schema = table(table(body["response_format"], "json_schema"), "schema")
    if not is_exact:
        del body["response_format"]
    elif schema == {"type": "object"}:
        body["response_format"] = {"type": "json_object"}
    else:
        return False
    return True


def _with_short_ids(body: dict[str, Any], length: int) -> bool:
    """Other ids of tool calls, the same for the same; False: they are so short already."""
    calls = [one for said in body["messages"] for one in said.get("tool_calls", ())]
    results = [said for said in body["messages"] if said["role"] == "tool"]
    named = [*((one, "id") for one in calls), *((one, "tool_call_id") for one in results)]
    long = [(one, key) for one, key in named if len(one[key]) != length or not one[key].isalnum()]
    for one, key in long:
        one[key] = hashlib.sha256(one[key].encode("utf-8", "replace")).hexdigest()[:length]
    return bool(long)


def _signed(body: dict[str, Any], history: Sequence[Message]) -> bool:
    """Calls of earlier answers with their signatures, or the one that stands for any; False: they
    have them already.
    """
    known = {call.id: call.signature for said in history for call in said.tool_calls}
    found = False
    for said in body["messages"]:
        for call in said.get("tool_calls", ()):
            found = found or "extra_content" not in call
            call.update(tools.extra_content(known.get(call["id"]) or _ANY_SIGNATURE))
    return found


def _content(said: Any) -> str:
    """What is said, which may come in parts, its thoughts among them."""
    pieces = [one for one in objects(said, "content") if word(one, "type") == "text"]
    return word(said, "content") or "".join(word(piece, "text") for piece in pieces)


def usage_of(told: Json) -> Usage:
    """Their input includes cached tokens and their output reasoning, as ours do; where reasoning is
    counted beside the output, as by xAI, the total tells.
    """
    given, answered = count(told, "prompt_tokens"), count(told, "completion_tokens")
    details = told.get("prompt_tokens_details")
    read = count(details, "cached_tokens") or count(told, "prompt_cache_hit_tokens")  # DeepSeek's
    written = count(details, "cache_write_tokens") or count(details, "cache_creation_tokens")
    thoughts = count(told.get("completion_tokens_details"), "reasoning_tokens")
    if thoughts and count(told, "total_tokens") == given + answered + thoughts:
        answered += thoughts
    return Usage(
        input_tokens=given,
        output_tokens=answered,
        cache_read_tokens=read,
        # "unadjusted", by OpenAI's own word: it may be more than was left to write
        cache_write_tokens=min(written, max(0, given - read)),
        reasoning_tokens=thoughts,
    )


def cost_of(told: Json) -> Cost | None:
    """OpenRouter says what it charged; others do not. With a key of the user's own for the server
    behind it, what that one charges comes on top.
    """
    parts = [told.get("cost")]
    if told.get("is_byok") is True:
        parts.append(table(told, "cost_details").get("upstream_inference_cost"))
    if not all(is_number(one) and one >= 0 for one in parts):
        return None
    return Cost(sum(money.nano(one) for one in parts if is_number(one)), "client")
