"""Tools that a model asks for: called, tried again when they fail, and each attempt on record.

The message of the model, and for each of its calls the last result, are part of the conversation,
so that they reach the next prompt. An attempt that was followed by another is a note beside it,
which a model is not told.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sessions import ids, threads
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import arguments, call_limits, identity, storage
from ai_sessions.library.answers import answer_of
from ai_sessions.library.errors import ToolProcessingError, Translated
from ai_sessions.library.failures import told
from ai_sessions.library.tracking import done, is_asynchronous
from ai_sessions.library.views.events import ATTEMPT
from ai_sessions.records import Note, ToolCall, stamp

if TYPE_CHECKING:
    from ai_sessions.library.call_limits import Limits
    from ai_sessions.library.storage import AnyStore

    Tools = Mapping[str, Callable[..., Any]]

_T = TypeVar("_T")
#: Results that are kept for calls that are made again.
_CACHED = 256
#: What stands for the result of a call whose task was cancelled.
_CANCELLED = "cancelled before this tool had a result"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call. `error`: why the last attempt failed; None: it did not."""

    tool: str
    arguments: Any = None
    result: Any = None
    error: str | None = None
    id: str = ""
    attempts: int = 1
    """0: it was refused, or answered from memory."""
    cached: bool = False
    duration_ms: int = 0
    """Of the last attempt."""

    @property
    def success(self) -> bool:
        return self.error is None

    def value(self) -> Any:
        """The result. Raises `ToolProcessingError` where the call failed."""
        if self.error is not None:
            raise ToolProcessingError(self.tool, self.error)
        return self.result


class SessionAwareToolProcessor:
    """Calls the tools that the messages of a model ask for, and records them in a session."""

    def __init__(
        self,
        session_id: str,
        enable_caching: bool = True,
        max_retries: int = 2,
        retry_delay: float = 1.0,
        *,
        tools: Tools | None = None,
        max_calls: Limits = None,
        store: AnyStore = None,
    ) -> None:
        """`tools`: functions by name, asynchronous or not, called with the arguments by name.
        `max_retries`: attempts after the first; `retry_delay`: seconds between them.
        `enable_caching`: a call with arguments that succeeded before is not made again.
        `max_calls`: of all tools in the session, or of each by its name; None: any number. What was
        called before counts, by whichever process; calls of one that are under way do not.
        """
        with Translated(session_id, "SessionAwareToolProcessor"):
            self._core = storage.conversations(store)
            _check(max_retries, retry_delay)
            self._limits = call_limits.checked(max_calls)
        self.session_id, self.enable_caching = session_id, enable_caching
        self.max_retries, self.retry_delay = max_retries, retry_delay
        self._tools = dict(tools or {})
        self.cache: OrderedDict[str, ToolResult] = OrderedDict()
        self._used = Counter[str]()
        """Calls in the session by the name of the tool, where there is a limit."""

    @classmethod
    async def create(
        cls,
        session_id: str,
        enable_caching: bool = True,
        max_retries: int = 2,
        retry_delay: float = 1.0,
        *,
        tools: Tools | None = None,
        max_calls: Limits = None,
        store: AnyStore = None,
    ) -> SessionAwareToolProcessor:
        """As the constructor, for a session that is there. Raises `SessionNotFound`."""
        made = cls(
            session_id,
            enable_caching,
            max_retries,
            retry_delay,
            tools=tools,
            max_calls=max_calls,
            store=store,
        )
        await made._done(made._name)
        return made

    def tool(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Offer a function under its own name: `@processor.tool`."""
        self._tools[function.__name__] = function
        return function

    async def process_llm_message(self, llm_msg: Any, tools: Any = None) -> list[ToolResult]:
        """Record the message of a model and call the tools that it asks for, one after another;
        their results, in its order. Nothing that a tool raises is raised here: it is the `error`
        of its result, for the model to be told.

        `llm_msg`: as chat APIs have it, a map or an object of an SDK. `tools`: more functions by
        name. Raises `SessionNotFound`, `InvalidSessionOperation` for what is no message of a model.
        """
        offered = {**self._tools, **(tools if isinstance(tools, Mapping) else {})}
        calls = await self._done(self._begin, llm_msg)
        return [await self._processed(call, offered.get(call.name), offered) for call in calls]

    # --- a call and its attempts

    async def _processed(
        self, call: ToolCall, tool: Callable[..., Any] | None, offered: Tools
    ) -> ToolResult:
        key = _key(call) if self.enable_caching else ""
        if known := self.cache.get(key):
            found = replace(known, id=call.id, cached=True, attempts=0, duration_ms=0)
            return await self._done(self._end, found)
        refused = _refusal(call, tool, offered)
        refused = refused or call_limits.refusal(self._limits, self._used, call.name)
        if tool is None or refused:
            failed = ToolResult(call.name, call.arguments, error=refused, id=call.id, attempts=0)
            return await self._done(self._end, failed)
        self._used[call.name] += 1
        found = await self._done(self._end, await self._tried(call, tool))
        if key and found.success:
            self._keep(key, found)
        return found

    async def _tried(self, call: ToolCall, tool: Callable[..., Any]) -> ToolResult:
        """The first attempt that succeeds, or the last one."""
        for number in range(1, self.max_retries + 2):
            found = await self._attempt(call, tool, number)
            if found.success or number > self.max_retries:
                break
            await self._done(self._note, found)
            await self._cancellable(call, asyncio.sleep(self.retry_delay))
        return found

    async def _attempt(self, call: ToolCall, tool: Callable[..., Any], number: int) -> ToolResult:
        begun = time.monotonic()
        result, error = None, None
        try:
            result = await self._cancellable(call, _called(tool, call.arguments or {}))
        except Exception as failed:  # whatever a tool raises is for the model to be told
            error = told(failed)
        took = round((time.monotonic() - begun) * 1000)
        return ToolResult(call.name, call.arguments, result, error, call.id, number, False, took)

    async def _cancellable(self, call: ToolCall, waiting: Any) -> Any:
        """A call that is cancelled has its result: no model takes one without."""
        try:
            return await waiting
        except asyncio.CancelledError:
            cancelled = ToolResult(call.name, call.arguments, error=_CANCELLED, id=call.id)
            await self._done(self._end, cancelled)
            raise

    def _keep(self, key: str, found: ToolResult) -> None:
        self.cache[key] = found
        while len(self.cache) > _CACHED:
            self.cache.popitem(last=False)

    # --- the record

    async def _done(self, work: Callable[..., _T], *args: Any) -> _T:
        """In the order in which all is done in the session."""

        def job() -> _T:
            with Translated(self.session_id, "process_llm_message"):
                return work(*args)

        return await done(job, self.session_id, self._core)

    def _name(self) -> str:
        return identity.existing(self._core, self.session_id).name

    def _begin(self, message: Any) -> tuple[ToolCall, ...]:
        """Record the message; the calls in it, each with an id of its own."""
        name, answer = self._name(), answer_of({"choices": [{"message": _checked(message)}]})
        if self._limits is not None:
            self._used = call_limits.made(self._core.store.entries(name))
        seen = set[str]()
        calls = []
        for call in answer.tool_calls:
            is_own = call.id not in seen and call.id != call.name
            seen.add(call.id)
            calls.append(call if is_own else replace(call, id=ids.new()))
        self._core.add_message(name, "assistant", answer.text, tool_calls=calls)
        return tuple(calls)

    def _note(self, found: ToolResult) -> None:
        """An attempt that another one follows."""
        body = {
            "tool": found.tool,
            "call_id": found.id,
            "arguments": found.arguments,
            "attempt": found.attempts,
            "error": found.error,
            "duration_ms": found.duration_ms,
        }
        at, words = stamp(self._core.now()), ("arguments", "error")
        self._core.store.append(self._name(), [Note(ATTEMPT, body, at, words=words)])

    def _end(self, found: ToolResult) -> ToolResult:
        """Record the result; an error that says why where it cannot be kept."""
        try:
            self._add(found)
        except UsageError as error:
            found = replace(found, result=None, error=f"its result cannot be kept: {error.message}")
            self._add(found)
        return found

    def _add(self, found: ToolResult) -> None:
        self._core.add_message(
            self._name(),
            "tool",
            arguments.result(found.result) if found.error is None else found.error,
            tool_call_id=found.id,
            is_error=not found.success,
            metadata={
                call_limits.ATTEMPT: found.attempts,
                "cached": found.cached,
                "duration_ms": found.duration_ms,
            },
        )


def _check(max_retries: int, retry_delay: float) -> None:
    if type(max_retries) is not int or max_retries < 0:
        raise UsageError(f"max_retries is a whole number from 0 up, not {max_retries!r:.80}")
    if isinstance(retry_delay, bool) or not isinstance(retry_delay, int | float) or retry_delay < 0:
        raise UsageError(f"retry_delay is a number of seconds from 0 up, not {retry_delay!r:.80}")


def _checked(message: Any) -> Any:
    is_map = isinstance(message, Mapping)
    if not (is_map or hasattr(message, "content") or hasattr(message, "tool_calls")):
        raise UsageError(
            f"not a message of a model: {message!r:.80}", "a map with content and tool_calls"
        )
    return message


def _refusal(call: ToolCall, tool: Callable[..., Any] | None, offered: Tools) -> str | None:
    """Why a call is not worth an attempt; None: it is."""
    if tool is None:
        return f"no tool {call.name!r}; there are: {', '.join(sorted(offered)) or 'none'}"
    if call.arguments is not None and not isinstance(call.arguments, Mapping):
        return f"the arguments of {call.name} are no JSON object: {call.arguments!r:.80}"
    try:
        inspect.signature(tool).bind(**(call.arguments or {}))
    except TypeError as error:
        return f"the arguments do not fit {call.name}: {error}"
    except ValueError:  # of a builtin, which tells nobody what it takes
        return None
    return None


async def _called(tool: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """In a thread where it is no coroutine function, so that the loop goes on."""
    begin = functools.partial(tool, **arguments)
    if is_asynchronous(tool):
        return await begin()
    found = await threads.call(begin)
    return await found if inspect.isawaitable(found) else found


def _key(call: ToolCall) -> str:
    try:
        arguments = json.dumps(call.arguments, sort_keys=True, default=repr)
    except (TypeError, ValueError):
        return ""
    return f"{call.name}({arguments})"
