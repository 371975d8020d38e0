"""A session as it was when it was read: its facts, and what happened in it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import identity
from ai_sessions.library.errors import SessionAlreadyExists, Translated
from ai_sessions.library.views.events import SessionEvent, events
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.library.views.moments import moment
from ai_sessions.library.views.runs import SessionRun, run
from ai_sessions.library.views.token_usage import TokenSummary, usage
from ai_sessions.records import Interaction

if TYPE_CHECKING:
    from ai_sessions.library.tracking_sync import AnyStore
    from ai_sessions.records import Entry, Json
    from ai_sessions.records import Session as Record


@dataclass(frozen=True, slots=True)
class SessionMetadata:
    created_at: datetime
    updated_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


class Session:
    """A session as it was when it was read: its facts, and what happened in it."""

    def __init__(
        self,
        record: Record,
        entries: Iterable[Entry] = (),
        child_ids: Iterable[str] = (),
        parent: Record | None = None,
    ) -> None:
        """`parent`: where it is here; else the parent's name in the store is its id."""
        self.record, self._parent = record, parent
        self.entries = tuple(entries)
        self.child_ids = list(child_ids)

    @classmethod
    async def load(cls, session_id: str, store: AnyStore = None) -> Session:
        """The session of that id as it is now. Raises `SessionNotFound`."""
        from ai_sessions.library.tracking import done

        return await done(functools.partial(loaded, session_id, store), session_id, store)

    @classmethod
    async def create(
        cls,
        session_id: str | None = None,
        parent_id: str | None = None,
        metadata: Json | None = None,
        store: AnyStore = None,
    ) -> Session:
        """A new session, which is there before anything is said in it. Raises
        `SessionAlreadyExists`, and `SessionNotFound` for a parent that is not there.
        """
        from ai_sessions.library.tracking import done

        made = functools.partial(created, session_id, parent_id, metadata, store)
        return await done(made, session_id, store)

    @property
    def id(self) -> str:
        return identity.of_session(self.record)

    @property
    def parent_id(self) -> str | None:
        if self._parent is not None:
            return identity.of_session(self._parent)
        parent = self.record.about.parent
        return parent.name if parent else None

    @property
    def task_ids(self) -> list[str]:
        return list(dict.fromkeys(one.task for one in self._calls() if one.task))

    @property
    def state(self) -> dict[str, Any]:
        return dict(self.record.state)

    @property
    def metadata(self) -> SessionMetadata:
        record = self.record
        properties = {**record.state, "tags": list(record.tags), "status": record.status}
        return SessionMetadata(moment(record.created_at), moment(record.last_used), properties)

    @property
    def last_update_time(self) -> datetime:
        return moment(self.record.last_used)

    @cached_property
    def events(self) -> list[SessionEvent]:
        """What was said, summaries and tool calls, each with its result, in order."""
        return events(self.entries)

    @cached_property
    def runs(self) -> list[SessionRun]:
        """The calls of models, failed and cancelled ones too."""
        return [run(one) for one in self._calls()]

    @property
    def active_run(self) -> SessionRun | None:
        """The call that was begun and has no answer yet."""
        calling = self.record.calling
        if not calling:
            return None
        begun = moment(str(calling.get("at", "")))
        return SessionRun(str(calling.get("id", "")), begun, None, RunStatus.RUNNING, calling)

    @property
    def token_summary(self) -> TokenSummary:
        sums = self.record.totals
        by_model = {
            model: usage(one.usage, model, None if one.unknown_costs else one.cost_nusd)
            for model, one in sums.by_model.items()
        }
        cost = money.number(sums.cost_nusd)
        given, said = sums.input_tokens, sums.output_tokens
        return TokenSummary(given, said, by_model, cost, sums.unknown_costs)

    @property
    def total_tokens(self) -> int:
        return self.token_summary.total_tokens

    @property
    def total_cost(self) -> float:
        return money.number(self.record.totals.cost_nusd)

    def _calls(self) -> list[Interaction]:
        return [one for one in self.entries if isinstance(one, Interaction)]


def loaded(session_id: str, store: AnyStore = None) -> Session:
    """As `Session.load`, without an event loop."""
    from ai_sessions.conversations import family, lineage
    from ai_sessions.library import storage

    with Translated(session_id, "load"):
        place = storage.conversations(store)
        record = identity.existing(place, session_id)
        children = map(identity.of_session, family.children(place.store, record))
        parent = lineage.parent_of(place.store, record)
        return Session(record, lineage.entries(place.store, record), children, parent)


def created(
    session_id: str | None = None,
    parent_id: str | None = None,
    metadata: Json | None = None,
    store: AnyStore = None,
) -> Session:
    """As `Session.create`, without an event loop."""
    from ai_sessions.library.sessions import Tracked

    tracked = Tracked(session_id, parent_id=parent_id, metadata=metadata, store=store)
    with Translated(tracked.session_id, "create"):
        if session_id is not None and identity.find(tracked.core, session_id):
            raise SessionAlreadyExists(session_id, hint="load it, or choose another id")
        tracked.add()
    return loaded(tracked.session_id, tracked.core)
