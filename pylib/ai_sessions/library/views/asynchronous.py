"""Sessions, events, runs and tokens for programs with an event loop.

Each verb is that of the class of the same name without a loop. Those that read or write the store
wait in a thread, in the order of the calls; the others do what they do at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from ai_sessions.library.tracking import done
from ai_sessions.library.views import event, metadata, run, session, token_usage, view
from ai_sessions.library.views.kinds import EventSource, EventType

if TYPE_CHECKING:
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.records import Json

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_View = TypeVar("_View", bound=view.View)


def at_once(verb: Callable[_Given, _Result]) -> Callable[_Given, Coroutine[Any, Any, _Result]]:
    """The same verb for an event loop; it waits for nothing."""

    @functools.wraps(verb)
    async def called(*args: _Given.args, **named: _Given.kwargs) -> _Result:
        return verb(*args, **named)

    return called


def in_turn(
    verb: Callable[Concatenate[_View, _Given], _Result],
) -> Callable[Concatenate[_View, _Given], Coroutine[Any, Any, _Result]]:
    """The same verb for an event loop, behind what was asked for in that session before."""

    @functools.wraps(verb)
    async def called(one: _View, /, *args: _Given.args, **named: _Given.kwargs) -> _Result:
        return await done(functools.partial(verb, one, *args, **named), one.id, one.core)

    return called


class TokenUsage(token_usage.Tokens):
    """Tokens of one call, or of one model."""

    count_tokens = staticmethod(at_once(token_usage.TokenUsage.count_tokens))
    calculate_cost = at_once(token_usage.TokenUsage.calculate_cost)
    update = at_once(token_usage.TokenUsage.update)

    @classmethod
    async def from_text(cls, prompt: str, completion: str | None = None, model: str = "") -> Self:
        """Of a call with these words, which nobody else counted."""
        return token_usage.of_text(cls, prompt, completion, model)


class TokenSummary(token_usage.Sums):
    """Sums over calls and messages."""

    add_usage = at_once(token_usage.TokenSummary.add_usage)


class SessionMetadata(metadata.Metadata):
    """Times and properties of a session. A property of a session is on record when it is set."""

    get_property = at_once(metadata.SessionMetadata.get_property)
    update_timestamp = at_once(metadata.SessionMetadata.update_timestamp)

    @classmethod
    async def create(cls, properties: dict[str, Any] | None = None) -> Self:
        """Of no session yet: give it to `Session.create`."""
        return cls(properties=dict(properties or {}))

    async def set_property(self, key: str, value: Any) -> None:
        place = self.place
        work = functools.partial(metadata.SessionMetadata.set_property, self, key, value)
        if place is None:
            work()
        else:
            await done(work, place.id, place.core)


class SessionEvent(event.Event):
    """One thing that happened. What is on record stays as it is: verbs that change an event are
    for one that is not saved yet.
    """

    update_token_usage = at_once(event.SessionEvent.update_token_usage)
    calculate_tokens = at_once(event.SessionEvent.calculate_tokens)
    get_metadata = at_once(event.SessionEvent.get_metadata)
    has_metadata = at_once(event.SessionEvent.has_metadata)
    set_metadata = at_once(event.SessionEvent.set_metadata)
    update_metadata = at_once(event.SessionEvent.update_metadata)
    merge_metadata = at_once(event.SessionEvent.merge_metadata)
    remove_metadata = at_once(event.SessionEvent.remove_metadata)
    clear_metadata = at_once(event.SessionEvent.clear_metadata)
    to_dict = at_once(event.SessionEvent.to_dict)

    @classmethod
    async def create_with_tokens(
        cls,
        message: Any,
        prompt: str,
        completion: str | None = None,
        model: str = "",
        source: EventSource = EventSource.SYSTEM,
        type: EventType = EventType.MESSAGE,  # noqa: A002 (as programs call it)
        **more: Any,
    ) -> Self:
        """An event whose tokens are counted, by its prompt and completion."""
        used = await TokenUsage.from_text(prompt, completion, model)
        return cls(message, source, type, token_usage=used, **more)

    def usage_kind(self) -> type[token_usage.Tokens]:
        return TokenUsage


class SessionRun(run.Run):
    """A run: a call of a model, or work that the program marks itself. The latter is on record when
    it is one of `session.runs` and the session is saved.
    """

    mark_running = at_once(run.SessionRun.mark_running)
    mark_completed = at_once(run.SessionRun.mark_completed)
    mark_failed = at_once(run.SessionRun.mark_failed)
    mark_cancelled = at_once(run.SessionRun.mark_cancelled)
    get_metadata = at_once(run.SessionRun.get_metadata)
    has_metadata = at_once(run.SessionRun.has_metadata)
    set_metadata = at_once(run.SessionRun.set_metadata)
    remove_metadata = at_once(run.SessionRun.remove_metadata)
    get_duration = at_once(run.SessionRun.get_duration)
    add_tool_call = at_once(run.SessionRun.add_tool_call)
    get_tool_calls = at_once(run.SessionRun.get_tool_calls)
    to_dict = at_once(run.SessionRun.to_dict)

    @classmethod
    async def create(cls, metadata: dict[str, Any] | None = None) -> Self:
        """One that has not begun."""
        return cls(metadata=dict(metadata or {}))


class Session(view.View):
    """A session as it was when it was read or last written by this object. What it is told to keep
    is on record when the verb returns; what is only put into `events`, `runs`, `state` or the
    properties of `metadata`, when it is saved.
    """

    event_kind, run_kind, metadata_kind = SessionEvent, SessionRun, SessionMetadata
    usage_kind, summary_kind = TokenUsage, TokenSummary

    add_event = at_once(session.Session.add_event)
    add_event_and_save = in_turn(session.Session.add_event_and_save)
    save = in_turn(session.Session.save)
    ancestors = in_turn(session.Session.ancestors)
    descendants = in_turn(session.Session.descendants)
    get_state = at_once(session.Session.get_state)
    has_state = at_once(session.Session.has_state)
    set_state = in_turn(session.Session.set_state)
    remove_state = in_turn(session.Session.remove_state)
    get_token_usage_by_source = at_once(session.Session.get_token_usage_by_source)
    get_token_usage_by_run = at_once(session.Session.get_token_usage_by_run)
    count_message_tokens = at_once(session.Session.count_message_tokens)

    @classmethod
    async def load(cls, session_id: str, store: AnyStore = None) -> Self:
        """The session of that id as it is now. Raises `SessionNotFound`."""
        work = functools.partial(view.loaded, cls, session_id, store)
        return await done(work, session_id, store)

    @classmethod
    async def create(
        cls,
        session_id: str | None = None,
        parent_id: str | None = None,
        store: AnyStore = None,
        metadata: metadata.Metadata | Json | None = None,
    ) -> Self:
        """A new session, which is there before anything is said in it. Raises
        `SessionAlreadyExists`, and `SessionNotFound` for a parent that is not there.
        """
        work = functools.partial(view.created, cls, session_id, parent_id, store, metadata)
        return await done(work, session_id, store)
