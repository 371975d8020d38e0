"""Prompts of a session by strategies that programs name: for programs without an event loop.

Each strategy only chooses messages; how they are kept within a number of tokens is one rule for
all of them (`truncating`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ai_sessions import records
from ai_sessions.conversations import lineage, summaries
from ai_sessions.conversations.messages import said
from ai_sessions.errors import UsageError
from ai_sessions.library import chat_messages, identity, storage, truncating
from ai_sessions.library.errors import Translated
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.sessions import PROMPT, Tracked
from ai_sessions.library.views.view import View
from ai_sessions.memory import tool_calls, wording
from ai_sessions.memory.building import Sources
from ai_sessions.records import Message

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.records import Json
    from ai_sessions.tokens import Counter

    AnySession = SessionManager | Tracked | View | records.Session | str
    Plain = dict[str, Any]

#: Newest messages that a strategy chooses from, and so many are read first.
_LOOKED_AT, _FIRST_READ = 400, 25


class PromptStrategy(StrEnum):
    """What a prompt has of a session."""

    MINIMAL = "minimal"
    """The first question, and the newest with what followed it."""
    TASK_FOCUSED = "task"
    """The same, and what tools found before."""
    TOOL_FOCUSED = "tool"
    """Tool calls with their results, failed ones too, and the questions they were made for."""
    CONVERSATION = "conversation"
    """The newest messages, after a summary of those before."""
    HIERARCHICAL = "hierarchical"
    """The same, after what the sessions it comes from were about."""


#: Strategies that a summary of older messages belongs to.
_SUMMARIZED = (PromptStrategy.CONVERSATION, PromptStrategy.HIERARCHICAL)
#: Strategies that begin with what was asked first.
_BY_TASK = (PromptStrategy.MINIMAL, PromptStrategy.TASK_FOCUSED)
#: What is told of one parent takes no more than one part of so many of the limit, or these tokens.
_PARTS_OF_A_PARENT, _MOST_OF_A_PARENT = 8, 500


def build_prompt_from_session(
    session: AnySession,
    strategy: PromptStrategy | str = PromptStrategy.MINIMAL,
    max_tokens: int | None = None,
    model: str = "",
    include_parent_context: bool = False,
    current_query: str | None = None,
    max_history: int = 5,
    *,
    store: AnyStore = None,
) -> list[Plain]:
    """What a model is told of a session next: messages as chat APIs take them.

    `max_tokens`: of all of it, by our count and with a margin; None: what the session's own limit
    and the window of `model` allow. `include_parent_context`: also what the sessions it comes from
    were about. `current_query`: what is asked next, which is not in the prompt: there is room left
    for it, and it says what is looked up of older messages. `max_history`: messages of a
    conversation; of the strategies `task` and `tool`, tool calls before the newest turn.

    Raises `SessionNotFound`, `InvalidSessionOperation` for a wrong argument, `TokenLimitExceeded`
    when what must be told does not fit.
    """
    with Translated(operation="build_prompt_from_session"):
        kind = _checked(strategy, max_history, max_tokens)
        if isinstance(session, SessionManager):
            session = session.tracked
        if isinstance(session, Tracked) and not identity.find(session.core, session.session_id):
            return session.get_messages_for_llm()  # nothing was said yet
        core, record = _found(session, store)
        wanted = _Wanted(core, record, kind, max_history, current_query or "")
        limit = _limit(core, record, max_tokens, model)
        has_parents = include_parent_context or kind is PromptStrategy.HIERARCHICAL
        parents = wanted.parents(limit) if has_parents else ()
        sources = wanted.sources(parents)
        told = truncating.fitted(sources, limit, wanted.count, wanted.task(sources.said))
        return [chat_messages.plain(one) for one in told]


def truncate_prompt_to_token_limit(
    prompt: Sequence[Json],
    max_tokens: int,
    model: str = "",  # noqa: ARG001 (as programs call it)
) -> list[Plain]:
    """The prompt with at most `max_tokens`, by our count and with a margin. Older turns go, what is
    long loses its middle. System texts stay word for word, the newest question stays, and no tool
    call is parted from its results.

    Raises `TokenLimitExceeded` when that is more, `InvalidSessionOperation` for a wrong argument.
    """
    with Translated(operation="truncate_prompt_to_token_limit"):
        return truncating.truncated(prompt, max_tokens)


def newest(core: Conversations, record: records.Session, most: int) -> list[Message]:
    """What was said last, without a summary of what was said before: whole turns with at most so
    many messages of people and models, the newest turn in any case.
    """
    after = summaries.uncovered_after(core.store, record, None)
    found = said(core.store, record.name, _LOOKED_AT, after=after)
    return _newest(list(tool_calls.paired(found)), most)


def _checked(strategy: str, max_history: int, max_tokens: int | None) -> PromptStrategy:
    if max_tokens is not None:
        truncating.check_limit(max_tokens)
    if type(max_history) is not int or max_history < 1:
        raise UsageError(f"max_history is a whole number above 0, not {max_history!r:.80}")
    if strategy not in list(PromptStrategy):
        known = ", ".join(PromptStrategy)
        raise UsageError(f"no strategy {strategy!r:.80} for a prompt", f"one of: {known}")
    return PromptStrategy(strategy)


def _found(
    session: Tracked | View | records.Session | str, store: AnyStore
) -> tuple[Conversations, records.Session]:
    """As it is now. Raises `NotFound`."""
    if isinstance(session, Tracked):
        core, session = session.core, session.session_id
    else:
        core = session.core if isinstance(session, View) else storage.conversations(store)
    if isinstance(session, View):
        session = session.record
    if isinstance(session, records.Session):
        return core, core.store.read(session.name)
    return core, identity.existing(core, session)


def _limit(
    core: Conversations, record: records.Session, most: int | None, model: str
) -> int | None:
    window = None
    if model:
        from ai_sessions import catalog

        known = catalog.load().model(model)
        window = known.window if known else None
    own = core.memory.limit(record, window)
    return min((one for one in (most, own) if one is not None), default=None)


class _Wanted:
    """What a strategy takes of one session."""

    def __init__(
        self,
        core: Conversations,
        record: records.Session,
        kind: PromptStrategy,
        history: int,
        question: str,
    ) -> None:
        self._store, self._memory, self._record = core.store, core.memory, record
        self._kind, self._history, self._question = kind, history, question
        self.count: Counter = core.memory.rules.count
        self._summary = summaries.newest(core.store, record) if kind in _SUMMARIZED else None
        self._after = summaries.uncovered_after(core.store, record, self._summary)

    def sources(self, parents: Sequence[Message]) -> Sources:
        record = self._record
        pins = {key: pin for key, pin in record.pins.items() if key != PROMPT}
        prompt = record.pins.get(PROMPT)
        chosen = self._chosen()
        texts = [prompt.text] if prompt and prompt.text else []
        return Sources(
            system=(*(Message("system", text) for text in texts), *parents),
            pins=wording.pins(pins),
            state=wording.state(record.state),
            summary=self._summary,
            recalled=self._recalled(chosen),
            said=chosen,
            question=self._question,
        )

    def task(self, chosen: Sequence[Message]) -> Message | None:
        """What was asked first, where it is not told with the rest."""
        if self._kind not in _BY_TASK:
            return None
        first = next((one for one in self._log() if one.role == "user"), None)
        is_there = first is None or any(one.id == first.id for one in chosen)
        return None if is_there else first

    def parents(self, limit: int | None) -> tuple[Message, ...]:
        """What the sessions were about that this one comes from, the oldest first. Of a fork the
        past is its own.
        """
        above = lineage.ancestors(self._store, self._record)
        pairs = zip([self._record, *above], above, strict=False)
        found = [parent for child, parent in pairs if not lineage.is_fork(child)]
        most = _MOST_OF_A_PARENT
        if limit is not None:
            most = min(most, limit // _PARTS_OF_A_PARENT)
        told = (self._about(one, most) for one in reversed(found))
        return tuple(one for one in told if one)

    def _about(self, parent: records.Session, most: int) -> Message | None:
        """Its summary, or its newest question and answer where it has none."""
        from ai_sessions.memory import cutting

        summary = summaries.newest(self._store, parent)
        newest = said(self._store, parent.name, _LOOKED_AT)
        lines = [summary.text] if summary else _exchange(newest)
        if not lines:
            return None
        head = f"From the session {identity.of_session(parent)}, which this one comes from:"
        return cutting.cut(Message("system", "\n".join([head, *lines])), most, self.count)

    def _chosen(self) -> list[Message]:
        """No more is read than it takes, as long as no system text is left out."""
        many = _LOOKED_AT if self._record.totals.system_texts else _FIRST_READ
        while True:
            newest = said(self._store, self._record.name, many, after=self._after)
            messages = list(tool_calls.paired(newest))
            chosen = self._of(messages)
            if many >= _LOOKED_AT or len(newest) < many or self._is_enough(messages, chosen):
                return chosen
            many *= 4

    def _of(self, messages: Sequence[Message]) -> list[Message]:
        if self._kind in _SUMMARIZED:
            return _newest(messages, self._history)
        if self._kind is PromptStrategy.MINIMAL:
            return _by_tools(messages, 0, with_failed=True)
        is_tool = self._kind is PromptStrategy.TOOL_FOCUSED
        return _by_tools(messages, self._history, with_failed=is_tool)

    def _is_enough(self, messages: Sequence[Message], chosen: Sequence[Message]) -> bool:
        """Whether older messages would change nothing: there is a question before the first that
        was chosen, and as many tool calls as there may be.
        """
        begin = next((at for at, one in enumerate(messages) if chosen and one is chosen[0]), 0)
        is_begun = any(one.role == "user" for one in messages[:begin])
        if self._kind in _SUMMARIZED or self._kind is PromptStrategy.MINIMAL:
            return is_begun
        used = sum(bool(one.tool_calls) for one in chosen[: _last_question(chosen)])
        there = self._history if self._record.about.parent else self._record.totals.tool_calls
        return is_begun and used >= min(self._history, there)

    def _log(self) -> Iterator[Message]:
        if self._after < 0:
            entries = lineage.entries(self._store, self._record)
        else:
            entries = self._store.entries(self._record.name, self._after)
        return (message for entry in entries for message in lineage.messages(entry))

    def _recalled(self, chosen: Sequence[Message]) -> Any:
        """What fits the next question of what is older than what is told."""
        place = next((one.id for one in chosen if one.id), "")
        seq = place.partition(".")[0]
        if not self._question or not seq.isdecimal() or int(seq) <= 1:
            return ()
        return self._memory.recall(self._record, self._question, int(seq) - 1, _MOST_OF_A_PARENT)


def _last_question(messages: Sequence[Message]) -> int:
    """Where it is; 0: there is none."""
    return max((at for at, one in enumerate(messages) if one.role == "user"), default=0)


def _exchange(messages: Sequence[Message]) -> list[str]:
    """The newest question and the newest answer, each in a line that says whose it is."""
    found = []
    for role, name in (("user", "User"), ("assistant", "Assistant")):
        texts = (one.text for one in reversed(messages) if one.role == role and one.text)
        if text := next(texts, ""):
            found.append(f"{name}: {text}")
    return found


def _newest(messages: Sequence[Message], most: int) -> list[Message]:
    """The newest turns with at most so many messages of people and models, the newest turn whole.
    System texts stay.
    """
    questions = [at for at, one in enumerate(messages) if one.role == "user"] or [0]
    begin, counted = questions[-1], 0
    for at in range(len(messages) - 1, -1, -1):
        counted += messages[at].role == "user" or _is_answer(messages[at])
        if counted > most:
            break
        if messages[at].role == "user":
            begin = at
    return [one for at, one in enumerate(messages) if at >= begin or one.role == "system"]


def _is_answer(message: Message) -> bool:
    return message.role == "assistant" and not message.tool_calls


def _by_tools(messages: Sequence[Message], most: int, *, with_failed: bool) -> list[Message]:
    """The newest turn, and before it the newest `most` tool calls, with their results and the
    questions that they were made for. System texts stay.
    """
    groups = list(_groups(messages))
    question = max(
        (at for at, one in enumerate(groups) if messages[one[0]].role == "user"), default=0
    )
    if not with_failed:
        failed = {at for at, one in enumerate(groups) if any(messages[n].is_error for n in one)}
    else:
        failed = set()
    used = [at for at, one in enumerate(groups[:question]) if messages[one[0]].tool_calls]
    used = [at for at in used if at not in failed][-most:] if most else []
    asked = {_question_of(messages, groups, at) for at in used}
    kept = {*used, *asked, *range(question, len(groups))} - failed
    return [
        messages[n]
        for at, one in enumerate(groups)
        if at in kept or messages[one[0]].role == "system"
        for n in one
    ]


def _groups(messages: Sequence[Message]) -> list[list[int]]:
    """Numbers of messages that belong together: a message, and the results of its tool calls."""
    found: list[list[int]] = []
    for at, one in enumerate(messages):
        if one.role == "tool" and found:
            found[-1].append(at)
        else:
            found.append([at])
    return found


def _question_of(messages: Sequence[Message], groups: Sequence[Sequence[int]], at: int) -> int:
    """The number of the group with the question before a tool call; the call's where none is."""
    users = (n for n in range(at, -1, -1) if messages[groups[n][0]].role == "user")
    return next(users, at)
