"""`LLMService`: completions of models, each on record, for programs with an event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from ai_sessions import threads
from ai_sessions.library.completions import Completions
from ai_sessions.library.errors import Translated
from ai_sessions.library.questions import Question, question
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.completion import Completion
    from ai_sessions.store.contract import Store


class LLMService:
    """Asks models, and records each call in a session. Many calls may be under way at once.

    ```python
    llm = LLMService()
    answer = await llm.get_completion([{"role": "user", "content": "Hello!"}])
    ```
    """

    def __init__(
        self,
        session_id: str | None = None,
        model: str = "",
        provider: str = "",
        title: str = "",
        description: str = "",
        tags: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None,
        record: bool | None = None,
        store: Store | Conversations | None = None,
    ) -> None:
        """As `Completions`."""
        self._core = Completions(
            session_id, model, provider, title, description, tags, metadata, record, store
        )

    @property
    def session_id(self) -> str:
        """Of the session that calls are recorded in; it is there when there was a call."""
        return self._core.session_id

    @property
    def last(self) -> Completion | None:
        """The completion that ended last; None: none has."""
        return self._core.last

    async def get_completion(
        self, messages: Any, model: str = "", provider: str = "", **options: Any
    ) -> Completion:
        """The answer, a text with `model`, `usage`, `cost` and more. `messages`: as chat APIs take
        them, all that the model is to know. `options`: temperature, top_p, max_tokens, stop, seed,
        schema (JSON schema of the answer), timeout_s; tools, tool_choice and parallel_tool_calls as
        chat completions have them: what the model asks for is in `tool_calls` of the answer.

        A task that is cancelled ends the call; what had come by then is on record, as
        `interrupted`. Raises `CompletionError` when the model does not answer, `ConfigurationError`
        when there is none to ask, `InvalidSessionOperation` for a wrong argument.
        """
        asked, stop = checked(messages, model, provider, options), Stop()
        return await threads.call(partial(self._core.ask, asked, stop=stop), stop)

    def stream_completion(
        self, messages: Any, model: str = "", provider: str = "", **options: Any
    ) -> Stream:
        """The same, in pieces as they come: `async for piece in llm.stream_completion(…)`."""
        return Stream(self._core, checked(messages, model, provider, options))

    async def available_models(self) -> list[str]:
        """What can be asked now, as `provider:model`, an agent by its name: of providers whose key
        is set, servers that answer, files that are here. One that is away is left out.
        """
        return await threads.call(self._core.available_models)

    def new_session(
        self, title: str = "", description: str = "", tags: Iterable[str] | None = None
    ) -> str:
        """As `Completions.new_session`."""
        return self._core.new_session(title, description, tags)

    async def close(self) -> None:
        """Nothing more is asked by this object; what was recorded is in its files by then."""
        await threads.run(self._core.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Stream:
    """The pieces of an answer. Who leaves the loop early ends the call; what had come by then is on
    record, as `interrupted`.
    """

    def __init__(self, core: Completions, asked: Question) -> None:
        self._ended = _Ended()
        # which does not know this object: nobody has to look for circles to end the call
        self._pieces = _pieces(core, asked, self._ended)

    @property
    def completion(self) -> Completion | None:
        """The whole answer; None: it is not at its end."""
        return self._ended.completion

    def __aiter__(self) -> AsyncIterator[str]:
        return self._pieces

    async def __anext__(self) -> str:
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """End it now."""
        await self._pieces.aclose()


class _Ended:
    """What a stream came to."""

    completion: Completion | None = None


async def _pieces(core: Completions, asked: Question, ended: _Ended) -> AsyncGenerator[str, None]:
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    with Translated(operation="stream_completion"):
        stop, loop = Stop(), threads.loop()

    def hear(piece: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody reads any more
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

    call = asyncio.ensure_future(threads.call(partial(core.ask, asked, hear, stop), stop))
    call.add_done_callback(lambda _call: pieces.put_nowait(None))
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        ended.completion = await call
    finally:
        await _over(call)


async def _over(call: asyncio.Future[Any]) -> None:
    """Nothing of it is at work any more."""
    if not call.done():
        call.cancel()
        await asyncio.wait([call])
    if not call.cancelled():
        call.exception()  # it was told, or nobody waits for it


def checked(messages: Any, model: Any, provider: Any, options: Mapping[str, Any]) -> Question:
    """What is asked. Raises `InvalidSessionOperation` with what is wrong."""
    with Translated(operation="get_completion"):
        return question(messages, model, provider, **options)
