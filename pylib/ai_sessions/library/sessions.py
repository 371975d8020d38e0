"""One tracked session: the synchronous core under every way that the library is used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.conversations import checks, finding, statistics
from ai_sessions.errors import UsageError
from ai_sessions.library import contexts, identity, storage, usages
from ai_sessions.library.errors import translating
from ai_sessions.library.identity import INTERFACE
from ai_sessions.library.stats import SessionStats
from ai_sessions.records import (
    Cost,
    Entry,
    Interaction,
    Message,
    Note,
    Parent,
    Pin,
    Said,
    Session,
    Status,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import Store

__all__ = ["INTERFACE", "Tracked"]
#: Key of the pin that is the system prompt, and topic of the note with the metadata.
PROMPT, METADATA = "system_prompt", "metadata"
#: What the model or the provider of an answer is called when nobody says.
UNKNOWN = "unknown"


class Tracked:
    """A session of a program. Safe to use from several threads and processes at once.

    A new id makes a session when something is said in it; until then verbs that read raise
    `NotFound`, unless the id was made here.
    """

    @translating
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
        """`store`: None: the user's own sessions."""
        self._id = ids.new() if session_id is None else identity.checked(session_id)
        self._is_ours = session_id is None
        self._prompt, self._parent_id, self._metadata = system_prompt, parent_id, metadata
        self._core = storage.conversations(store)
        self.is_infinite = infinite_context
        self._threshold, self._most_turns = token_threshold, max_turns_per_segment
        self._default_model = default_model
        self._name = ""
        """Of the session in the store; empty until it is known."""

    @property
    def session_id(self) -> str:
        return self._id

    @property
    def core(self) -> Conversations:
        """The conversations that it is one of."""
        return self._core

    # --- what is said

    @translating
    def user_says(self, message: str, **metadata: Any) -> str:
        """Record what the user says; returns the session's id."""
        self._add(self._said("user", message, metadata))
        return self._id

    @translating
    def ai_responds(
        self,
        response: str,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        *,
        usage: Any = None,
        cost: Cost | float | None = None,
        status: Status = "ok",
        duration_ms: int = 0,
        error: str = "",
        **metadata: Any,
    ) -> str:
        """Record a call of a model: its answer, what it used and cost; returns the session's id.

        `usage`: as the provider reports it, in whatever form; None: estimated, the history that
        was sent again included. `cost`: dollars; None: by the prices. `status` other than `ok`: a
        call that failed, whose `response` is what came until then.
        """
        said = [self._message("assistant", response, metadata)] if response else []
        self._add(self._call(said, model, provider, usage, cost, status, duration_ms, error))
        return self._id

    @translating
    def track(
        self,
        question: str,
        response: str,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        *,
        usage: Any = None,
        cost: Cost | float | None = None,
        status: Status = "ok",
        duration_ms: int = 0,
        error: str = "",
        **metadata: Any,
    ) -> str:
        """Record a call of a model with the question that it was asked, in one write; otherwise as
        `ai_responds`.
        """
        said = [self._message("user", question, {})]
        if response:
            said.append(self._message("assistant", response, metadata))
        self._add(self._call(said, model, provider, usage, cost, status, duration_ms, error))
        return self._id

    @translating
    def tool_used(
        self,
        tool_name: str,
        arguments: Any = None,
        result: Any = None,
        error: str | None = None,
        **metadata: Any,  # noqa: ARG002
    ) -> str:
        """Record a call of a tool with what came of it, which the next prompt has; returns the
        session's id.
        """
        self._core.record_tool_call(
            self._begun().name, tool_name, arguments, result=result, error=error
        )
        return self._id

    # --- what was said

    @translating
    def get_conversation(self, include_all_segments: bool | None = None) -> list[dict[str, Any]]:  # noqa: ARG002
        """What was said: `role`, `content`, `timestamp`; of answers `model` and `provider`."""
        return contexts.turns(self._core, self._there())

    @translating
    def get_messages_for_llm(self, include_system: bool = True) -> list[dict[str, Any]]:
        """What the next call of a model is told."""
        found = contexts.for_llm(self._core, self._there())
        system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        return [*(system if include_system else []), *found]

    @translating
    def get_stats(self, include_all_segments: bool | None = None) -> SessionStats:  # noqa: ARG002
        """Counts, tokens and cost."""
        session = self._there()
        counted = statistics.of_session(session, self._core.now())
        roles = statistics.by_role(self._core.store, session.name)
        return SessionStats(
            session_id=self._id,
            session_segments=1,
            session_chain=None,
            total_messages=roles.get("user", 0) + roles.get("assistant", 0) - counted.tool_calls,
            total_events=counted.messages,
            user_messages=roles.get("user", 0),
            ai_messages=roles.get("assistant", 0) - counted.tool_calls,
            tool_calls=counted.tool_calls,
            total_tokens=counted.total_tokens,
            estimated_cost=counted.cost_nusd / 1e9,
            unpriced=counted.unknown_costs,
            created_at=counted.created_at,
            last_update=counted.last_active,
            infinite_context=self.is_infinite,
        )

    @property
    def system_prompt(self) -> str | None:
        """The one that was given here, else the one of the session."""
        if self._prompt is not None:
            return self._prompt
        found = identity.find(self._core, self._id)
        pin = found.pins.get(PROMPT) if found else None
        return pin.text if pin else None

    # --- the session in the store

    def _add(self, entry: Entry) -> Session:
        """Add an entry in one write, to a session that is made now when there is none."""
        session = self._begun()
        return self._core.store.append(session.name, [entry], uid=session.uid)

    def _begun(self) -> Session:
        session = identity.find(self._core, self._id)
        if session is None:
            return self._begin()
        if session.is_over(stamp(self._core.now())):
            return finding.current(self._core.store, self._core.now(), session.name)
        return session

    def _begin(self) -> Session:
        parent = self._parent()
        about = identity.about(self._id, parent, storage.expires_in_ms())
        session = finding.find_or_create(self._core.store, self._core.now(), about)
        first: list[Entry] = []
        if self._prompt:
            first.append(Pin(PROMPT, self._prompt))
        if self._metadata:
            first.append(Note(METADATA, self._metadata))
        return self._core.store.append(session.name, first, uid=session.uid) if first else session

    def _parent(self) -> Parent | None:
        return None if self._parent_id is None else identity.parent(self._core, self._parent_id)

    def _there(self) -> Session:
        """Raises `NotFound` for an id that is not ours and of no session."""
        if self._is_ours and identity.find(self._core, self._id) is None:
            return self._begin()
        return identity.existing(self._core, self._id)

    # --- messages

    def _call(
        self,
        said: list[Message],
        model: str,
        provider: str,
        usage: Any,
        cost: Cost | float | None,
        status: Status,
        duration_ms: int,
        error: str,
    ) -> Interaction:
        if model == UNKNOWN:
            model = self._default_model or model
        is_known = usage is not None or status != "ok"
        asked = [one.tokens or 0 for one in said if one.role == "user"]
        told = 0 if is_known else self._told_tokens() + sum(asked)
        answered = sum(one.tokens or 0 for one in said) - sum(asked)
        used = usages.of_call(usage, told, answered, status)
        now = self._core.now()
        return Interaction(
            id=ids.new(),
            at=stamp(now),
            provider=provider,
            model=model,
            messages=tuple(said),
            usage=used,
            cost=usages.cost_of(cost, used, model, now, self._core.price_of),
            status=status,
            duration_ms=duration_ms,
            purpose="chat",
            detail={"error": error} if error else {},
        )

    def _said(self, role: str, text: str, metadata: Mapping[str, Any]) -> Said:
        return Said(self._message(role, text, metadata))

    def _message(self, role: str, text: str, metadata: Mapping[str, Any]) -> Message:
        if not isinstance(text, str):
            raise UsageError(f"what is said is a text, not {text!r:.80}")
        message = Message(role, text, metadata=metadata)  # type: ignore[arg-type]
        checks.check(message)
        count = self._core.memory.rules.count
        return replace(
            message, at=stamp(self._core.now()), tokens=count(text), tokens_source=count.source
        )

    def _told_tokens(self) -> int:
        session = identity.find(self._core, self._id)
        return contexts.tokens(session) if session else 0
