"""Any server that speaks OpenAI's chat completions: OpenAI, OpenRouter, Ollama, llama.cpp, vLLM, …

The answer is streamed, so that silence is noticed. Servers differ in what they know: an option that
one refuses by name is left out and the call is made again (a refused call costs nothing).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions import money, tokens
from ai_sessions.errors import ConfigError
from ai_sessions.providers import logs
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import count, is_number, one_line, record, word
from ai_sessions.records import Cost, Json, Message, Status, Usage

if TYPE_CHECKING:
    import httpx

NAME = "openai"
PUBLIC_URL = "https://api.openai.com/v1"
#: Options that not every server knows, and how their refusals name them.
_OPTIONAL = (
    ("stream_options", re.compile(r"stream_options|include_usage")),
    (
        "response_format",
        re.compile(r"response_format|json.?schema|json mode|structured.?output|grammar", re.I),
    ),
)
_CONNECT_S = 15.0
_CONNECT_RETRIES = 1
#: An answer longer than this is a runaway, not an answer.
_MOST_BYTES = 64 << 20


class OpenAI:
    """One server. `base_url` empty: OpenAI's own, which needs a key."""

    name = NAME
    quirks = Quirks(keeps_context=False, edits_files=False, takes_schema=True)

    def __init__(
        self, base_url: str = "", key: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._clock = clock

    def run(self, request: Request, watch: Watch) -> Reply:
        """As the contract says; `ConfigError` when a setting is missing or wrong."""
        self._check(request)
        answer = Answer(request, watch)
        body = body_of(request)
        watch(Event("started", NAME))
        with logs.raw(request.log_dir, NAME, "out") as raw:
            while refused := self._call(body, answer, raw):
                del body[refused]
        return _without(answer.reply(), self._key)

    def _check(self, request: Request) -> None:
        if not request.model:
            raise ConfigError(
                "an HTTP model has to be named: AI_MODEL is not set",
                "give --model NAME, or set AI_MODEL",
            )
        if not self._base_url and not self._key:
            raise ConfigError(
                "OPENAI_BASE_URL is not set",
                "a local one: OPENAI_BASE_URL=http://127.0.0.1:11434/v1 (Ollama); "
                "OpenAI's own: OPENAI_API_KEY",
            )
        if not (self._key.isascii() and self._key.isprintable()):
            raise ConfigError("OPENAI_API_KEY holds characters that no key has", "copy it again")

    def _call(self, body: Json, answer: Answer, raw: logs.Raw) -> str:
        """Make one call; returns the name of an option the server refused, else nothing."""
        import httpx

        try:
            with self._client(answer.request) as client:
                return self._listen(client, body, answer, raw)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise ConfigError(f"OPENAI_BASE_URL={self._base_url!r}: {error}") from error
        except httpx.ConnectTimeout:
            answer.fail("network", f"no connection to {self._address} in {_CONNECT_S:g} s")
        except httpx.TimeoutException:
            answer.fail("timeout", f"it said nothing for {answer.request.silence_s:g} s")
        except httpx.ConnectError as error:
            answer.fail("network", f"cannot connect to {self._address}: {one_line(str(error))}")
        except httpx.HTTPError as error:
            cut = one_line(str(error)) or type(error).__name__
            answer.fail("network", f"the connection ended in the middle: {cut}")
        return ""

    @property
    def _address(self) -> str:
        return self._base_url or PUBLIC_URL

    def _client(self, request: Request) -> httpx.Client:
        import httpx

        silence_s = min(request.silence_s, request.timeout_s)
        return httpx.Client(
            headers={"authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(silence_s, connect=min(_CONNECT_S, silence_s)),
            transport=httpx.HTTPTransport(retries=_CONNECT_RETRIES),
        )

    def _listen(self, client: httpx.Client, body: Json, answer: Answer, raw: logs.Raw) -> str:
        deadline = self._clock() + answer.request.timeout_s
        lines = _Lines()
        with client.stream("POST", f"{self._address}/chat/completions", json=body) as response:
            answer.head(response.headers)
            for chunk in response.iter_bytes():
                lines.add(chunk)
                if response.is_success:
                    raw.keep("out", chunk)
                if self._clock() >= deadline:
                    answer.fail("timeout", f"it took longer than {answer.request.timeout_s:g} s")
                    return ""
                if lines.total > _MOST_BYTES:
                    answer.fail("unreadable", "its answer does not end")
                    return ""
                if response.is_success and not answer.is_whole:
                    answer.take(lines.ready())
            if not response.is_success:
                told = _masked(lines.rest(), self._key)
                raw.keep("out", told.encode())
                return answer.refused(response.status_code, told, body)
            answer.ended(lines)
        return ""


def body_of(request: Request) -> dict[str, Any]:
    """The body of a call, with everything we would like to have."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [*map(_message, request.history), {"role": "user", "content": request.prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.schema:
        named = {"name": "answer", "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


class Answer:
    """What one call brings, piece by piece."""

    def __init__(self, request: Request, watch: Watch) -> None:
        self.request = request
        self.is_whole = False
        """It comes as one JSON object, because the server does not stream."""
        self._watch = watch
        self._said: list[str] = []
        self._model = ""
        self._usage: Json | None = None
        self._finish = ""
        self._done = False
        self._garbled = 0
        self._failure: Failure | None = None
        self._request_id = ""
        self._retry_after = ""

    def head(self, headers: httpx.Headers) -> None:
        self.is_whole = "json" in headers.get("content-type", "")
        self._request_id = headers.get("x-request-id", "")
        self._retry_after = headers.get("retry-after", "")

    def take(self, lines: Iterator[str]) -> None:
        """Lines of server-sent events; comments and other fields mean nothing to us."""
        for line in lines:
            name, _, value = line.partition(":")
            if name != "data":
                continue
            if value.strip() == "[DONE]":
                self._done = True
            else:
                self._object(value)

    def ended(self, lines: _Lines) -> None:
        """The server said all it wanted to say."""
        if self.is_whole:
            self._object(lines.rest())
            self._done = True
        else:
            self.take(iter([*lines.ready(), lines.rest()]))

    def refused(self, status: int, text: str, body: Json) -> str:
        """A status that is no success; returns the option of `body` it complains about, if any."""
        told = _error_text(text) or f"status {status}"
        for option, named in _OPTIONAL:
            if status in (400, 422) and option in body and named.search(told):
                return option
        self._failure = _classified(status, told, self._retry_after)
        return ""

    def fail(self, status: Status, message: str) -> None:
        self._failure = Failure(status, message, _HINTS.get(status, ""))

    def reply(self) -> Reply:
        text = "".join(self._said)
        usage, cost = self._spent(text)
        self._watch(Event("usage", usage=usage, cost_nusd=cost.nusd if cost else None))
        return Reply(
            text=text,
            model=self._model or self.request.model,
            usage=usage,
            cost=cost,
            failure=self._failure or self._shortfall(text),
            turns=1,
            detail={"request_id": self._request_id} if self._request_id else {},
        )

    def _object(self, text: str) -> None:
        """One JSON object of the answer."""
        body = record(text)
        if body is None:
            self._garbled += 1
            return
        if body.get("error"):
            self._failure = _classified(_code(body["error"]), _error_text(text), "")
        self._model = word(body, "model") or self._model
        if isinstance(body.get("usage"), dict):
            self._usage = body["usage"]
        choices = body.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                self._choice(choice)

    def _choice(self, choice: Json) -> None:
        self._finish = word(choice, "finish_reason") or self._finish
        part = choice.get("delta") or choice.get("message")
        text = word(part, "content") if isinstance(part, dict) else ""
        if text:
            self._said.append(text)
            self._watch(Event("text", text))

    def _spent(self, text: str) -> tuple[Usage, Cost | None]:
        """Measured if the server says it; else estimated, if it had begun to answer at all."""
        if self._usage is not None:
            return _usage(self._usage), _cost(self._usage)
        if not text and (self._failure or not self._done):
            return Usage(), None
        earlier = [message.text for message in self.request.history]
        return tokens.usage("\n".join([*earlier, self.request.prompt]), text), None

    def _shortfall(self, text: str) -> Failure | None:
        """Why an answer without an error is none all the same."""
        if not (self._done or self._finish):
            if self._garbled or not text:
                return Failure("unreadable", "its answer is no chat completion", _HINTS["model"])
            return Failure("network", "the connection ended in the middle", _HINTS["network"])
        if self._finish == "length":
            return Failure("limit", "its answer was cut at the output limit", _HINTS["limit"])
        if self._finish == "content_filter":
            return Failure("denied", "the server's content filter stopped it", "ask differently")
        if not text.strip():
            status: Status = "unreadable" if self._garbled else "empty"
            return Failure(status, "it ended without an answer", _HINTS["empty"])
        return None


class _Lines:
    """Bytes in, whole lines out; what has no end yet waits."""

    def __init__(self) -> None:
        self.total = 0
        self._waiting: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        self._waiting.append(chunk)

    def ready(self) -> Iterator[str]:
        if self._waiting and b"\n" not in self._waiting[-1]:
            return
        *whole, rest = b"".join(self._waiting).split(b"\n")
        self._waiting = [rest] if rest else []
        yield from (_text(line) for line in whole)

    def rest(self) -> str:
        left = b"".join(self._waiting)
        self._waiting = []
        return _text(left)


_HINTS: dict[Status, str] = {
    "auth": "check OPENAI_API_KEY",
    "billing": "check your plan and billing",
    "rate_limit": "wait a little, or use another model: --model",
    "overloaded": "try again in a minute",
    "server": "try again in a minute",
    "context_too_long": "ask for less at once, or use a model with a larger window",
    "model": "check --model (AI_MODEL) and OPENAI_BASE_URL",
    "network": "check OPENAI_BASE_URL, and that the server runs",
    "timeout": "raise AI_TIMEOUT or AI_SILENCE_TIMEOUT, or ask for less at once",
    "limit": "ask for less at once",
    "empty": "run the same command again",
    "other": "its whole answer is in the session's logs",
}
#: (status, HTTP status codes, what the message looks like), first match wins.
_CLASSES: tuple[tuple[Status, str, str], ...] = (
    ("billing", "402", r"insufficient_quota|billing|credit|exceeded your current quota"),
    (
        "context_too_long",
        "413",
        r"context_length|context window|maximum context|too long|too large",
    ),
    ("auth", "401|403", r"invalid_api_key"),
    ("rate_limit", "429", r"rate.?limit"),
    ("model", "404", r"model_not_found"),
    ("overloaded", "503|529", r"overloaded"),
    ("server", r"5\d\d", r"server_error"),
    ("timeout", "408", r""),
)


def _classified(status: int, told: str, retry_after: str) -> Failure:
    for name, codes, words in _CLASSES:
        if re.fullmatch(codes, str(status)) or (words and re.search(words, told, re.IGNORECASE)):
            hint = f"wait {retry_after} s" if retry_after and name == "rate_limit" else _HINTS[name]
            return Failure(name, one_line(told), hint)
    return Failure("other", one_line(told), _HINTS["other"])


def _error_text(text: str) -> str:
    """Message and code of an error in any of the usual forms; of a page, its beginning."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return one_line(re.sub(r"<[^>]*>", " ", text))
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return one_line(str(error))
    message = error.get("message") or error.get("detail") or error.get("msg") or json.dumps(error)
    code = error.get("code")
    return one_line(f"{message} ({code})" if isinstance(code, str) else str(message))


def _code(error: Any) -> int:
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 0


def _message(message: Message) -> dict[str, str]:
    """A tool's output has a form of its own there, bound to a call we no longer know."""
    if message.role == "tool":
        return {
            "role": "user",
            "content": f"[output of {message.name or 'a tool'}]\n{message.text}",
        }
    return {"role": message.role, "content": message.text}


def _usage(told: Json) -> Usage:
    """Their input includes cached tokens and their output reasoning, as ours do."""
    return Usage(
        input_tokens=count(told, "prompt_tokens"),
        output_tokens=count(told, "completion_tokens"),
        cache_read_tokens=count(told.get("prompt_tokens_details"), "cached_tokens")
        or count(told, "prompt_cache_hit_tokens"),  # DeepSeek's name for it
        reasoning_tokens=count(told.get("completion_tokens_details"), "reasoning_tokens"),
    )


def _cost(told: Json) -> Cost | None:
    """OpenRouter says what it charged; others do not."""
    value = told.get("cost")
    return Cost(money.nano(value), "client") if is_number(value) and value >= 0 else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\r")


def _masked(text: str, key: str) -> str:
    """Some servers repeat the key in their complaint."""
    return text.replace(key, "***") if key else text


def _without(reply: Reply, key: str) -> Reply:
    """The same for an error in the middle of a stream."""
    if not reply.failure:
        return reply
    message = _masked(reply.failure.message, key)
    return replace(reply, failure=replace(reply.failure, message=message))
