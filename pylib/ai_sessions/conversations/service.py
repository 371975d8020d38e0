"""All verbs of conversations over one store, for doors that live: libraries, servers, bots."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ai_sessions import ids, names
from ai_sessions.conversations import (
    changing,
    context,
    creating,
    expiry,
    finding,
    forking,
    lineage,
    messages,
    paging,
    segments,
    state,
    statistics,
    summaries,
)
from ai_sessions.conversations.background import Background
from ai_sessions.conversations.gauges import Gauges
from ai_sessions.conversations.hot import CacheUse, HotSessions
from ai_sessions.conversations.memory import Memory
from ai_sessions.errors import AiSessionsError, NotFound, UsageError
from ai_sessions.index import Index, conversations
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import failures
from ai_sessions.records import (
    About,
    Cost,
    Entry,
    Interaction,
    Json,
    Message,
    Pin,
    PriceOf,
    Role,
    Session,
    Summary,
    ToolCall,
    Usage,
    stamp,
)
from ai_sessions.sessions import removing
from ai_sessions.sessions.cleaning import Cleaned
from ai_sessions.store.masking import storable

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.dialogue.opening import Opening
    from ai_sessions.sessions.removing import Settle
    from ai_sessions.store.contract import Store, Turn

#: What is read of the settings, all of it at the beginning: a wrong value is told at once.
_SETTINGS = (
    *("DEFAULT_TOKEN_LIMIT", "SUMMARIZE_THRESHOLD", "SUMMARY_MAX_TOKENS"),
    *("MIN_MESSAGES_TO_SUMMARIZE", "SESSION_EXPIRY_MS", "CLEANUP_INTERVAL_MS", "CACHE_MAX_SIZE"),
)
#: A session, its name, or its uid. A message to one that is over goes to the one that follows it.
Which = Session | str


def _now() -> datetime:
    return datetime.now(UTC)


def _unheard(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Added:
    """A message as it was stored, the session after that, and the summary that it led to; None: of
    none, or a model writes it now.
    """

    message: Message
    session: Session
    summary: Summary | None = None


class Conversations:
    """Safe to use from several threads and processes. No thread of its own: `cleanup_if_due` does
    what has to be done now and then, and each new or continued conversation calls it.

    Verbs raise `NotFound` for a session that is not there, `UsageError` for what is wrong with
    their arguments, `StorageError` and `LockBusy` when the store cannot write.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings | Mapping[str, Any],
        now: Callable[[], datetime] = _now,
        *,
        index: Index | None = None,
        settle: Settle = lambda _names: None,
        memory: Memory | None = None,
        on_warning: Callable[[str], None] = _unheard,
        price_of: PriceOf | None = None,
        on_call: Sequence[Callable[[Interaction, Session], None]] = (),
    ) -> None:
        """`settings`: those of conversations, from DEFAULT_TOKEN_LIMIT to CACHE_MAX_SIZE. `now`:
        the clock, aware. `index`: of the same store; None: one without a file. `settle`: as in
        `removing.remove`. `memory`: None: summaries by the settings, no recall. `on_warning`:
        called, from any thread, with what went wrong with a summary. `price_of`: what calls cost
        that are recorded here; None: by the table that this release ships. `on_call`: called, in
        the thread that recorded it, with each call of a model that a program made itself.

        Raises `ConfigError` for a setting that is wrong.
        """
        self.store = store
        self._settings = {name: settings[name] for name in _SETTINGS}
        self._now, self._settle = now, settle
        self._memory = memory or Memory(_rules(self._settings))
        self._warn = on_warning
        self._price_of = price_of
        self._on_call = tuple(on_call)
        self._background = Background(self._summarize, self._failed)
        self._compacting = Background(self.summarize_session, self._failed)
        self._index = index or Index(store.source())
        self._hot = HotSessions(store, self._settings["CACHE_MAX_SIZE"])
        self._gauges = Gauges(self._settings["CACHE_MAX_SIZE"])
        self._cleaned_at = now()
        self._cleaning = threading.Lock()
        self.cleans_by_itself = True
        """Whether a new or continued conversation does what is due; False: somebody else calls
        `cleanup_if_due`.
        """

    @property
    def memory(self) -> Memory:
        """How conversations are kept within what a model can hold."""
        return self._memory

    @property
    def index(self) -> Index:
        """What is known of all sessions without reading them."""
        return self._index

    def now(self) -> datetime:
        """By the clock that all verbs go by."""
        return self._now()

    def price_of(self, usage: Usage, model: str, at: datetime) -> Cost:
        """What a call cost."""
        if self._price_of is None:
            from ai_sessions.accounting.pricing import price_of  # its table is large

            self._price_of = price_of
        return self._price_of(usage, model, at)

    def recorded(self, entries: Iterable[Entry], session: Session) -> None:
        """Tell `on_call` of the calls among entries that are in the log now. What it raises is a
        warning: the calls are safe.
        """
        calls = (entry for entry in entries if self._on_call and isinstance(entry, Interaction))
        for call, step in itertools.product(calls, self._on_call):
            try:
                step(call, session)
            except Exception as error:
                self._warn(f"{type(step).__name__}: {error}")

    # --- sessions

    def read(self, name: str) -> Session:
        """The session of that name, by one look when nothing has changed. Raises `NotFound`."""
        return self._hot.read(name)

    def get_or_create_session(
        self,
        *,
        conversation_id: str | int,
        interface_type: str,
        external_user_id: str | int = "",
        external_chat_id: str | int = "",
        token_limit: int | None = None,
        expires_in_ms: int | None = None,
        uid: str = "",
    ) -> Session:
        """The session of an interface's conversation, made when there is none or it is over.

        `token_limit`: None is DEFAULT_TOKEN_LIMIT. `expires_in_ms`: None is SESSION_EXPIRY_MS for
        api, telegram and discord, never for others; 0 is never. Both count for a new session, and
        so does `uid`, from `ids.new`: of many callers at once the one whose session has it made it.
        """
        if self.cleans_by_itself:
            self.cleanup_if_due()
        if known := self._hot_session(interface_type, str(conversation_id)):
            return known
        limit = self._settings["DEFAULT_TOKEN_LIMIT"] if token_limit is None else token_limit
        if type(limit) is not int or limit <= 0:
            raise UsageError(f"a limit is a whole number of tokens above 0, not {limit!r}")
        default = self._settings["SESSION_EXPIRY_MS"]
        about = About(
            interface=interface_type,
            conversation_id=str(conversation_id),
            external_user_id=str(external_user_id),
            external_chat_id=str(external_chat_id),
            token_limit=limit,
            expires_in_ms=expiry.life_ms(interface_type, expires_in_ms, default),
            uid=uid,
        )
        return finding.find_or_create(self.store, self._now(), about)

    find_or_create = get_or_create_session

    def find_by_id(self, session: str) -> Session | None:
        """The session of that name or uid; None when there is none."""
        if not names.is_session(session):
            return None
        if found := self._hot.of_uid(session):
            return found
        with suppress(NotFound):
            return self._hot.read(session)
        name = conversations.named(self._index, session) if ids.is_unique(session) else ""
        with suppress(NotFound):
            return self._hot.read(name) if name else None
        return None

    def find_by_conversation(
        self, conversation_id: str | int, interface_type: str | None = None
    ) -> Session | None:
        """The session that the conversation is in, or was when it ended; None: it never began.

        `interface_type` None: of any interface, the one that was used last.
        """
        id_ = str(conversation_id)
        if interface_type is not None:
            return finding.find_by_conversation(self.store, interface_type, id_)
        found = map(self.find_by_id, conversations.of_conversation(self._index, storable(id_)))
        return next(filter(None, found), None)

    def deactivate(self, session: Which) -> Session:
        """End a conversation: the next message begins the one that follows it."""
        return expiry.deactivate(self.store, self._now(), self._name(session))

    def create(
        self,
        name: str,
        opening: Opening,
        about: About = About(),  # noqa: B008 (frozen)
    ) -> Session:
        """As `creating.create`."""
        count = self._memory.rules.count
        return creating.create(self.store, self._now(), name, opening, about, count)

    def change(self, session: Which, values: Json, expect: int | None = None) -> Session:
        """As `changing.change`."""
        return changing.change(self.store, self._now(), self._name(session), values, expect)

    def fork(self, session: Which, new: str, message: str = "") -> Session:
        """As `forking.fork`, of no interface."""
        return forking.fork(self.store, self._name(session), new, self._now(), message)

    def children(self, session: Which) -> tuple[Session, ...]:
        """Sessions whose parent it is, forks among them, by name."""
        uid = self._hot.read(self._name(session)).uid
        found = map(self.find_by_id, conversations.children(self._index, uid))
        return tuple(one for one in found if one)

    def remove(self, session: Which, *, cascade: bool = False, expect: int | None = None) -> None:
        """Move a conversation to the trash. `cascade`: the forks that share its messages, too.
        `expect`: number of the last entry that there may be. Raises `Needed` while a fork shares
        its messages, `LockBusy` while somebody is at work in it, `Conflict`.
        """
        name = self._name(session)
        names = [name, *self._forks_below(name)] if cascade else [name]
        last = {} if expect is None else {name: expect}
        removed = removing.remove(self.store, names, str, self._settle, self._forks_of, last)
        for _name, error in removed.failed:
            raise error

    def _forks_of(self, uid: str) -> list[str]:
        found = map(self.find_by_id, conversations.children(self._index, uid))
        return [one.name for one in found if one and lineage.is_fork(one)]

    def _forks_below(self, name: str) -> Iterator[str]:
        """Forks of a session, theirs and so on."""
        left, seen = [name], {name}
        while left:
            found = self._forks_of(self._hot.read(left.pop()).uid)
            new = [one for one in found if one not in seen]
            yield from new
            left += new
            seen |= {*new}

    # --- what is said

    def add_message(
        self,
        session: Which,
        role: Role | str,
        text: str,
        *,
        name: str = "",
        parts: Iterable[Json] = (),
        tool_calls: Iterable[ToolCall | Json] = (),
        tool_call_id: str = "",
        is_error: bool = False,
        tokens: int | None = None,
        metadata: Json | None = None,
        entry_id: str = "",
        turn: Turn | None = None,
    ) -> Message:
        """As `messages.add_message`; then older messages are summarized when those that a model is
        told have reached SUMMARIZE_THRESHOLD of the session's token limit. A message is safe before
        that, and waits for no model: one that writes the summary is asked in the background.

        `tool_calls`: `ToolCall`, or maps with `id`, `name` and `arguments`.
        """
        message = Message(
            role,  # type: ignore[arg-type] # checked with the rest
            text,
            name=name,
            parts=tuple(parts),
            tool_calls=tuple(map(_tool_call, tool_calls)),
            tool_call_id=tool_call_id,
            is_error=is_error,
            tokens=tokens,
            metadata=metadata or {},
        )
        return self.added(session, message, entry_id, turn).message

    def added(
        self, session: Which, message: Message, entry_id: str = "", turn: Turn | None = None
    ) -> Added:
        """The same, with what became of the session."""
        to, count = self._name(session), self._memory.rules.count
        stored, after = messages.added(self.store, self._now(), to, message, entry_id, turn, count)
        try:
            return Added(stored, after, self._summarize_if_due(after))
        except AiSessionsError as error:  # the message is safe; the next one tries again
            self._failed(error)
        return Added(stored, after)

    def page(
        self,
        session: Which,
        limit: int,
        *,
        after: str = "",
        before: str = "",
        newest_first: bool = False,
    ) -> paging.Page:
        """As `paging.page`."""
        found = self._hot.read(self._name(session))
        return paging.page(
            self.store, found, limit, after=after, before=before, newest_first=newest_first
        )

    def messages(self, session: Which, last: int | None = None) -> tuple[Message, ...]:
        """As `messages.said`."""
        return messages.said(self.store, self._name(session), last)

    def record_tool_call(
        self,
        session: Which,
        tool: str = "tool",
        arguments: Any = None,
        *,
        call_id: str = "",
        result: Any = None,
        error: str | None = None,
    ) -> ToolCall:
        """As `messages.record_tool_call`."""
        to, now = self._name(session), self._now()
        return messages.record_tool_call(
            *(self.store, now, to, tool, arguments),
            call_id=call_id,
            result=result,
            error=error,
            count=self._memory.rules.count,
        )

    def record_error(
        self, session: Which, error: str | BaseException = "error", detail: Json | None = None
    ) -> None:
        """As `messages.record_error`."""
        messages.record_error(self.store, self._now(), self._name(session), error, detail)

    def clear_messages(self, session: Which) -> Session:
        """End what a model is told here. The log, summaries, pins and state stay."""
        return segments.clear(self.store, self._name(session))

    # --- what is known

    def update_state(self, session: Which, values: Json) -> Session:
        """Set variables; those that are not named stay, None takes one away."""
        return state.update_state(self.store, self._now(), self._name(session), values)

    def remember(
        self,
        session: Which,
        text: str = "",
        *,
        key: str = "",
        message: str = "",
        reason: str = "",
    ) -> Pin:
        """Pin words, which every model is told verbatim; as `state.remember`."""
        to, now = self._name(session), self._now()
        return state.remember(self.store, now, to, text, key=key, message=message, reason=reason)

    def forget(self, session: Which, key: str) -> Session:
        """Take a pin away."""
        return state.forget(self.store, self._now(), self._name(session), key)

    # --- what a model is told

    def build_context(
        self,
        session: Which,
        max_messages: int | None = context.MESSAGES,
        *,
        limit: int | None = None,
        question: str = "",
    ) -> context.Context:
        """System texts, pins, state, the newest summary, what is recalled of older messages, and
        the newest ones. `limit`: most tokens of it; None: the session's own. `max_messages`,
        `question`: as in `context.build`.
        """
        found = self._hot.read(self._name(session))
        most = self._memory.limit(found, None) if limit is None else limit
        return self._memory.context(
            self.store, found.name, max_messages, limit=most, question=question
        )

    def segments(self, session: Which) -> tuple[segments.Part, ...]:
        """As `segments.segments`."""
        return segments.segments(self.store, self._name(session))

    def summaries(self, session: Which) -> tuple[Summary, ...]:
        """As `summaries.newest_first`."""
        return summaries.newest_first(self.store, self._name(session))

    def compact(self, session: Which) -> bool:
        """Begin `summarize_session` in the background; False: it is under way there already."""
        return self._compacting.begin(self._hot.read(self._name(session)).name)

    def summarize_session(self, session: Which) -> Summary | None:
        """Summarize the older messages now. None: there are fewer than MIN_MESSAGES_TO_SUMMARIZE,
        or somebody else did meanwhile.
        """
        found = self._hot.read(self._name(session))
        limit = self._memory.limit(found, None)
        return self._warned(self._memory.fold(self.store, self._now(), found.name, limit))

    def finish(self) -> None:
        """Wait for the summaries that models are writing in the background."""
        self._background.finish()
        self._compacting.finish()

    def add_summary(
        self, session: Which, text: str, *, covers_to: int | None = None, model: str = ""
    ) -> Summary:
        """Add a summary that somebody wrote. `covers_to`: number of the last entry that it covers;
        None: all there are. `model`: that wrote it; empty: a person.
        """
        to = self._name(session)
        last = self.store.read(to).last_seq if covers_to is None else covers_to
        summary = Summary(text, last, kind="model" if model else "given", model=model)
        return summaries.add_summary(self.store, self._now(), to, summary, self._memory.rules.count)

    # --- upkeep

    @property
    def cache_use(self) -> CacheUse:
        """How the sessions kept in memory serve this process."""
        return self._hot.use

    def get_stats(
        self, session: Which | None = None, *, by_role: bool = False
    ) -> statistics.SessionStatistics | statistics.Statistics:
        """Of one conversation, or of all. `by_role`: count its messages by role, too, for which the
        whole log is read.
        """
        if session is None:
            return self.overall()
        found = self._hot.read(self._name(session))
        counted = statistics.of_session(found, self._now())
        if not by_role:
            return counted
        return replace(counted, messages_by_role=statistics.by_role(self.store, found.name))

    def overall(self) -> statistics.Statistics:
        """Of all conversations."""
        return statistics.overall(self._index, self._now(), self._hot.use)

    def cleanup(self) -> Cleaned:
        """Move conversations to the trash that have expired, and those that were ended and not used
        for SESSION_EXPIRY_MS. Those in use and those that are kept stay.
        """
        done = self.cleanup_parts()
        gone, busy, failed = (
            tuple(one for each in done for one in getattr(each, part))
            for part in ("gone", "busy", "failed")
        )
        return Cleaned(gone, busy, failed)

    def cleanup_parts(self) -> tuple[Cleaned, Cleaned]:
        """The same, apart: what became of those that have expired, and of those that were ended."""
        unused_for = timedelta(milliseconds=self._settings["SESSION_EXPIRY_MS"])
        return self.cleanup_expired(), self.cleanup_inactive(unused_for)

    def cleanup_expired(self) -> Cleaned:
        """The same of those that have expired."""
        now = self._now()
        return expiry.cleanup_expired(self.store, now, self._over(now), self._settle)

    def cleanup_inactive(self, unused_for: timedelta = timedelta(0)) -> Cleaned:
        """The same of those that were ended, and not used for that long."""
        now = self._now()
        return expiry.cleanup_inactive(self.store, now, self._over(now), self._settle, unused_for)

    def cleanup_if_due(self) -> Cleaned | None:
        """`cleanup` when the last one was CLEANUP_INTERVAL_MS ago; None: it was not due, or another
        thread does it. What cannot be cleaned is tried again the next time.
        """
        interval = timedelta(milliseconds=self._settings["CLEANUP_INTERVAL_MS"])
        if self._now() - self._cleaned_at < interval or not self._cleaning.acquire(blocking=False):
            return None
        try:
            self._cleaned_at = self._now()
            return self.cleanup()
        except AiSessionsError:
            return None
        finally:
            self._cleaning.release()

    def _over(self, now: datetime) -> list[str]:
        return conversations.over(self._index, stamp(now))

    def _hot_session(self, interface: str, conversation_id: str) -> Session | None:
        """The conversation's session from memory, when it goes on."""
        name = names.of_conversation(interface, conversation_id)
        with suppress(NotFound):
            found = self._hot.read(name)
            is_its = finding.is_of(found, interface, conversation_id)
            return found if is_its and not found.is_over(stamp(self._now())) else None
        return None

    def _name(self, session: Which) -> str:
        """Raises `NotFound` for a uid that no session has; a name is looked for by the verb."""
        given = session.uid if isinstance(session, Session) else session
        if isinstance(session, Session):
            with suppress(NotFound):
                if self._hot.read(session.name).uid == given:
                    return session.name
        elif not ids.is_unique(given):
            return given
        if found := self.find_by_id(given):
            return found.name
        raise NotFound(f"no session {given!r}", "it was removed, or never made")

    def _summarize_if_due(self, session: Session) -> Summary | None:
        """The summary that was written at once; one of a model comes later."""
        limit, rules = self._memory.limit(session, None), self._memory.rules
        if not limit:
            return None
        if not rules.summarizer.needs_model:
            return self._memory.fold_if_due(self.store, self._now(), session, limit, self._gauges)
        if summaries.may_be_due(session, rules, limit, self._gauges):
            self._background.add(session.name)
        return None

    def _summarize(self, name: str) -> None:
        """In the background."""
        session = self.store.read(name)
        if limit := self._memory.limit(session, None):
            now = self._now()
            self._warned(self._memory.fold_if_due(self.store, now, session, limit, self._gauges))

    def _warned(self, summary: Summary | None) -> Summary | None:
        """A new summary, after a word about how it came about."""
        if summary and (told := failures.warning(summary)):
            self._warn(told)
        return summary

    def _failed(self, error: Exception) -> None:
        self._warn(f"nothing was summarized: {error}")


def _rules(settings: Mapping[str, Any]) -> summaries.Rules:
    return summaries.Rules(
        most_tokens=settings["SUMMARY_MAX_TOKENS"],
        fewest=settings["MIN_MESSAGES_TO_SUMMARIZE"],
        trigger=settings["SUMMARIZE_THRESHOLD"],
    )


def _tool_call(given: ToolCall | Json) -> ToolCall:
    if isinstance(given, ToolCall):
        return given
    if not isinstance(given, Mapping):
        raise UsageError(f"a tool call is a map of id, name and arguments, not {given!r:.80}")
    return ToolCall(str(given.get("id", "")), str(given.get("name", "")), given.get("arguments"))
