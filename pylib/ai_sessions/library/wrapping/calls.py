"""The calls of one resource of an SDK, each of which leaves an entry in a session."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from ai_sessions.library.answers import Answer
from ai_sessions.library.new_messages import Before
from ai_sessions.library.recording import Recording, kept
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.wrapping import requests, streams
from ai_sessions.library.wrapping.collecting import collector

Verb = Callable[..., Any]
#: Header by which an SDK asks for its answer as it came, and its value for one that is not read.
_RAW, _UNREAD = "x-stainless-raw-response", "stream"


class Calls:
    """How the verbs of a resource are recorded. `api`: as in `requests`. `asks`: a stream of chat
    completions is asked for its usage.
    """

    def __init__(
        self, tracked: Tracked, before: Before, provider: str, api: str, asks: bool
    ) -> None:
        self._before = before
        self._tracked, self._provider, self._api = tracked, provider, api
        self._asks = asks and api == "chat.completions"

    def recorded(self, verb: Verb) -> Verb:
        """`create` or `parse`, which may be a function of either kind."""

        @functools.wraps(verb)
        def recorded(*args: Any, **given: Any) -> Any:
            call = _Call(self._begun(given), self._api, given)
            sent = call.with_usage() if self._asks else given
            call.recording.begin()
            try:
                response = verb(*args, **sent)
            except BaseException as error:
                call.recording.failed(error)
                raise
            if _is_awaitable(response):
                call.recording.put_off()
                return call.awaited(response)
            return call.returned(response)

        return recorded

    def managed(self, verb: Verb) -> Verb:
        """`stream`, which makes a context manager. That of OpenAI enters a stream of `create`."""

        @functools.wraps(verb)
        def managed(*args: Any, **given: Any) -> Any:
            recording = self._begun(given) if self._api == "messages" else None
            return streams.Manager(verb(*args, **given), recording, collector(self._api))

        return managed

    def _begun(self, given: Mapping[str, Any]) -> Recording:
        asked = requests.asked(self._api, given)
        return Recording(self._tracked, self._provider, asked, self._before)


class _Call:
    """One call of `create` or `parse`."""

    def __init__(self, recording: Recording, api: str, given: Mapping[str, Any]) -> None:
        self.recording, self._api, self._given = recording, api, given
        self._hides_usage = False

    def with_usage(self) -> Mapping[str, Any]:
        """The arguments with which a stream ends with its usage."""
        options = self._given.get("stream_options")
        told = options if isinstance(options, Mapping) else {}
        if self._given.get("stream") is not True or "include_usage" in told:
            return self._given
        self._hides_usage = True
        return {**self._given, "stream_options": {**told, "include_usage": True}}

    def returned(self, response: Any) -> Any:
        """What the program is given for what the SDK has returned."""
        return self._ended(response, self._body(response))

    async def awaited(self, coming: Any) -> Any:
        """The same of a client with an event loop."""
        recording = self.recording
        recording.begin()
        try:
            response = await coming
            body = self._body(response)
            body = await body if _is_awaitable(body) else body
        except BaseException as error:
            await kept(recording, recording.failed, error)
            raise
        if streams.is_stream(body):
            return self._ended(response, body)
        await kept(recording, recording.answered, body)
        return response

    def _ended(self, response: Any, body: Any) -> Any:
        if not streams.is_stream(body):
            self.recording.answered(body)
            return response
        pieces = collector(self._api, self._hides_usage)
        stream = streams.watched(body, self.recording, pieces)
        return stream if body is response else response

    def _body(self, response: Any) -> Any:
        """The answer in a response that a program wants as it came."""
        headers = self._given.get("extra_headers")
        told = headers if isinstance(headers, Mapping) else {}
        raw = next((value for name, value in told.items() if str(name).lower() == _RAW), None)
        if raw is None:
            return response
        try:
            return Answer("") if raw == _UNREAD else response.parse()
        except Exception:  # the program has the response, and sees for itself
            return Answer("")


def _is_awaitable(value: Any) -> bool:
    return hasattr(value, "__await__")
