"""`SessionManager`: a tracked session for programs with an event loop."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from ai_sessions.library import pools
from ai_sessions.library.sessions import UNKNOWN, Tracked

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.store.contract import Store

_Result = TypeVar("_Result")
_Given = ParamSpec("_Given")


class SessionManager:
    """As `sessions.Tracked`, whose verbs run in a thread: those of one session one after another,
    in the order in which they were called.
    """

    def __init__(
        self,
        session_id: str | None = None,
        system_prompt: str | None = None,
        parent_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        store: Store | Conversations | None = None,
        infinite_context: bool = False,
        token_threshold: int = 4000,
        max_turns_per_segment: int | None = None,
        default_model: str = "",
    ) -> None:
        self._tracked = Tracked(
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

    @property
    def tracked(self) -> Tracked:
        """The same without `await`."""
        return self._tracked

    @property
    def session_id(self) -> str:
        return self._tracked.session_id

    @property
    def system_prompt(self) -> str | None:
        return self._tracked.system_prompt

    @property
    def is_infinite(self) -> bool:
        return self._tracked.is_infinite

    async def user_says(self, message: str, **metadata: Any) -> str:
        return await self._run(self._tracked.user_says, message, **metadata)

    async def ai_responds(
        self, response: str, model: str = UNKNOWN, provider: str = UNKNOWN, **more: Any
    ) -> str:
        return await self._run(self._tracked.ai_responds, response, model, provider, **more)

    async def tool_used(
        self,
        tool_name: str,
        arguments: Any = None,
        result: Any = None,
        error: str | None = None,
        **metadata: Any,
    ) -> str:
        return await self._run(
            self._tracked.tool_used, tool_name, arguments, result, error, **metadata
        )

    async def get_stats(self, include_all_segments: bool | None = None) -> SessionStats:
        return await self._run(self._tracked.get_stats, include_all_segments)

    async def get_conversation(
        self, include_all_segments: bool | None = None
    ) -> list[dict[str, Any]]:
        return await self._run(self._tracked.get_conversation, include_all_segments)

    async def get_messages_for_llm(self, include_system: bool = True) -> list[dict[str, Any]]:
        return await self._run(self._tracked.get_messages_for_llm, include_system)

    async def close(self) -> None:
        """Nothing is kept open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(
        self, verb: Callable[_Given, _Result], *args: _Given.args, **named: _Given.kwargs
    ) -> _Result:
        store = self._tracked.core.store
        work = functools.partial(verb, *args, **named)
        if not store.lasting:  # in memory it waits for nobody
            return work()
        return await pools.run(work, key=self.session_id, group=store.group)
