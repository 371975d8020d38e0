"""One tracked session: the synchronous core under every way that the library is used."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from ai_sessions import ids
from ai_sessions.conversations import family, forking, lineage, summaries
from ai_sessions.errors import Taken, UsageError
from ai_sessions.library import (
    arguments,
    callbacks,
    calls,
    contexts,
    identity,
    segment_ids,
    segments,
    session_statistics,
    storage,
)
from ai_sessions.library.callbacks import Callback
from ai_sessions.library.calls import UNKNOWN, Call
from ai_sessions.library.errors import Translated, translating
from ai_sessions.library.identity import INTERFACE
from ai_sessions.library.log import PROMPT, Log, Make, Opening
from ai_sessions.library.segments import Bounds, Ending, Gauge
from ai_sessions.memory import failures
from ai_sessions.records import Cost, Entry, Message, Said, Session, Status, Summary

if TYPE_CHECKING:
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.memory.summarizer import Draft
    from ai_sessions.stopping import Stop

__all__ = ["INTERFACE", "PROMPT", "UNKNOWN", "Tracked"]
Plain = dict[str, Any]


class Tracked:
    """A session of a program. Safe to use from several threads and processes at once.

    A new id makes a session when something is said in it; until then verbs that read raise
    `SessionNotFound`, unless the id was made here. Wrong arguments raise `InvalidSessionOperation`,
    before anything is stored.
    """

    def __init__(
        self,
        session_id: str | None = None,
        system_prompt: str | None = None,
        parent_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        store: AnyStore = None,
        infinite_context: bool = False,
        token_threshold: int = 4000,
        max_turns_per_segment: int | None = None,
        default_model: str = "",
    ) -> None:
        """`parent_id`: of a session that this one comes from, when it is new. `store`: None: the
        user's own sessions. `infinite_context`: when `token_threshold` tokens or
        `max_turns_per_segment` turns (None: any number) were said, the older ones are told as a
        summary. `default_model`: of answers that name none.
        """
        with Translated(session_id if isinstance(session_id, str) else None, "SessionManager"):
            self._id = ids.new() if session_id is None else identity.checked(session_id)
            if parent_id is not None:
                identity.checked(parent_id)
            prompt = arguments.prompt(system_prompt)
            opening = Opening(prompt, arguments.metadata(metadata), parent_id)
            self._bounds = _bounds(token_threshold, max_turns_per_segment)
            self._default_model = arguments.text("default_model", default_model)
            self.core = storage.conversations(store)
            """What the session is kept in."""
        self._log = Log(self.core, self._id, opening, is_new=session_id is None)
        self._gauge = Gauge(self.core)
        self._is_infinite = bool(infinite_context)
        self._callback: Callback | None = None
        self._ends = threading.RLock()
        """Held while a segment ends."""
        self._is_closed = False

    @property
    def session_id(self) -> str:
        """It stays the same for the session's whole life."""
        return self._id

    @property
    def is_infinite(self) -> bool:
        return self._is_infinite

    @property
    def system_prompt(self) -> str | None:
        """The one that was given here, else that of the session."""
        return self._log.prompt

    # --- what is said

    @translating
    def user_says(self, message: str, **metadata: Any) -> str:
        """Record what the user says; returns the session's id."""
        said = Said(calls.message(self.core, "user", message, metadata))
        self._end_segment_if_due()
        self.add(said)
        return self._id

    @translating
    def ai_responds(
        self,
        response: Any,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        *,
        usage: Any = None,
        cost: Cost | float | None = None,
        status: Status = "ok",
        duration_ms: float = 0,
        error: str = "",
        **metadata: Any,
    ) -> str:
        """Record a call of a model: its answer, what it used and cost; returns the session's id.

        `response`: a text, or the object of an SDK, which tells the rest. `usage`: as the provider
        reports it, in whatever form; None: estimated, the history that was sent again included.
        `cost`: dollars; None: by the prices. `status` other than `ok`: a call that failed, whose
        `response` is what came until then.
        """
        named = {"usage": usage, "cost": cost, "status": status, "error": error}
        self.add_call(
            self._call(response, model, provider, metadata, duration_ms=duration_ms, **named)
        )
        return self._id

    @translating
    def track(
        self,
        question: str,
        response: Any,
        model: str = UNKNOWN,
        provider: str = UNKNOWN,
        *,
        usage: Any = None,
        cost: Cost | float | None = None,
        status: Status = "ok",
        duration_ms: float = 0,
        error: str = "",
        call_id: str = "",
        **metadata: Any,
    ) -> str:
        """`user_says` and `ai_responds` in one write; the metadata is the answer's. `call_id`: the
        same one again adds nothing.
        """
        said = calls.message(self.core, "user", question, {})
        named = {"usage": usage, "cost": cost, "status": status, "error": error}
        call = self._call(response, model, provider, metadata, duration_ms=duration_ms, **named)
        self._end_segment_if_due()
        self.add_call(replace(call, id=call_id) if call_id else call, said)
        return self._id

    @translating
    def tool_used(
        self,
        tool_name: str,
        arguments: Any = None,
        result: Any = None,
        error: str | None = None,
        **metadata: Any,
    ) -> str:
        """Record a call of a tool with what came of it, which the next prompt has; returns the
        session's id. `result`: text, or a value that becomes JSON.
        """
        self.add(*calls.of_tool(self.core, tool_name, arguments, result, error, metadata))
        return self._id

    # --- what was said

    @translating
    def get_conversation(self, include_all_segments: bool | None = None) -> list[Plain]:
        """What was said, in order: `role`, `content`, `timestamp`, `id`; of answers `model` and
        `provider`. `include_all_segments` False: in the segment that goes on.
        """
        session = self._log.existing()
        if session.last_seq < 0:
            return []
        after = -1 if include_all_segments is not False else self._covered(session)
        whole = lineage.entries(self.core.store, session)
        return contexts.turns(whole if after < 0 else self.core.store.entries(session.name, after))

    @translating
    def get_messages_for_llm(self, include_system: bool = True) -> list[Plain]:
        """What the next call of a model is told, as chat APIs take it: the system prompt, what is
        pinned, the summary of ended segments, and all that was said since, tools included.
        """
        session = self._log.existing()
        told = contexts.for_llm(self.core, session)
        prompt = self._log.prompt_in(session) if include_system else None
        return [{"role": "system", "content": prompt}, *told] if prompt else told

    @translating
    def get_stats(self, include_all_segments: bool | None = None) -> SessionStats:
        """Counts, tokens and cost. `include_all_segments` False: of the segment that goes on; True:
        also of the past that a fork shares, which was paid there.
        """
        session = self._log.existing()
        summary = self._summary(session)
        number = segment_ids.count(summary)
        shown = session
        if include_all_segments is False and number > 1:
            shown = session_statistics.after(self.core.store, session, self._covered(session))
        is_infinite = self._is_infinite or number > 1  # whoever reads it
        chain = segment_ids.chain(self._id, number) if is_infinite else None
        past = session_statistics.shared(self.core.store, session) if include_all_segments else ()
        return session_statistics.of_session(
            self._id, shown, number, chain, is_infinite=is_infinite, past=past
        )

    # --- where it comes from, and what comes from it

    @translating
    def get_session_chain(self) -> list[str]:
        """Ids of the sessions that it comes from, the oldest first, and of its segments."""
        session = self._log.existing()
        if session.last_seq < 0:
            return [self._id]
        above = [identity.of_session(one) for one in lineage.ancestors(self.core.store, session)]
        own = segment_ids.chain(self._id, segment_ids.count(self._summary(session)))
        return list(dict.fromkeys([*reversed(above), *own]))

    @translating
    def load_session_chain(self) -> list[str]:
        """As `get_session_chain`: nothing has to be loaded before the rest is used."""
        return self.get_session_chain()

    @translating
    def get_children(self) -> list[str]:
        """Ids of the sessions whose parent it is, forks among them."""
        session = self._log.existing()
        if session.last_seq < 0:
            return []
        found = family.children(self.core.store, session)
        return [identity.of_session(one) for one in found]

    @translating
    def fork(self, session_id: str | None = None, message_id: str = "") -> Self:
        """A new session that goes on from here: what was said is its past, too. `message_id`: of
        the last message that it shares, as `get_conversation` tells it; empty: all of them.
        """
        new = ids.new() if session_id is None else identity.checked(session_id)
        if session_id is not None and identity.find(self.core, new):
            raise Taken(f"session {new!r} exists already", "choose another id")
        session = identity.existing(self.core, self._id)
        name = identity.free_name(self.core, new)
        now, conversation = self.core.now(), (INTERFACE, new)
        forking.fork(self.core.store, session.name, name, now, message_id, conversation)
        return self._like(new)

    def _like(self, session_id: str) -> Self:
        """An object for another session, with the same settings."""
        bounds = self._bounds
        made = type(self)(
            session_id,
            store=self.core,
            infinite_context=self._is_infinite,
            token_threshold=bounds.tokens,
            max_turns_per_segment=bounds.turns,
            default_model=self._default_model,
        )
        made._callback = self._callback
        return made

    # --- how it goes on

    @translating
    def update_system_prompt(self, prompt: str | None) -> None:
        """Replace the system prompt; None or an empty text: there is none any more."""
        self._refuse_closed()
        self._log.set_prompt(arguments.prompt(prompt) or "")

    @translating
    def set_summary_callback(self, callback: Callback | None) -> None:
        """`callback(messages)` writes the summary when a segment ends; it may be a coroutine
        function. When it fails, or writes nothing, the summary is made by the rules. None: always.
        """
        if callback is not None and not callable(callback):
            raise UsageError(f"a summary callback is a function, not {callback!r:.80}")
        self._callback = callback

    @property
    def summary_callback(self) -> Callback | None:
        return self._callback

    @translating
    def close(self) -> None:
        """Nothing more is recorded by this object; the session can go on with another one."""
        self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- segments

    def ending(self) -> Ending | None:
        """The segment that has to end before the user says more; None: it goes on."""
        self._refuse_closed()
        session = self._log.find() if self._is_infinite else None
        if session is None:
            return None
        return segments.ending(self.core, session, self._gauge, self._bounds)

    @property
    def asks_for_summaries(self) -> bool:
        """Whether somebody is asked when a segment ends: a function of the program, or a model."""
        return self._is_infinite and (self._callback is not None or self.asks_a_model)

    @property
    def asks_a_model(self) -> bool:
        """Whether the settings name one (SUMMARY_PROVIDER)."""
        return self.core.memory.rules.summarizer.needs_model

    def drafted(self, found: Ending, text: str = "", stop: Stop | None = None) -> Draft:
        """The summary of a segment. `text`: of who has written it; empty: as the settings say, so
        that a model may be asked, until `stop` is set.
        """
        return segments.draft(self.core, found, self._bounds, text, stop)

    def end_segment(self, found: Ending, draft: Draft) -> None:
        """With that summary; what went wrong with it is told in the log."""
        if told := failures.warning(segments.end(self.core, found, draft)):
            logging.getLogger("ai_sessions").warning("session %s: %s", self._id, told)

    def _end_segment_if_due(self) -> None:
        """Others may write meanwhile, and a model may take its time."""
        with self._ends:
            if found := self.ending():
                text = callbacks.asked(self._callback, found.told())
                self.end_segment(found, self.drafted(found, text))

    def _summary(self, session: Session) -> Summary | None:
        has_one = session.summary_seq >= 0 or session.about.parent
        return summaries.newest(self.core.store, session) if has_one else None

    def _covered(self, session: Session) -> int:
        """Number of the last entry of the segments that have ended; -1: none has."""
        summary = self._summary(session)
        return summary.covers_to if summary and summary.seq >= 0 else -1

    # --- entries

    def add(self, *entries: Entry) -> Session:
        """Add entries in one write, to a session that is begun now when there is none."""
        return self.write(lambda _session: entries)

    def write(self, make: Make) -> Session:
        """The same of entries that `make` says, by what the session is before them; it is asked
        again when somebody else wrote first.
        """
        self._refuse_closed()
        return self._log.write(make)

    def _call(
        self, response: Any, model: str, provider: str, metadata: Mapping[str, Any], **told: Any
    ) -> Call:
        asked = self._default_model if model == UNKNOWN and self._default_model else model
        return calls.read(self.core, response, asked, provider, metadata, **told)

    def add_call(self, call: Call, question: Message | None = None) -> Session:
        """In one write, with the question that it answers when that is not in the log yet."""
        self._refuse_closed()
        asked = question.tokens or 0 if question else 0

        def entries(session: Session) -> list[Entry]:
            told = self._gauge.told(session) + self._prompt_tokens(session) + asked
            sums = session.totals
            covered = max(0, sums.said_input_tokens - sums.covered_tokens)
            return [calls.interaction(self.core, call, told, covered, question)]

        return self._log.write(entries)

    def unwritten(self) -> Session:
        """The session before anything is written."""
        return self._log.nothing()

    def _prompt_tokens(self, session: Session) -> int:
        prompt = self._log.prompt_in(session)
        return self.core.memory.rules.count(prompt) if prompt else 0

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise UsageError(
                f"session {self._id!r}: this object is closed",
                "make another one with its id",
            )


def _bounds(token_threshold: int, max_turns_per_segment: int | None) -> Bounds:
    tokens = arguments.positive("token_threshold", token_threshold)
    if max_turns_per_segment is None:
        return Bounds(tokens)
    return Bounds(tokens, arguments.positive("max_turns_per_segment", max_turns_per_segment))
