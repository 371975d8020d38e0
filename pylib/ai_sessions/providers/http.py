"""A model behind HTTP, whatever it speaks: one POST, streamed events, two clocks, clear failures.

What a server's words mean is told by the modules beside this one, in a subclass of `Answer`. An
option that a server refuses by name is left out and the call is made again (a refused call costs
nothing).
"""

from __future__ import annotations

import abc
import json
import re
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ai_sessions import tokens
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers import (
    accounts,
    context_errors,
    logs,
    model_lists,
    rate_limits,
    resets,
    tools,
)
from ai_sessions.providers.contract import Event, Failure, Reply, Request, Watch
from ai_sessions.providers.fields import one_line, record, table, word
from ai_sessions.providers.tool_calls import ToolCalls
from ai_sessions.records import Cost, Json, Message, Status, Told, Usage

if TYPE_CHECKING:
    import ssl

    import httpx

    from ai_sessions.stopping import Stop

_CONNECT_S = 15.0
_CONNECT_RETRIES = 1
#: Characters that a key has at least, where it is looked for in a text.
_SHORTEST_KEY = 8
LIST_S = 10.0
#: An answer longer than this is a runaway, not an answer.
_MOST_BYTES = 64 << 20
#: Characters of a complaint that are searched for the end of a limit.
_TOLD = 4000
#: How a server says that the answer was cut at the limit.
_CUT = ("length", "max_tokens")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go. `base` and `secret` are the settings to name when something is wrong."""

    name: str
    """The provider's, for its log."""
    url: str
    base: str
    secret: str
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    """What is added to `url`."""

    @property
    def account(self) -> str:
        """As `HasAccount` says: the server and, as a mark, the key."""
        return accounts.mark({"url": self.url, "key": self.key}, "url", "key")

    def check(self, request: Request) -> None:
        """Raises `ConfigError` when a setting is missing or wrong, before anything is called."""
        if not request.model:
            raise ConfigError(
                "an HTTP model has to be named: AI_MODEL is not set",
                "give --model NAME, or set AI_MODEL",
            )
        self.check_key()

    def check_key(self) -> None:
        """Raises `ConfigError` for a key that no header can hold."""
        if not (self.key.isascii() and (self.key.isprintable() or not self.key)):
            raise ConfigError(f"{self.secret} holds characters that no key has", "copy it again")


class Answer(abc.ABC):
    """What one call brings, piece by piece."""

    #: The field of an error that names its kind.
    kind = "code"
    request_id = "x-request-id"

    def __init__(self, endpoint: Endpoint, request: Request, watch: Watch) -> None:
        self.request = request
        self.is_whole = False
        """It comes as one JSON object, because the server does not stream."""
        self._endpoint = endpoint
        self._watch = watch
        self._said: list[str] = []
        self._calls = ToolCalls(watch)
        self._model = ""
        self._finish = ""
        self._done = False
        self._garbled = 0
        self._failure: Failure | None = None
        self._request_id = ""
        self._headers: Mapping[str, str] = {}
        self._complaint = ""

    @abc.abstractmethod
    def object(self, body: Json) -> None:
        """One JSON object of the stream, or all of an answer that is not streamed."""

    @abc.abstractmethod
    def spent(self, text: str) -> tuple[Usage | None, Cost | None]:
        """What the server counted and charged; None: it did not say."""

    def shortfall(self) -> Failure | None:
        """Why an answer that came to its end is none all the same, in this server's words."""
        return None

    def without(self, told: str, body: dict[str, Any]) -> bool:  # noqa: ARG002 (knows none)
        """Take out of `body` what a refusal complains about; False: there is nothing like it."""
        return False

    def head(self, headers: httpx.Headers) -> None:
        self.is_whole = "json" in headers.get("content-type", "")
        self._request_id = headers.get(self.request_id, "")
        self._headers = {name.lower(): value for name, value in headers.items()}

    def take(self, lines: Iterator[str]) -> None:
        """Lines of server-sent events; comments and other fields mean nothing to us."""
        for line in lines:
            name, _, value = line.partition(":")
            if name != "data":
                continue
            if value.strip() == "[DONE]":
                self._done = True
            else:
                self._parsed(value)

    def ended(self, lines: Lines) -> None:
        """The server said all it wanted to say."""
        if self.is_whole:
            self._parsed(lines.rest())
            self._done = True
        else:
            self.take(iter([*lines.ready(), lines.rest()]))

    def refused(self, status: int, text: str, body: dict[str, Any]) -> bool:
        """A status that is no success; True when `body` was changed and may be tried again."""
        told = error_text(text, self.kind) or f"status {status}"
        if status in (400, 422) and self.without(told, body):
            return True
        self._complaint = text
        self._failure = replace(self._classified(status, told, text), refused=True)
        return False

    def fail(self, status: Status, message: str, *, refused: bool = False) -> None:
        self._failure = Failure(status, message, self._hint(status), refused=refused)

    def reply(self) -> Reply:
        text, calls = "".join(self._said), self._calls.end()
        asked_for = (f"{one.name} {tools.arguments_of(one)}" for one in calls)
        answered = "\n".join(filter(None, (text, *asked_for)))
        counted, cost = self.spent(answered)
        usage = counted or self._estimated(answered)
        self._watch(Event("usage", usage=usage, cost_nusd=cost.nusd if cost else None))
        return Reply(
            text=text,
            model=self._model or self.request.model,
            usage=usage,
            cost=cost,
            failure=self._failure or self._missing(answered),
            tool_calls=calls,
            turns=1,
            told=self._limits(),
            detail=self._detail(),
        )

    def _detail(self) -> dict[str, str]:
        """`finish`: that it was cut where the request wanted it to be."""
        is_cut = self._finish in _CUT and "max_tokens" in self.request.options
        told = {"request_id": self._request_id, "finish": "length" if is_cut else ""}
        return {name: value for name, value in told.items() if value}

    def _limits(self) -> tuple[Told, ...]:
        """What its headers and its complaint say."""
        end, asked = self._endpoint, self.request
        server = f"{end.name} {end.url}"
        said = self._headers, self._complaint
        return rate_limits.of_answer(*said, asked.now(), model=asked.model, server=server)

    def _parsed(self, text: str) -> None:
        body = record(text)
        if body is None:
            self._garbled += 1
        else:
            self.hear(body)

    def hear(self, body: Json) -> None:
        """One JSON object, which may be an error."""
        if body.get("error"):
            self.hear_error(body)
        self.object(body)

    def hear_error(self, body: Json) -> None:
        """An error in place of an answer, or in the middle of one."""
        text = json.dumps(body)
        told = error_text(text, self.kind)
        self._complaint = text
        self._failure = self._classified(_code(body["error"]), told, text)

    def _say(self, text: str) -> None:
        if text:
            self._said.append(text)
            self._watch(Event("text", text, begins=len(self._said) == 1))

    def _estimated(self, text: str) -> Usage:
        """For a server that counts nothing; nothing at all if it had not begun to answer."""
        if not text and (self._failure or not self._done):
            return Usage()
        earlier = [message.text for message in self.request.history]
        return tokens.usage("\n".join([*earlier, self.request.prompt]), text)

    def _missing(self, text: str) -> Failure | None:
        """Why an answer without an error is none all the same."""
        if not (self._done or self._finish):
            if self._garbled or not text:
                return Failure(
                    "unreadable", "its answer is no chat completion", self._hint("model")
                )
            return Failure("network", "the connection ended in the middle", self._hint("network"))
        if found := self.shortfall():
            return found
        if not text.strip():
            status: Status = "unreadable" if self._garbled else "empty"
            return Failure(status, "it ended without an answer", self._hint("empty"))
        return None

    def _classified(self, status: int, told: str, text: str) -> Failure:
        """`text`: all that the server said, of which `told` is for people."""
        name = _class_behind(class_of(status, f"{told} {_limit_named(text)}"), text)
        told = _told_behind(told, text_behind(text))
        until = None
        if name in _PASSING:
            now = self.request.now()
            by_body = rate_limits.of_body(text, now)
            until = (
                rate_limits.used_up_until(by_body)
                or resets.of_headers(self._headers, now)
                or resets.of_text(text[:_TOLD], now, UTC)
            )
        failure = Failure(name, one_line(told), self._hint(name), until=until, http=status)
        if name != "context_too_long":
            return failure
        named = context_errors.figures(f"{told} {text}")
        return replace(failure, limit_tokens=named.limit, sent_tokens=named.sent)

    def _hint(self, status: Status) -> str:
        end = self._endpoint
        return _HINTS.get(status, "").format(base=end.base, secret=end.secret)


def converse(endpoint: Endpoint, body: dict[str, Any], answer: Answer) -> Reply:
    """Make the call, again without what the server refuses.

    Raises `ConfigError` for an address that is none.
    """
    request = answer.request
    with logs.raw(request.log_dir, endpoint.name, "out", keeps_words=request.keeps_words) as raw:
        while _call(endpoint, body, answer, raw):
            pass
    return _masked_reply(answer.reply(), endpoint.key)


def models(endpoint: Endpoint, timeout_s: float = LIST_S) -> list[str]:
    """The models that a server says it serves, as it lists them; nothing is asked of them.

    Raises `ConfigError` when it does not say.
    """
    import httpx

    try:
        body = model_lists.body(f"{endpoint.url}/models", endpoint.headers, timeout_s)
        return [str(one["id"]) for one in json.loads(_text(body))["data"]]
    except httpx.HTTPError as error:
        why = one_line(str(error)) or type(error).__name__
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigError(f"{endpoint.base}={endpoint.url!r}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        why = "its answer is no list"
    raise ConfigError(
        f"{endpoint.url} lists no models: {masked(why, endpoint.key)}",
        f"check {endpoint.base}, and that the server runs; or name a model: AI_MODEL",
    )


def _call(endpoint: Endpoint, body: dict[str, Any], answer: Answer, raw: logs.Raw) -> bool:
    """One try; True when the server wants another `body`."""
    import asyncio

    import httpx

    request = answer.request
    try:
        return asyncio.run(_until_stopped(request.stop, _listen(endpoint, body, answer, raw)))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise ConfigError(f"{endpoint.base}={endpoint.url!r}: {error}") from error
    except asyncio.CancelledError:
        answer.fail("interrupted", "it was stopped before it had answered")
    except TimeoutError:
        answer.fail("timeout", f"it took longer than {round(request.timeout_s, 1):g} s")
    except httpx.ConnectTimeout:
        told = f"no connection to {endpoint.url} in {_CONNECT_S:g} s"
        answer.fail("network", told, refused=True)
    except httpx.TimeoutException:
        answer.fail("timeout", f"it said nothing for {request.silence_s:g} s")
    except httpx.ConnectError as error:
        told = f"cannot connect to {endpoint.url}: {one_line(str(error))}"
        answer.fail("network", told, refused=True)
    except httpx.HTTPError as error:
        cut = one_line(str(error)) or type(error).__name__
        answer.fail("network", f"the connection ended in the middle: {cut}")
    return False


async def _until_stopped(stop: Stop | None, work: Coroutine[Any, Any, bool]) -> bool:
    """What `work` returns. Raises `CancelledError` when `stop` is set, from wherever."""
    import asyncio

    if stop is None:
        return await work
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    with stop.wakes() as woken:

        def cancel() -> None:
            loop.remove_reader(woken)  # once: the connection is still to be closed
            if task:
                task.cancel()

        loop.add_reader(woken, cancel)
        try:
            return await work
        finally:
            loop.remove_reader(woken)


async def _listen(endpoint: Endpoint, body: dict[str, Any], answer: Answer, raw: logs.Raw) -> bool:
    """The wall clock runs whether the server talks or not; httpx watches for silence."""
    import asyncio

    lines = Lines()
    url = endpoint.url + endpoint.path
    async with (
        asyncio.timeout(answer.request.timeout_s),
        _client(endpoint, answer.request) as client,
        client.stream("POST", url, json=body) as response,
    ):
        answer.head(response.headers)
        async for chunk in response.aiter_bytes():
            lines.add(chunk)
            if lines.total > _MOST_BYTES:
                answer.fail("unreadable", "its answer does not end")
                return False
            if response.is_success:
                raw.keep("out", chunk)
                if not answer.is_whole:
                    answer.take(lines.ready())
    if response.is_success:
        answer.ended(lines)
        return False
    told = masked(lines.rest(), endpoint.key)
    raw.keep("out", told.encode())
    return answer.refused(response.status_code, told, body)


def _client(endpoint: Endpoint, request: Request) -> httpx.AsyncClient:
    import httpx

    silence_s = min(request.silence_s, request.timeout_s)
    return httpx.AsyncClient(
        headers=endpoint.headers,
        timeout=httpx.Timeout(request.silence_s, connect=min(_CONNECT_S, silence_s)),
        transport=httpx.AsyncHTTPTransport(verify=_verified(endpoint), retries=_CONNECT_RETRIES),
    )


def _verified(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """What certificates are checked by; False where there are none."""
    return False if endpoint.url.startswith("http:") else _trusted()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Read once: that takes as long as many a call."""
    import httpx

    return httpx.create_ssl_context()


class Lines:
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


def _limit_named(text: str) -> str:
    """Google's word for a limit that passes; its message is that of an account without credit."""
    return "rate limit" if re.search(r"RESOURCE_EXHAUSTED|retryDelay", text[:_TOLD]) else ""


#: What passes by itself, so that a server may say when.
_PASSING = ("rate_limit", "overloaded", "server")
_HINTS: dict[Status, str] = {
    "auth": "check {secret}",
    "billing": "check your plan and billing",
    "rate_limit": "wait a little, or use another model: --model",
    "overloaded": "try again in a minute",
    "server": "try again in a minute",
    "context_too_long": "ask for less at once, or use a model with a larger window",
    "model": "check --model (AI_MODEL) and {base}",
    "network": "check {base}, and that the server runs",
    "timeout": "raise AI_TIMEOUT or AI_SILENCE_TIMEOUT, or ask for less at once",
    "limit": "ask for less at once",
    "denied": "ask differently",
    "empty": "run the same command again",
    "other": "its whole answer is in the session's logs",
}
#: (status, HTTP status codes, what the message looks like), first match wins.
_CLASSES: tuple[tuple[Status, str, str], ...] = (
    ("auth", "401", ""),  # these two say all, whatever the words
    ("billing", "402", ""),
    (
        "rate_limit",
        "",
        r"rate.?limit|usage limit|regain access|will reset (at|in)|too many requests|"
        r"tokens per min",
    ),
    ("billing", "", r"insufficient_quota|billing|credit|exceeded your current quota"),
    ("context_too_long", "413", context_errors.WORDS),
    ("denied", "", r"requires moderation|input was flagged"),
    ("auth", "403", r"invalid_api_key|authentication_error|permission_error"),
    ("rate_limit", "429", ""),
    ("model", "404", r"model_not_found|not_found_error"),
    ("overloaded", "503|529", r"overloaded"),
    ("server", r"5\d\d", r"server_error|api_error|timeout_error"),
    ("timeout", "408", r""),
)


def class_of(status: int, told: str) -> Status:
    """Which failure it is, by status (0: not known) and message."""
    for name, codes, words in _CLASSES:
        if re.fullmatch(codes, str(status)) or (words and re.search(words, told, re.IGNORECASE)):
            return name
    return "other"


def error_text(text: str, kind: str = "code") -> str:
    """Message and kind of an error in any of the usual forms; of a page, its beginning."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return one_line(re.sub(r"<[^>]*>", " ", text))
    body = body[0] if isinstance(body, list) and body else body  # Google's are in a list
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return one_line(str(error))
    message = error.get("message") or error.get("detail") or error.get("msg") or json.dumps(error)
    code = error.get(kind)
    return one_line(f"{message} ({code})" if isinstance(code, str) else str(message))


#: What OpenRouter says of any failure that is not its own.
_GENERIC = "Provider returned error"


def text_behind(text: str) -> str:
    """What the provider behind a gateway said, in OpenRouter's form."""
    error = (record(text) or {}).get("error")
    raw = word(table(error, "metadata"), "raw") if isinstance(error, dict) else ""
    return error_text(raw) if raw else ""


def _told_behind(told: str, behind: str) -> str:
    if told == _GENERIC:
        return behind or told
    return f"{told}: {behind}" if behind else told


def _class_behind(name: Status, text: str) -> Status:
    """The class that the words of the provider behind tell. What it says of accounts is no word of
    the user's: it speaks of the gateway's.
    """
    if name != "other":
        return name
    behind = class_of(0, text_behind(text))
    return name if behind in ("auth", "billing") else behind


def as_said(message: Message) -> tuple[str, str]:
    """Role and text of an earlier message for an API without a form of its own for it.

    A tool's output is bound there to a call by an id of the API's own, so both are told as words.
    """
    if message.role == "tool":
        return "user", f"[output of {message.name or 'a tool'}]\n{message.text}"
    if not message.tool_calls:
        return message.role, message.text
    called = (f"[calls {call.name} {_json(call.arguments)}]" for call in message.tool_calls)
    return message.role, "\n".join(filter(None, (message.text, *called)))


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def masked(text: str, key: str) -> str:
    """The text without the key, which some servers repeat in their complaint. Something shorter
    than any real key, such as `ollama` for a local server, is a word that may stand anywhere.
    """
    return text.replace(key, "***") if len(key) >= _SHORTEST_KEY else text


def _masked_reply(reply: Reply, key: str) -> Reply:
    """The same for an error in the middle of a stream."""
    if not reply.failure:
        return reply
    message = masked(reply.failure.message, key)
    return replace(reply, failure=replace(reply.failure, message=message))


def _code(error: Any) -> int:
    """A status; LiteLLM tells it as text."""
    code = str(error.get("code")) if isinstance(error, dict) else ""
    return int(code) if re.fullmatch(r"[1-5]\d\d", code) else 0


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\r")
