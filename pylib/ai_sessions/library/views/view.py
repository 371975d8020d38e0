"""A session as programs have it: its facts and what happened in it, as they were read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ai_sessions import money
from ai_sessions.conversations import family, lineage, state
from ai_sessions.library import arguments, identity, storage
from ai_sessions.library.errors import SessionAlreadyExists, Translated
from ai_sessions.library.log import METADATA
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.views import run as runs
from ai_sessions.library.views.event import Event, SessionEvent
from ai_sessions.library.views.events import events
from ai_sessions.library.views.kinds import EventSource, EventType, RunStatus
from ai_sessions.library.views.metadata import Metadata, SessionMetadata
from ai_sessions.library.views.moments import moment
from ai_sessions.library.views.run import RUN, Run, SessionRun
from ai_sessions.library.views.token_usage import (
    Sums,
    Tokens,
    TokenSummary,
    TokenUsage,
    add_usage,
    usage,
)
from ai_sessions.library.views.writing import asked_for, write
from ai_sessions.records import Interaction, Note, stamp

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.records import Entry, Json
    from ai_sessions.records import Session as Record

_Kind = TypeVar("_Kind", bound="View")
#: Key of what no run has, in the usage by runs.
NO_RUN = "no_run"


class View:
    """A session as it was when it was read or last written by this object, whichever way its verbs
    are called.
    """

    #: Classes of what it is made of.
    event_kind: type[Event] = SessionEvent
    run_kind: type[Run] = SessionRun
    metadata_kind: type[Metadata] = SessionMetadata
    usage_kind: type[Tokens] = TokenUsage
    summary_kind: type[Sums] = TokenSummary

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 (as programs call it)
        parent_id: str | None = None,
        metadata: Metadata | Json | None = None,
        store: AnyStore = None,
        state: Json | None = None,
    ) -> None:
        """A session that is made with the first thing that is saved in it, and then has `state`;
        `load` is for one that is there. `id` None: a new one. Raises `InvalidSessionOperation`.
        """
        properties = metadata.properties if isinstance(metadata, Metadata) else metadata
        tracked = Tracked(id, parent_id=parent_id, metadata=properties, store=store)
        self._over(tracked, tracked.unwritten(), parent_id=parent_id)
        self.metadata.properties.update(properties or {})
        self.state.update(state or {})

    def _over(
        self,
        tracked: Tracked,
        record: Record,
        entries: Iterable[Entry] = (),
        child_ids: Iterable[str] = (),
        parent_id: str | None = None,
    ) -> None:
        self.tracked, self.record = tracked, record
        self.entries = tuple(entries)
        self.child_ids, self.parent_id = list(child_ids), parent_id
        self.state: dict[str, Any] = dict(record.state)
        self._recorded: set[str] = set()
        """Ids of events that are on record."""
        self._recorded_runs: dict[str, dict[str, Any]] = {}
        """Runs as they are on record, by their ids."""
        self._properties: dict[str, Any] = {}
        """As they are on record."""

    @classmethod
    def of(
        cls,
        core: Conversations,
        record: Record,
        entries: Iterable[Entry] = (),
        child_ids: Iterable[str] = (),
        parent: Record | None = None,
    ) -> Self:
        """What is on record. `parent`: where it is here; else the name that it had is its id."""
        made = cls.__new__(cls)
        is_own = record.about.interface == identity.INTERFACE
        tracked = Tracked(identity.of_session(record) if is_own else record.uid, store=core)
        above = record.about.parent
        parent_id = identity.of_session(parent) if parent else (above.name if above else None)
        made._over(tracked, record, entries, child_ids, parent_id)
        return made

    @property
    def id(self) -> str:
        return identity.of_session(self.record)

    @property
    def core(self) -> Conversations:
        """What the session is kept in."""
        return self.tracked.core

    @property
    def status(self) -> str:
        return self.record.status

    @property
    def tags(self) -> tuple[str, ...]:
        return self.record.tags

    @property
    def task_ids(self) -> list[str]:
        """Of its calls of models and its events, in order."""
        called = [one.task for one in self.entries if isinstance(one, Interaction)]
        named = [one.task_id for one in self.events]
        return [one for one in dict.fromkeys([*called, *named]) if one]

    @cached_property
    def metadata(self) -> Metadata:
        record = self.record
        found: dict[str, Any] = {}
        for entry in self.entries:
            if isinstance(entry, Note) and entry.topic == METADATA:
                found |= entry.body
        self._properties = dict(found)
        at = moment(record.created_at), moment(record.last_used)
        return self.metadata_kind(*at, found, self)

    @property
    def last_update_time(self) -> datetime:
        return moment(self.record.last_used)

    @cached_property
    def events(self) -> list[Any]:
        """What was said, summaries and tool calls, each with its result, in order: `SessionEvent`.
        One that is put here is on record when the session is saved.
        """
        found = events(self.entries, self.event_kind, self.usage_kind)
        self._recorded = {one.id for one in found}
        return list(found)

    @cached_property
    def runs(self) -> list[Any]:
        """Calls of models, failed and cancelled ones too, and runs of the program's own:
        `SessionRun`. One that is put here is on record when the session is saved.
        """
        found: dict[str, Run] = {}
        for entry in self.entries:
            if isinstance(entry, Interaction):
                found[entry.id] = runs.of_call(self.run_kind, entry, self.usage_kind)
            elif isinstance(entry, Note) and entry.topic == RUN:
                id_ = str(entry.body.get("id"))
                found[id_] = runs.of_note(self.run_kind, entry, found.get(id_))
        self._recorded_runs = {one.id: runs.body(one) for one in found.values()}
        return list(found.values())

    @property
    def active_run(self) -> Any:
        """The newest run that is under way, or the call of a model that has no answer yet; None:
        there is none.
        """
        for one in reversed(self.runs):
            if one.status == RunStatus.RUNNING:
                return one
        calling = self.record.calling
        if not calling:
            return None
        begun = moment(str(calling.get("at", "")))
        id_ = str(calling.get("id", ""))
        return self.run_kind(id_, begun, None, RunStatus.RUNNING, dict(calling))

    @property
    def token_summary(self) -> Any:
        """Of all calls and messages on record, and of events that are not saved yet:
        `TokenSummary`.
        """
        sums = self.record.totals
        by_model = {
            model: usage(
                self.usage_kind, one.usage, model, None if one.unknown_costs else one.cost_nusd
            )
            for model, one in sums.by_model.items()
        }
        cost = money.number(sums.cost_nusd)
        given, said = sums.input_tokens, sums.output_tokens
        found = self.summary_kind(given, said, by_model, cost, sums.unknown_costs)
        for event in self._unsaved():
            if event.token_usage:
                add_usage(found, event.token_usage)
        return found

    def _unsaved(self) -> list[Event]:
        if "events" not in self.__dict__:  # nobody has looked at them
            return []
        return [one for one in self.events if one.id not in self._recorded]

    @property
    def total_tokens(self) -> int:
        return int(self.token_summary.total_tokens)

    @property
    def total_cost(self) -> float:
        """Dollars."""
        return float(self.token_summary.total_estimated_cost_usd)

    def record_properties(self, properties: Json) -> None:
        """Of its `metadata`."""
        with Translated(self.id, "set_property"):
            self._write_properties(properties)

    def _write_properties(self, properties: Json) -> None:
        if properties:
            self.record = self.tracked.add(Note(METADATA, arguments.metadata(properties)))
            self._properties |= properties

    def write_state(self, values: Json) -> None:
        """Of a key that is taken away the value is None."""
        self.record = self.tracked.add(*state.changes(self.core.now(), values))
        for key in values:
            self.state.pop(key, None)
            if key in self.record.state:
                self.state[key] = self.record.state[key]

    def write_unsaved(self) -> None:
        """Put on record what is not yet. Raises at the first thing that cannot be kept; what comes
        after it is on record the next time.
        """
        if changed := _changed(self.state, self.record.state):
            self.write_state(changed)
        known, found = self._properties, self.metadata.properties
        self._write_properties(
            {k: one for k, one in found.items() if k not in known or known[k] != one}
        )
        for event in self._unsaved():
            self.write_event(event)
        for one in self.runs:
            self._write_run(one)

    def _new_properties(self) -> dict[str, Any]:
        known, found = self._properties, self.metadata.properties
        return {key: one for key, one in found.items() if key not in known or known[key] != one}

    def _write_run(self, run: Run) -> None:
        body = runs.body(run)
        if self._recorded_runs.get(run.id) != body:
            self.record = self.tracked.add(Note(RUN, body, stamp(self.core.now())))
            self._recorded_runs[run.id] = body

    def write_event(self, event: Event) -> None:
        self.record = write(self.tracked, event, self._open_calls)
        self._recorded.add(event.id)
        asked = asked_for(event)
        self._open_calls |= asked
        if event.source == EventSource.LLM and event.token_usage:
            self._add_run(event, asked)

    def _add_run(self, event: Event, asked: Iterable[str]) -> None:
        """Of the call of a model that an event is."""
        at, known = event.timestamp, dict(event.metadata)
        called = self.run_kind(event.id, at, at, RunStatus.COMPLETED, known, list(asked))
        called.token_usage = event.token_usage
        self.runs.append(called)
        self._recorded_runs[called.id] = runs.body(called)

    @cached_property
    def _open_calls(self) -> set[str]:
        """Ids of tool calls that wait for a result."""
        tools = [one for one in self.events if one.type == EventType.TOOL_CALL]
        return {
            str(one.metadata.get("call_id"))
            for one in tools
            if isinstance(one.message, Mapping)
            and one.message.get("result") is None
            and one.message.get("error") is None
        }

    def usage_of(self, of: Callable[[Event], str]) -> dict[str, Any]:
        """Sums over the events with tokens, by what `of` says of each."""
        found: dict[str, Sums] = {}
        for one in self.events:
            if one.token_usage:
                add_usage(found.setdefault(of(one), self.summary_kind()), one.token_usage)
        return found

    def of_record(self: _Kind, record: Record) -> _Kind:
        """Another session, as it is now."""
        return read(type(self), self.core, record)


def loaded(kind: type[_Kind], session_id: str, store: AnyStore = None) -> _Kind:
    """As `Session.load`, of that class."""
    with Translated(session_id, "load"):
        core = storage.conversations(store)
        return read(kind, core, identity.existing(core, session_id))


def read(kind: type[_Kind], core: Conversations, record: Record) -> _Kind:
    """A session with its log and its family."""
    children = map(identity.of_session, family.children(core.store, record))
    parent = lineage.parent_of(core.store, record)
    return kind.of(core, record, lineage.entries(core.store, record), children, parent)


def created(
    kind: type[_Kind],
    session_id: str | None = None,
    parent_id: str | None = None,
    store: AnyStore = None,
    metadata: Metadata | Json | None = None,
) -> _Kind:
    """As `Session.create`, of that class."""
    made = kind(session_id, parent_id, metadata, store)
    tracked = made.tracked
    with Translated(tracked.session_id, "create"):
        if session_id is not None and identity.find(tracked.core, session_id):
            raise SessionAlreadyExists(session_id, hint="load it, or choose another id")
        return read(kind, tracked.core, tracked.add())


def _changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Variables that were set, and None for those that were taken away."""
    gone = dict.fromkeys(before.keys() - now.keys())
    return {key: one for key, one in now.items() if before.get(key) != one} | gone
