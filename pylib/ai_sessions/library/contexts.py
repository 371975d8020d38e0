"""What was said in a session, in the forms that programs and models take, and how many tokens the
next call of a model is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ai_sessions.conversations import inherited, lineage, messages, summaries
from ai_sessions.library import kept_logs
from ai_sessions.library.chat_messages import plain
from ai_sessions.library.log import PROMPT
from ai_sessions.memory import wording
from ai_sessions.records import Entry, Interaction, Message, Session, Summary

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

Plain = dict[str, Any]
_SPOKEN = ("user", "assistant")


def turns(entries: Iterable[Entry]) -> list[Plain]:
    """What users and models said, in order; tools left out."""
    return [
        _turn(message, entry if isinstance(entry, Interaction) else None)
        for entry in entries
        for message in lineage.messages(entry)
        if message.role in _SPOKEN and not (message.tool_calls and not message.text)
    ]


def for_llm(core: Conversations, session: Session) -> list[Plain]:
    """The conversation as chat APIs take it, without the system prompt: what is pinned, the
    summary of what is not told any more, what is recalled of that, and all that was said since.
    """
    if session.last_seq < 0:
        return []
    pinned = wording.pins({key: pin for key, pin in session.pins.items() if key != PROMPT})
    first = [pinned] if pinned else []
    if _is_told_whole(session):
        state = wording.state(session.state)
        known = [*first, state] if state else first
        return [*map(plain, known), *kept_logs.of(core).told(session.name)]
    parts = core.memory.context(core.store, session.name).parts
    rest = [one for part in parts if part.name != "pins" for one in part.messages]
    return [plain(one) for one in (*first, *rest)]


def _is_told_whole(session: Session) -> bool:
    """Whether a model is told all that is in its log and nothing of another one, in its order."""
    has_views = max(session.summary_seq, session.segment_seq) >= 0
    is_fork = lineage.is_fork(session)
    return not (has_views or is_fork or session.links or session.totals.system_texts)


def visible(core: Conversations, session: Session, summary: Summary | None) -> list[Message]:
    """What was said that no summary covers and no break hides, the past of a fork included."""
    after = summaries.uncovered_after(core.store, session, summary)
    hidden = inherited.of(core.store, session).hidden if after < 0 else None
    said = messages.said(core.store, session.name, after=after, hidden=hidden, is_open=True)
    return list(said)


def tokens_of(core: Conversations, said: Iterable[Message]) -> int:
    """Of messages, by what they say of themselves, else counted."""
    count = core.memory.rules.count
    return sum(count(one.text) if one.tokens is None else one.tokens for one in said)


def _turn(message: Message, call: Interaction | None) -> Plain:
    said: Plain = {
        "role": message.role,
        "content": message.text,
        "timestamp": message.at,
        "id": message.id,
    }
    if call is not None and message.role == "assistant":
        said |= {"model": call.model, "provider": call.provider}
    if message.metadata:
        said["metadata"] = dict(message.metadata)
    return said
