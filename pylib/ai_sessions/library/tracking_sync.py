"""Conversations tracked by one call each: for programs without an event loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.errors import AiSessionsError
from ai_sessions.library import calls, under_way
from ai_sessions.library.answers import answer_of
from ai_sessions.library.chunks import collector_of
from ai_sessions.library.errors import InvalidSessionOperation, SessionManagerError
from ai_sessions.library.failures import status_of, told
from ai_sessions.library.sessions import UNKNOWN, Tracked
from ai_sessions.library.watching import WATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_sessions.library.answers import Answer
    from ai_sessions.library.session_manager import SessionManager
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.library.wrapping.collecting import Collector
    from ai_sessions.records import Status


def track_conversation(
    user_message: str,
    ai_response: str,
    model: str = UNKNOWN,
    provider: str = UNKNOWN,
    session_id: str | None = None,
    infinite_context: bool = False,
    token_threshold: int = 4000,
    *,
    usage: Any = None,
    store: AnyStore = None,
) -> str:
    """Record a question and its answer in one write; returns the session's id.

    `session_id`: to continue; None: a new session. `usage`: as the provider reports it.
    """
    session = Tracked(
        session_id, store=store, infinite_context=infinite_context, token_threshold=token_threshold
    )
    return session.track(user_message, ai_response, model, provider, usage=usage)


def track_infinite_conversation(
    user_message: str,
    ai_response: str,
    model: str = UNKNOWN,
    provider: str = UNKNOWN,
    session_id: str | None = None,
    token_threshold: int = 4000,
    max_turns: int | None = None,
    *,
    usage: Any = None,
    store: AnyStore = None,
) -> str:
    """As `track_conversation`, in a session that has no end: what is told of it to a model stays
    within `token_threshold`, by summaries. The id stays the same.

    `max_turns`: of a segment; None: as many as there is room for.
    """
    session = Tracked(
        session_id,
        store=store,
        infinite_context=True,
        token_threshold=token_threshold,
        max_turns_per_segment=max_turns,
    )
    return session.track(user_message, ai_response, model, provider, usage=usage)


def track_llm_call(
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
    """Call `llm_function(user_input)` and record what came of it: its answer and usage, or how it
    failed. Returns the text of the answer and the session's id.

    `user_input`: a text, or messages as chat APIs take them. The function may return a text, a
    response of an SDK, or a stream of either. What it raises is recorded and raised again.
    """
    check_function(llm_function)
    session = of_manager(session_manager) or Tracked(
        session_id, store=store, infinite_context=infinite_context, token_threshold=token_threshold
    )
    call = Call(session, user_input, model, provider)
    with call.recorded():
        response = llm_function(user_input)
        if hasattr(response, "__next__"):  # a stream
            for chunk in response:
                call.collect(chunk)
        else:
            call.answered(response)
    return call.finish(), session.session_id


def quick_conversation(
    user_message: str,
    ai_response: str,
    model: str = UNKNOWN,
    provider: str = UNKNOWN,
    infinite_context: bool = False,
    *,
    usage: Any = None,
    store: AnyStore = None,
) -> SessionStats:
    """`track_conversation` in a new session; its statistics."""
    session = Tracked(store=store, infinite_context=infinite_context)
    session.track(user_message, ai_response, model, provider, usage=usage)
    return session.get_stats()


def track_tool_use(
    tool_name: str,
    arguments: Any,
    result: Any,
    session_id: str | None = None,
    error: str | None = None,
    *,
    store: AnyStore = None,
    **metadata: Any,
) -> str:
    """Record a call of a tool and what came of it; returns the session's id."""
    return Tracked(session_id, store=store).tool_used(
        tool_name, arguments, result, error, **metadata
    )


def get_session_stats(
    session_id: str, include_all_segments: bool = False, *, store: AnyStore = None
) -> SessionStats:
    """Counts, tokens and cost of a session. Raises `SessionNotFound`."""
    return Tracked(session_id, store=store).get_stats(include_all_segments)


def get_conversation_history(
    session_id: str, include_all_segments: bool = False, *, store: AnyStore = None
) -> list[dict[str, Any]]:
    """What was said in a session, in order. Raises `SessionNotFound`."""
    return Tracked(session_id, store=store).get_conversation(include_all_segments)


quick_stats = quick_conversation
track_llm_interaction = track_llm_call


def of_manager(manager: SessionManager | Tracked | None) -> Tracked | None:
    """The session that a manager is of."""
    return manager.tracked if manager is not None and not isinstance(manager, Tracked) else manager


def check_function(value: object) -> None:
    """Raises `InvalidSessionOperation` for what cannot be called."""
    if not callable(value):
        raise InvalidSessionOperation(
            "track_llm_call", f"llm_function is a function, not {value!r:.80}"
        )


class Call:
    """A call of a function of the program's that asks a model, from its beginning to its record."""

    def __init__(self, session: Tracked, asked: Any, model: str, provider: str) -> None:
        self._session, self._asked = session, asked
        self._model, self._provider = model, provider
        self.response: Any = None
        self._collector: Collector | None = None
        self._begun = time.monotonic()
        self._id = ids.new()
        self.is_told = False
        """Its outcome was given to the store."""
        WATCH.add(self)

    def answered(self, response: Any) -> None:
        self.response = response

    def collect(self, chunk: Any) -> None:
        """Part of an answer that comes in pieces."""
        if self._collector is None:
            self._collector = collector_of(chunk)
        self._collector.add(chunk)

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """What is raised inside goes on record, and is raised again."""
        try:
            yield
        except BaseException as error:
            self.fail(error)
            raise

    def fail(self, error: BaseException) -> None:
        """Record how the call failed, with what had come until then. A store that fails, too, must
        not hide that error: the log `ai_sessions` has it.
        """
        try:
            self._record(status_of(error), told(error))
        except AiSessionsError as other:
            import logging

            logging.getLogger("ai_sessions").warning("a failed call is not on record: %s", other)

    def finish(self) -> str:
        """Record the answer; returns its text. When it cannot be kept, the error has it as
        `response`.
        """
        try:
            return self._record("ok", "")
        except SessionManagerError as error:
            error.response = self.response
            raise

    def _record(self, status: Status, error: str) -> str:
        self.is_told = True
        if self._collector is not None:
            self.response = self._collector.whole()
        WATCH.remove(self)
        answer = answer_of(self.response)
        text = answer.text
        self._session.track(
            question_of(self._asked),
            text,
            answer.model or self._model,
            answer.provider or self._provider,
            usage=answer.usage,
            cost=answer.cost,
            status=status,
            duration_ms=round((time.monotonic() - self._begun) * 1000),
            error=error,
            call_id=self._id,
            **_asked_for(answer),
        )
        under_way.ended(self._id)
        return text

    def lasts(self) -> None:
        """Put on record what is asked, until it has ended."""
        core, id_ = self._session.core, self._session.session_id
        asked = calls.message(core, "user", question_of(self._asked), {})
        call = under_way.call(self._id, core.now(), self._provider, self._model, [asked])
        under_way.note(core, id_, call)
        if self.is_told:
            under_way.ended(self._id)

    def closed(self) -> None:
        """The program ends in the midst of it."""
        self.fail(KeyboardInterrupt("the program ended"))


def _asked_for(answer: Answer) -> dict[str, Any]:
    """Tools that a model asked for. They are noted beside its answer and are not part of what is
    told next: their results are tracked by themselves, with the calls.
    """
    calls = [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in answer.tool_calls]
    return {"tool_calls": calls} if calls else {}


def question_of(asked: Any) -> str:
    """The words of what a function was asked: a text, or the newest message of a list of them."""
    if isinstance(asked, str):
        return asked
    if isinstance(asked, list | tuple) and asked and isinstance(asked[-1], Mapping):
        users = [one for one in asked if isinstance(one, Mapping) and one.get("role") == "user"]
        return answer_of(users[-1] if users else asked[-1]).text
    return answer_of(asked).text
