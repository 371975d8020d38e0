"""Conversations tracked by one call each: for programs with an event loop.

What is recorded is recorded by `tracking_sync`, in a thread where the store has to wait for a disk.
Only the program's own function is called here, since it may be a coroutine function.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ai_sessions import threads
from ai_sessions.library import storage, tracking_sync
from ai_sessions.library.errors import SessionManagerError, Translated
from ai_sessions.library.sessions import UNKNOWN, Tracked
from ai_sessions.library.tracking_sync import Call

if TYPE_CHECKING:
    from ai_sessions.library.session_manager import SessionManager
    from ai_sessions.library.storage import AnyStore

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def awaited(
    function: Callable[_Given, _Result], at: int | None = None
) -> Callable[_Given, Coroutine[Any, Any, _Result]]:
    """The same function for an event loop. `at`: place of `session_id` in its arguments: work in
    one session is done in the order of the calls.
    """

    @functools.wraps(function)
    async def run(*args: _Given.args, **named: _Given.kwargs) -> _Result:
        work = functools.partial(function, *args, **named)
        place: Any = args[at] if at is not None and len(args) > at else named.get("session_id")
        return await done(work, place, named.get("store"), may_ask=True)

    return run


async def done(
    work: Callable[[], _Result], session_id: Any, store: Any = None, *, may_ask: bool = False
) -> _Result:
    """The result of `work` in a session; in a thread, unless its store is in memory. What many
    tasks write at once is made safe together. `may_ask`: a model may have to write a summary for
    it, which takes no thread from the store.
    """
    # a setting may be wrong; and a group ends after its works, and may fail then
    with Translated(session_id if isinstance(session_id, str) else None):
        core = storage.conversations(store)
        place, key = core.store, session_id if isinstance(session_id, str) else None
        if may_ask and core.memory.rules.summarizer.needs_model:
            return await threads.CALLS.run(work, key=key)
        if not place.lasting:
            return work()
        return await threads.run(work, key=key, group=place.group)


track_conversation = awaited(tracking_sync.track_conversation, 4)
track_infinite_conversation = awaited(tracking_sync.track_infinite_conversation, 4)
track_tool_use = awaited(tracking_sync.track_tool_use, 3)
quick_conversation = quick_stats = awaited(tracking_sync.quick_conversation)
get_session_stats = awaited(tracking_sync.get_session_stats, 0)
get_conversation_history = awaited(tracking_sync.get_conversation_history, 0)


async def track_llm_call(
    user_input: Any,
    llm_function: Callable[[Any], Any],
    model: str = UNKNOWN,
    provider: str = UNKNOWN,
    session_manager: SessionManager | Tracked | None = None,
    session_id: str | None = None,
    infinite_context: bool = False,
    token_threshold: int = 4000,
    *,
    store: AnyStore = None,
) -> tuple[str, str]:
    """As `tracking_sync.track_llm_call`. The function may be a coroutine function or an
    asynchronous generator; any other is called in a thread, so that the loop goes on.
    """
    tracking_sync.check_function(llm_function)
    session = tracking_sync.of_manager(session_manager) or Tracked(
        session_id, store=store, infinite_context=infinite_context, token_threshold=token_threshold
    )
    manager = None if isinstance(session_manager, Tracked) else session_manager
    call, id_ = Call(session, user_input, model, provider), session.session_id
    try:
        await _ask(call, llm_function, user_input)
    except GeneratorExit as error:  # nobody goes on with this coroutine: it cannot wait
        call.fail(error)
        raise
    except BaseException as error:
        await _recorded(call, functools.partial(call.fail, error), session, manager)
        raise
    return await _recorded(call, call.finish, session, manager), id_


track_llm_interaction = track_llm_call


async def _ask(call: Call, function: Callable[[Any], Any], asked: Any) -> None:
    begin = functools.partial(function, asked)
    response = begin() if is_asynchronous(function) else await threads.call(begin)
    if inspect.isawaitable(response):
        response = await response
    if hasattr(response, "__anext__"):
        async for chunk in response:
            call.collect(chunk)
    elif hasattr(response, "__next__"):
        await threads.call(functools.partial(_collect, call, response))
    else:
        call.answered(response)


async def _recorded(
    call: Call,
    record: Callable[[], _Result],
    session: Tracked,
    manager: SessionManager | None,
) -> _Result:
    """In its turn; at once, in the loop, when the task is cancelled before: it was paid for."""
    try:
        if manager is not None:
            await manager.make_room()
        may_ask = manager is None and session.is_infinite
        return await done(record, session.session_id, session.core, may_ask=may_ask)
    except BaseException as error:
        if not call.is_told:
            record()
        if isinstance(error, SessionManagerError):
            error.response = call.response
        raise


def is_asynchronous(function: Callable[[Any], Any]) -> bool:
    """Whether calling it only makes a coroutine or a generator; `partial` is looked into."""
    called = getattr(function, "__call__", None)  # noqa: B004 (of an object that can be called)
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    return any(is_kind(one) for is_kind in kinds for one in (function, called))


def _collect(call: Call, stream: Any) -> None:
    for chunk in stream:
        call.collect(chunk)
