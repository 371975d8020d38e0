"""Conversations without an end, message by message: for programs without an event loop.

`SessionManager(infinite_context=True)` does the same for one session; here a program names the
session, and the function that writes summaries, with each message.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sessions.conversations import lineage
from ai_sessions.errors import UsageError
from ai_sessions.library import arguments, chat_messages, contexts, identity, prompts_sync, storage
from ai_sessions.library.calls import UNKNOWN
from ai_sessions.library.errors import Translated
from ai_sessions.library.prompts_sync import PromptStrategy
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.views.kinds import EventSource
from ai_sessions.library.views.session import Session
from ai_sessions.library.views.view import View, loaded

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.callbacks import Callback
    from ai_sessions.library.storage import AnyStore

    Plain = dict[str, Any]
    #: Role, source and words of a message.
    Turn = tuple[str, EventSource, str]

_Kind = TypeVar("_Kind", bound=View)
#: Asks a model: it is given messages as chat APIs have them.
Ask = Callable[..., Any]


class SummarizationStrategy(StrEnum):
    """What a model is asked for when it is to write a summary."""

    BASIC = "basic"
    KEY_POINTS = "key_points"
    TOPIC_BASED = "topic_based"
    QUERY_FOCUSED = "query_focused"


#: Words of all of them: the one who asks is told no more than the summary.
_REQUEST = (
    "Write a summary of this conversation for whoever continues it without having read it. {}"
    " Keep names, numbers, decisions and open questions as they were said."
    " Answer with the summary alone."
)
_ABOUT = {
    SummarizationStrategy.BASIC: "Say what it is about and what was found out.",
    SummarizationStrategy.KEY_POINTS: "List its key points, the most important first.",
    SummarizationStrategy.TOPIC_BASED: "Order it by the topics discussed, each with its points.",
    SummarizationStrategy.QUERY_FOCUSED: (
        "Name the user's main questions, each with the answer that it was given."
    ),
}


class Settings:
    """How conversations are kept within what a model is told."""

    def __init__(
        self,
        token_threshold: int = 3000,
        max_turns_per_segment: int | None = None,
        summarization_strategy: SummarizationStrategy | str = SummarizationStrategy.BASIC,
        store: AnyStore = None,
    ) -> None:
        """`token_threshold`, `max_turns_per_segment`: as in `SessionManager`. Raises
        `InvalidSessionOperation`.
        """
        with Translated(operation="InfiniteConversationManager"):
            self.token_threshold = arguments.positive("token_threshold", token_threshold)
            if max_turns_per_segment is not None:
                arguments.positive("max_turns_per_segment", max_turns_per_segment)
            self.max_turns_per_segment = max_turns_per_segment
            self.summarization_strategy = _strategy(summarization_strategy)
        self.core: Conversations = storage.conversations(store)

    def tracked(self, session_id: str) -> Tracked:
        """Raises `NotFound`."""
        identity.existing(self.core, session_id)
        return Tracked(
            session_id,
            store=self.core,
            infinite_context=True,
            token_threshold=self.token_threshold,
            max_turns_per_segment=self.max_turns_per_segment,
        )


class InfiniteConversationManager(Settings):
    """Takes messages of any session; when enough was said in one, its older part becomes a summary.
    The id of the session stays the same.
    """

    def process_message(
        self,
        session_id: str,
        message: str,
        source: EventSource | str,
        llm_callback: Ask | None = None,
        model: str = UNKNOWN,
    ) -> str:
        """Record what a user says or a model answers; returns the session's id.

        `llm_callback(messages)` writes the summary when a segment ends, and may be a coroutine
        function; None, or when it fails: by the rules. Raises `SessionNotFound`.
        """
        with Translated(session_id, "process_message"):
            from_model = is_answer(source)
            tracked = self.tracked(session_id)
        tracked.set_summary_callback(asking(self.summarization_strategy, llm_callback))
        return tracked.ai_responds(message, model) if from_model else tracked.user_says(message)

    def build_context_for_llm(
        self, session_id: str, max_messages: int = 10, include_summaries: bool = True
    ) -> list[Plain]:
        """What a model is told next: summaries of ended segments and of the sessions that it comes
        from, and at most the newest `max_messages`. Raises `SessionNotFound`.
        """
        return context(self.core, session_id, max_messages, include_summaries)

    def get_session_chain(self, session_id: str) -> list[Session]:
        """The sessions that it comes from, the oldest first, then it. Raises `SessionNotFound`."""
        return chain(Session, self.core, session_id)

    def get_full_conversation_history(self, session_id: str) -> list[Turn]:
        """What users and models said in all of these. Raises `SessionNotFound`."""
        return history(self.core, session_id)


def asking(strategy: SummarizationStrategy, ask: Ask | None) -> Callback | None:
    """A function that has a model write a summary by a strategy; None: there is nobody to ask."""
    if ask is None:
        return None
    request = {"role": "system", "content": _REQUEST.format(_ABOUT[strategy])}

    def asked(messages: list[Plain]) -> Any:
        return ask([request, *messages])

    async def awaited(messages: list[Plain]) -> Any:
        return await ask([request, *messages])

    return awaited if inspect.iscoroutinefunction(ask) else asked


def context(
    core: Conversations, session_id: str, max_messages: int, include_summaries: bool
) -> list[Plain]:
    """As `InfiniteConversationManager.build_context_for_llm`."""
    with Translated(session_id, "build_context_for_llm"):
        arguments.positive("max_messages", max_messages)
        record = identity.existing(core, session_id)
        if not include_summaries:
            return [
                chat_messages.plain(one) for one in prompts_sync.newest(core, record, max_messages)
            ]
    kind = PromptStrategy.HIERARCHICAL
    return prompts_sync.build_prompt_from_session(
        session_id, kind, max_history=max_messages, store=core
    )


def chain(kind: type[_Kind], core: Conversations, session_id: str) -> list[_Kind]:
    """As `InfiniteConversationManager.get_session_chain`, of that class."""
    with Translated(session_id, "get_session_chain"):
        session = loaded(kind, session_id, core)
        above = lineage.ancestors(core.store, session.record)
        return [*map(session.of_record, reversed(above)), session]


def history(core: Conversations, session_id: str) -> list[Turn]:
    """As `InfiniteConversationManager.get_full_conversation_history`."""
    sources = {"user": EventSource.USER, "assistant": EventSource.LLM}
    sessions = chain(View, core, session_id)
    forks = [lineage.is_fork(one.record) for one in sessions[1:]]
    own = [one for one, has_it in zip(sessions, [*forks, False], strict=True) if not has_it]
    turns = (turn for one in own for turn in contexts.turns(one.entries))
    return [(turn["role"], sources[turn["role"]], turn["content"]) for turn in turns]


def _strategy(given: str) -> SummarizationStrategy:
    if given not in list(SummarizationStrategy):
        known = ", ".join(SummarizationStrategy)
        raise UsageError(f"no strategy {given!r:.80} for summaries", f"one of: {known}")
    return SummarizationStrategy(given)


def is_answer(source: str) -> bool:
    """Whether a model said it; if not, a user did. Raises `UsageError`."""
    if source not in (EventSource.USER, EventSource.LLM):
        raise UsageError(f"a message is from a user or a model, not {source!r:.80}")
    return source == EventSource.LLM
