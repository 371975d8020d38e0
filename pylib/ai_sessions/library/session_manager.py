"""`SessionManager`: a tracked session for programs with an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ai_sessions import threads
from ai_sessions.library import callbacks
from ai_sessions.library.calls import UNKNOWN
from ai_sessions.library.errors import Translated
from ai_sessions.library.sessions import Tracked
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from ai_sessions.library.callbacks import Callback
    from ai_sessions.library.segments import Ending
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.memory.summarizer import Draft

_Result = TypeVar("_Result")


class _Done:
    """May be awaited, and need not."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


Plain = dict[str, Any]


class SessionManager:
    """As `sessions.Tracked`, verb for verb. They run in threads, so that the loop never waits for a
    disk; those of one session run one after another, in the order in which they were called.
    """

    def __init__(
        self,
        session_id: str | None = None,
        system_prompt: str | None = None,
        parent_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        store: AnyStore = None,
        infinite_context: bool = False,
        token_threshold: int = 4000,
        max_turns_per_segment: int | None = None,
        default_model: str = "",
    ) -> None:
        """As `Tracked`."""
        self._over(
            Tracked(
                session_id,
                system_prompt,
                parent_id,
                metadata,
                store,
                infinite_context,
                token_threshold,
                max_turns_per_segment,
                default_model,
            )
        )

    @classmethod
    def of(cls, tracked: Tracked) -> Self:
        """The same session, for a program with an event loop."""
        made = cls.__new__(cls)
        made._over(tracked)
        return made

    def _over(self, tracked: Tracked) -> None:
        self.tracked = tracked
        """The synchronous core of this session."""
        self._waits = tracked.core.store.lasting
        self._turn: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    @property
    def session_id(self) -> str:
        return self.tracked.session_id

    @property
    def system_prompt(self) -> str | None:
        return self.tracked.system_prompt

    @property
    def is_infinite(self) -> bool:
        return self.tracked.is_infinite

    # --- what is said

    async def user_says(self, message: str, **metadata: Any) -> str:
        return await self._write(self.tracked.user_says, message, **metadata)

    async def ai_responds(
        self,
        response: Any,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        **more: Any,
    ) -> str:
        return await self._write(self.tracked.ai_responds, response, model, provider, **more)

    async def track(
        self,
        question: str,
        response: Any,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        **more: Any,
    ) -> str:
        return await self._write(self.tracked.track, question, response, model, provider, **more)

    async def tool_used(
        self,
        tool_name: str,
        arguments: Any = None,
        result: Any = None,
        error: str | None = None,
        **metadata: Any,
    ) -> str:
        verb = self.tracked.tool_used
        return await self._write(verb, tool_name, arguments, result, error, **metadata)

    # --- what was said

    async def get_conversation(self, include_all_segments: bool | None = None) -> list[Plain]:
        return await self._run(self.tracked.get_conversation, include_all_segments)

    async def get_messages_for_llm(self, include_system: bool = True) -> list[Plain]:
        return await self._run(self.tracked.get_messages_for_llm, include_system)

    async def get_stats(self, include_all_segments: bool | None = None) -> SessionStats:
        return await self._run(self.tracked.get_stats, include_all_segments)

    # --- where it comes from, and what comes from it

    async def get_session_chain(self) -> list[str]:
        return await self._run(self.tracked.get_session_chain)

    async def load_session_chain(self) -> list[str]:
        return await self._run(self.tracked.load_session_chain)

    async def get_children(self) -> list[str]:
        return await self._run(self.tracked.get_children)

    async def fork(self, session_id: str | None = None, message_id: str = "") -> Self:
        return self.of(await self._write(self.tracked.fork, session_id, message_id))

    # --- how it goes on

    async def update_system_prompt(self, prompt: str | None) -> None:
        await self._write(self.tracked.update_system_prompt, prompt)

    def set_summary_callback(self, callback: Callback | None) -> Awaitable[None]:
        """It is set when this returns, whether that is awaited or not."""
        self.tracked.set_summary_callback(callback)
        return _Done()

    async def close(self) -> None:
        self.tracked.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- where it runs

    async def _run(self, verb: Callable[..., _Result], *args: Any, **named: Any) -> _Result:
        """In a thread of the store; at once where nothing is waited for."""
        if not self._waits:
            return verb(*args, **named)
        work, group = functools.partial(verb, *args, **named), self.tracked.core.store.group
        with Translated(self.session_id):  # a group may fail after the verb
            return await threads.run(work, key=self.session_id, group=group)

    async def _write(self, verb: Callable[..., _Result], *args: Any, **named: Any) -> _Result:
        """A program's own function, or a model, may write the summary when a segment ends: it is
        awaited here, before the verb, and others that write wait for it.
        """
        if not self.tracked.asks_for_summaries:
            return await self._run(verb, *args, **named)
        async with self._in_turn():
            if verb in (self.tracked.user_says, self.tracked.track):
                await self._end_segment_if_due()
            return await self._run(verb, *args, **named)

    async def make_room(self) -> None:
        """End the segment if that is due and somebody is asked for the summary."""
        if self.tracked.asks_for_summaries:
            async with self._in_turn():
                await self._end_segment_if_due()

    async def _end_segment_if_due(self) -> None:
        with Translated(self.session_id, "user_says"):
            found = await self._run(self.tracked.ending)
            if found:
                draft = await self._drafted(found, await self._summary(found))
                await self._run(self.tracked.end_segment, found, draft)

    async def _drafted(self, found: Ending, text: str) -> Draft:
        """A model is asked in a thread for calls. It is told to stop when the task is cancelled."""
        if text or not self.tracked.asks_a_model:
            return await self._run(self.tracked.drafted, found, text)
        stop = Stop()
        return await threads.call(
            functools.partial(self.tracked.drafted, found, stop=stop), stop=stop
        )

    async def _summary(self, found: Ending) -> str:
        """As `callbacks.asked`, in this loop; a function that is none of coroutines in a thread."""
        callback = self.tracked.summary_callback
        if callback is None:
            return ""
        try:
            if not inspect.iscoroutinefunction(callback):
                return await threads.call(
                    functools.partial(callbacks.asked, callback, found.told())
                )
            return callbacks.checked(await callback(found.told()))
        except Exception as error:
            return callbacks.failed(error)

    @contextlib.asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """One after another, in the order in which they came, in each loop."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._turn[0] is not loop:
            self._turn = loop, asyncio.Lock()
        async with self._turn[1]:
            yield
