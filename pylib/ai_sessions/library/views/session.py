"""The verbs of a session as programs have it, for programs without an event loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ai_sessions.conversations import family, lineage
from ai_sessions.library.errors import Translated
from ai_sessions.library.views import token_usage
from ai_sessions.library.views.event import Event
from ai_sessions.library.views.metadata import Metadata
from ai_sessions.library.views.view import NO_RUN, View, created, loaded

if TYPE_CHECKING:
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.records import Json

_Kind = TypeVar("_Kind", bound=View)


class Session(View):
    """A session as it was when it was read or last written by this object. What it is told to keep
    is on record when the verb returns; what is only put into `events`, `runs`, `state` or the
    properties of `metadata`, when it is saved.
    """

    @classmethod
    def load(cls, session_id: str, store: AnyStore = None) -> Self:
        """The session of that id as it is now. Raises `SessionNotFound`."""
        return loaded(cls, session_id, store)

    @classmethod
    def create(
        cls,
        session_id: str | None = None,
        parent_id: str | None = None,
        store: AnyStore = None,
        metadata: Metadata | Json | None = None,
    ) -> Self:
        """A new session, which is there before anything is said in it. Raises
        `SessionAlreadyExists`, and `SessionNotFound` for a parent that is not there.
        """
        return created(cls, session_id, parent_id, store, metadata)

    def add_event(self: View, event: Event) -> None:
        """Put an event behind the others, to be saved later."""
        self.events.append(event)

    def add_event_and_save(
        self: View,
        event: Event,
        store: AnyStore = None,  # noqa: ARG002 (as programs call it)
    ) -> None:
        """Put an event on record, with all that is not saved yet. What cannot be kept raises
        `InvalidSessionOperation` and is not part of the session. `store`: is that of the session.
        """
        with Translated(self.id, "add_event"):
            self.write_unsaved()
            self.write_event(event)
        self.events.append(event)

    def save(self: View) -> None:
        """Put on record what is not yet. What one thing that cannot be kept leaves out is on record
        the next time.
        """
        with Translated(self.id, "save"):
            self.write_unsaved()

    def ancestors(
        self: _Kind,
        store: AnyStore = None,  # noqa: ARG002 (as programs call it)
    ) -> list[_Kind]:
        """The parent, its parent and so on, as far as they are here."""
        with Translated(self.id, "ancestors"):
            above = lineage.ancestors(self.core.store, self.record)
            return [self.of_record(one) for one in above]

    def descendants(
        self: _Kind,
        store: AnyStore = None,  # noqa: ARG002 (as programs call it)
    ) -> list[_Kind]:
        """The children, theirs and so on, each before its own."""
        with Translated(self.id, "descendants"):
            below = family.descendants(self.core.store, self.record)
            return [self.of_record(one) for one in below]

    def get_state(self: View, key: str, default: Any = None) -> Any:
        return self.state.get(key, default)

    def has_state(self: View, key: str) -> bool:
        return key in self.state

    def set_state(self: View, key: str, value: Any) -> None:
        """Set a variable of the session, which models are told; None takes it away. Raises
        `InvalidSessionOperation` for what is no JSON, and for a key that is none.
        """
        with Translated(self.id, "set_state"):
            self.write_state({key: value})

    def remove_state(self: View, key: str) -> None:
        if key in self.state:
            with Translated(self.id, "remove_state"):
                self.write_state({key: None})

    def get_token_usage_by_source(self: View) -> dict[str, Any]:
        """`TokenSummary` of the events of users, models and the system."""
        return self.usage_of(lambda one: str(one.source))

    def get_token_usage_by_run(self: View) -> dict[str, Any]:
        """`TokenSummary` by the task of the event, else by the id of its call; `no_run`: of events
        that have neither.
        """
        known = {one.id for one in self.runs}

        def of(event: Event) -> str:
            ids = (event.metadata.get("run_id"), event.id)
            return event.task_id or next((str(one) for one in ids if one in known), NO_RUN)

        return {NO_RUN: self.summary_kind(), **self.usage_of(of)}

    def count_message_tokens(self: View, message: Any, model: str = "") -> int:  # noqa: ARG002
        """Of a text, or of a message as chat APIs have it."""
        text = message["content"] if isinstance(message, Mapping) and "content" in message else None
        return token_usage.counted(message if text is None else text)
