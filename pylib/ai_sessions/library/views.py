"""Sessions, events, messages, runs and tokens as programs that track conversations know them.

Views over our records: they are read, never written, and hold nothing that the log does not. What
changes a session is a method of the session manager.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ai_sessions import money, times, tokens
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import identity
from ai_sessions.library.errors import SessionAlreadyExists, Translated
from ai_sessions.records import SUMMARY, Interaction, Note, Said, Summary, Usage
from ai_sessions.records import Message as Recorded
from ai_sessions.store import totals

if TYPE_CHECKING:
    from ai_sessions.library.tracking_sync import AnyStore
    from ai_sessions.records import Entry, Json
    from ai_sessions.records import Session as Record


class EventSource(StrEnum):
    """Who said it."""

    USER = "user"
    LLM = "llm"
    SYSTEM = "system"


class EventType(StrEnum):
    """What an event is."""

    MESSAGE = "message"
    SUMMARY = "summary"
    TOOL_CALL = "tool_call"
    REFERENCE = "reference"


class RunStatus(StrEnum):
    """What became of a call of a model."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: Topic of the note of an attempt of a tool that was followed by another.
ATTEMPT = "tool_attempt"
_SOURCES = {"user": EventSource.USER, "assistant": EventSource.LLM}


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call, or of one model. `estimated_cost_usd` None: nobody knows the price."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    estimated_cost_usd: float | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    """Nobody counted them: they are an estimate."""

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @staticmethod
    async def count_tokens(text: str, model: str = "") -> int:  # noqa: ARG004 (as programs call it)
        """About how many tokens a text is."""
        return tokens.estimate(text)


@dataclass(frozen=True, slots=True)
class TokenSummary:
    """Sums over calls and messages. `unpriced`: calls that `total_estimated_cost_usd` lacks."""

    total_prompt_tokens: int = 0
    total_completion_tokens: int = 0
    usage_by_model: Mapping[str, TokenUsage] = field(default_factory=dict)
    total_estimated_cost_usd: float = 0.0
    unpriced: int = 0

    @property
    def total_tokens(self) -> int:
        return self.total_prompt_tokens + self.total_completion_tokens


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said. `tool_calls`: maps of `id`, `name` and `arguments`."""

    role: str
    content: str
    timestamp: str = ""
    id: str = ""
    name: str = ""
    tool_calls: tuple[Json, ...] = ()
    tool_call_id: str = ""
    is_error: bool = False
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One thing that happened. `message`: a text, or of a tool call a map of `tool`, `arguments`,
    `result`, `error` and `success`.
    """

    id: str
    message: Any
    timestamp: datetime
    source: EventSource = EventSource.SYSTEM
    type: EventType = EventType.MESSAGE
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parent_event_id: str | None = None
    task_id: str | None = None
    token_usage: TokenUsage | None = None


@dataclass(frozen=True, slots=True)
class SessionMetadata:
    created_at: datetime
    updated_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionRun:
    """One call of a model. `tool_calls`: ids of the tool calls that it asked for."""

    id: str
    started_at: datetime
    ended_at: datetime | None
    status: RunStatus
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tool_calls: tuple[str, ...] = ()
    token_usage: TokenUsage | None = None

    @property
    def duration(self) -> float | None:
        """In seconds; None: it is not over."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


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
        return SessionMetadata(_time(record.created_at), _time(record.last_used), properties)

    @property
    def last_update_time(self) -> datetime:
        return _time(self.record.last_used)

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
        begun = _time(str(calling.get("at", "")))
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


def message(said: Recorded) -> Message:
    calls = tuple(
        {"id": one.id, "name": one.name, "arguments": one.arguments} for one in said.tool_calls
    )
    return Message(
        said.role,
        said.text,
        timestamp=said.at,
        id=said.id,
        name=said.name,
        tool_calls=calls,
        tool_call_id=said.tool_call_id,
        is_error=said.is_error,
        metadata=said.metadata,
    )


def usage(used: Usage, model: str, nusd: int | None) -> TokenUsage:
    """`nusd`: nano-dollars; None: nobody knows."""
    return TokenUsage(
        used.input_tokens,
        used.output_tokens,
        model,
        None if nusd is None else money.number(nusd),
        used.cache_read_tokens,
        used.reasoning_tokens,
        used.estimated,
    )


def run(call: Interaction) -> SessionRun:
    ended = _time(call.at)
    detail: dict[str, Any] = {
        **call.detail,
        "provider": call.provider,
        "model": call.model,
        "status": call.status,
    }
    return SessionRun(
        call.id,
        ended - timedelta(milliseconds=call.duration_ms),
        ended,
        _STATUSES.get(call.status, RunStatus.FAILED),
        detail,
        tuple(one.id for said in call.messages for one in said.tool_calls),
        usage(call.usage, call.model, call.cost.nusd),
    )


_STATUSES = {"ok": RunStatus.COMPLETED, "interrupted": RunStatus.CANCELLED}


def events(entries: Iterable[Entry]) -> list[SessionEvent]:
    """A tool call has its result in the same event, wherever the log has it."""
    found = _Events()
    for entry in entries:
        if isinstance(entry, Said):
            found.say(entry.message, None)
        elif isinstance(entry, Interaction) and entry.purpose != SUMMARY:
            for said in entry.messages:
                found.say(said, entry)
        elif isinstance(entry, Summary):
            found.summarize(entry)
        elif isinstance(entry, Note) and entry.topic == totals.ERROR:
            found.note(entry)
        elif isinstance(entry, Note) and entry.topic == ATTEMPT:
            found.attempt(entry)
    return found.events()


class _Events:
    """Events as they are found; the place of a tool call stays until its result comes."""

    def __init__(self) -> None:
        self._found: list[SessionEvent | dict[str, Any]] = []
        self._calls: dict[str, dict[str, Any]] = {}
        """The newest of each id: ids may come again."""

    def events(self) -> list[SessionEvent]:
        return [
            one if isinstance(one, SessionEvent) else self._tool_event(one) for one in self._found
        ]

    def say(self, said: Recorded, call: Interaction | None) -> None:
        if said.role == "tool" and said.tool_call_id in self._calls:
            self._calls[said.tool_call_id]["result"] = said
            return
        if said.text or not said.tool_calls:
            self._found.append(_said(said, call))
        for tool in said.tool_calls:
            self._calls[tool.id] = {"call": tool, "asked": said}
            self._found.append(self._calls[tool.id])

    def summarize(self, entry: Summary) -> None:
        known = {"model": entry.model, "kind": entry.kind}
        self._found.append(
            SessionEvent(
                entry.id, entry.text, _time(entry.at), type=EventType.SUMMARY, metadata=known
            )
        )

    def note(self, entry: Note) -> None:
        text = str(entry.body.get("message", ""))
        self._found.append(
            SessionEvent(entry.id, text, _time(entry.at), metadata={"error": True, **entry.body})
        )

    def attempt(self, entry: Note) -> None:
        """Of a tool that was tried again."""
        body = entry.body
        told = {key: body.get(key) for key in ("tool", "arguments", "error")}
        self._found.append(
            SessionEvent(
                entry.id,
                {**told, "result": None, "success": False},
                _time(entry.at),
                type=EventType.TOOL_CALL,
                metadata={key: body.get(key) for key in ("attempt", "call_id", "duration_ms")},
            )
        )

    @staticmethod
    def _tool_event(known: Mapping[str, Any]) -> SessionEvent:
        call, asked = known["call"], known["asked"]
        result: Recorded | None = known.get("result")
        text, has_failed = (result.text, result.is_error) if result else (None, False)
        told = {
            "tool": call.name,
            "arguments": call.arguments,
            "result": None if has_failed else text,
            "error": text if has_failed else None,
            "success": result is not None and not has_failed,
        }
        return SessionEvent(
            call.id,
            told,
            _time(asked.at),
            type=EventType.TOOL_CALL,
            metadata={**asked.metadata, **(result.metadata if result else {})},
            parent_event_id=asked.id or None,
        )


def _said(said: Recorded, call: Interaction | None) -> SessionEvent:
    known: dict[str, Any] = dict(said.metadata)
    used = None
    if call:
        known |= {"model": call.model, "provider": call.provider, "status": call.status}
        used = usage(call.usage, call.model, call.cost.nusd) if said.role == "assistant" else None
    return SessionEvent(
        said.id,
        said.text,
        _time(said.at or (call.at if call else "")),
        _SOURCES.get(said.role, EventSource.SYSTEM),
        metadata=known,
        task_id=(call.task if call else "") or None,
        token_usage=used,
    )


_NEVER = datetime.fromtimestamp(0, UTC)


def _time(text: str) -> datetime:
    """The start of 1970 where a log does not say."""
    return times.read(text) or _NEVER
