"""Infinite context: when enough was said, its older part becomes a summary, and a new segment of
the same session begins with what is newest.

A segment ends between two turns, so that a question and its answer are never parted, and the whole
log stays. Who ends it is the one whose summary is stored first; others discard theirs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions.conversations import summaries, system_texts
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import chat_messages, contexts
from ai_sessions.library.segment_ids import NUMBER, count
from ai_sessions.memory import wording
from ai_sessions.memory.items import to_json
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message, Session, Summary, stamp

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.stopping import Stop

#: Key of a summary's detail: the tokens of all that was said in the session up to its end.
SAID = "spoken_tokens"
#: The newest turns that stay in the context are no larger than one part of so many of a segment.
_PARTS_OF_THE_TAIL = 4
#: What a summary of last resort begins with, and characters of each question in it.
_ASKED, _OF_A_QUESTION = "The user asked:", 80


@dataclass(frozen=True, slots=True)
class Bounds:
    """A segment ends when so many tokens were said in it, or so many turns (None: never)."""

    tokens: int
    turns: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The segment that is to end. `messages`: what the summary will stand for."""

    session: Session
    before: Summary | None
    messages: tuple[Message, ...]
    spoken: int
    """Tokens of all that was said up to there."""

    def told(self) -> list[dict[str, Any]]:
        """For who writes the summary: what the one before it says, and the messages since."""
        first = [wording.summed(self.before)] if self.before else []
        return [chat_messages.plain(one) for one in (*first, *self.messages)]


class Gauge:
    """Tokens of a session's context by its sums alone, once its newest summary is known."""

    def __init__(self, core: Conversations) -> None:
        self._core = core
        self._views: tuple[Any, ...] = ()
        self._summary = self._since = 0

    def told(self, session: Session) -> int:
        """Tokens that a model is told of it, without the system prompt."""
        spoken = self.spoken(session)  # first: it finds the summary
        return self._summary + spoken

    def spoken(self, session: Session) -> int:
        """Tokens that were said in the segment that goes on."""
        views = (session.uid, session.summary_seq, session.segment_seq)
        if session.last_seq < 0:
            return 0
        if views != self._views:
            self._look(session)
            self._views = views
        return max(0, session.totals.spoken_tokens - self._since)

    def _look(self, session: Session) -> None:
        if session.about.parent is None and max(session.summary_seq, session.segment_seq) < 0:
            self._summary = self._since = 0
            return
        core, own = self._core, session.totals.spoken_tokens
        summary = summaries.newest(core.store, session)
        self._summary = _tokens(core, summary) if summary else 0
        since = summary.detail.get(SAID) if summary and summary.seq > session.segment_seq else None
        if type(since) is not int:
            since = own - contexts.tokens_of(core, contexts.visible(core, session, summary))
        self._since = since


def ending(core: Conversations, session: Session, gauge: Gauge, bounds: Bounds) -> Ending | None:
    """The segment that has to end before the next question; None: it goes on."""
    is_full = gauge.spoken(session) >= bounds.tokens
    if session.last_seq < 0 or not (is_full or bounds.turns):
        return None
    before = summaries.newest(core.store, session)
    said = contexts.visible(core, session, before)
    starts = _starts(said)
    if not is_full and len(starts) < (bounds.turns or 0):
        return None
    cut = _cut(core, said, starts, bounds)
    if not cut:
        return None
    left = contexts.tokens_of(core, said[cut:])
    return Ending(session, before, tuple(said[:cut]), session.totals.spoken_tokens - left)


def end(core: Conversations, found: Ending, draft: Draft) -> Summary:
    """Store the summary with which the segment ends, unless somebody else was first; that one."""
    before, session = found.before, found.session
    number = count(before)
    last = _seq(found.messages[-1])
    own = before if before and before.seq >= 0 else None
    summary = Summary(
        draft.text,
        covers_to=last,
        covers_from=own.covers_from if own else 0,
        kind=draft.kind,
        model=draft.model,
        items=tuple(map(to_json, draft.items)),
        based_on=own.seq if own else -1,
        detail={
            **draft.detail,
            **system_texts.note(core.store, session, before, last),
            NUMBER: number,
            SAID: found.spoken,
        },
        at=stamp(core.now()),
        id=f"{session.uid}:summary:{session.summary_seq}",
    )
    rules = core.memory.rules
    return summaries.add_summary(core.store, core.now(), session.name, summary, rules.count)


def draft(
    core: Conversations, found: Ending, bounds: Bounds, text: str = "", stop: Stop | None = None
) -> Draft:
    """`text`: of who was asked to write it; empty: as the settings say, by a model or the rules,
    and if these find nothing in it, what the user asked. `stop`: a model is not waited for any
    more once it is set.
    """
    if text.strip():
        return Draft(text.strip(), kind="given")
    memory = core.memory.stopped_by(stop) if stop else core.memory
    rules = memory.rules
    fold = Fold(
        before=found.before,
        messages=tuple(one for one in found.messages if one.role != "system"),
        most_tokens=max(1, min(rules.most_tokens, bounds.tokens // _PARTS_OF_THE_TAIL)),
        pins=tuple(pin.text or "" for pin in found.session.pins.values()),
        state=found.session.state,
        count=rules.count,
        session=found.session.name,
    )
    made = rules.summarizer.fold(fold)
    return made if made.text.strip() else replace(made, text=_questions(found, fold))


def _tokens(core: Conversations, summary: Summary) -> int:
    return core.memory.rules.count(summary.text) if summary.tokens is None else summary.tokens


def _starts(said: Sequence[Message]) -> list[int]:
    """Where turns begin: at what a user says, and what nobody answered yet at each message."""
    last = _answered(said)
    asked = (at for at, one in enumerate(said) if one.role == "user")
    return [at for at in asked if at > last or at == 0 or said[at - 1].role != "user"]


def _answered(said: Sequence[Message]) -> int:
    """Where the last answer is; -1: there is none."""
    answers = (at for at, one in enumerate(said) if one.role == "assistant" and not one.tool_calls)
    return max(answers, default=-1)


def _cut(
    core: Conversations, said: Sequence[Message], starts: Sequence[int], bounds: Bounds
) -> int:
    """How many messages the summary will stand for; 0: none, all of them are one turn."""
    places = _places(said, starts)
    most = bounds.tokens // _PARTS_OF_THE_TAIL
    turns = len(starts) if bounds.turns is None else bounds.turns // _PARTS_OF_THE_TAIL
    best, behind = (places[-1] if places else 0), len(said)
    for at in reversed(places):
        most -= contexts.tokens_of(core, said[at:behind])
        if most < 0 or len(starts) - bisect_left(starts, at) > turns:
            break
        best = behind = at
    return best


def _places(said: Sequence[Message], starts: Sequence[int]) -> list[int]:
    """Where a segment may end: before a turn, between entries of its own log, and behind the last
    turn when that has its answer.
    """
    shared = sum(":" in one.id for one in said)
    later = (at for at in starts if at >= max(1, shared))
    places = [at for at in later if _seq(said[at]) != _seq(said[at - 1])]
    is_answered = not starts or starts[-1] < _answered(said)
    return [*places, len(said)] if is_answered else places


def _seq(message: Message) -> int:
    """Number of its entry; 0 where no message is: it is in the log of a parent."""
    return 0 if ":" in message.id else int(message.id.partition(".")[0])


def _questions(found: Ending, fold: Fold) -> str:
    """What is told where nothing in the messages is worth keeping: as many lines as there is room
    for, the newest first of all.
    """
    before = found.before.text.splitlines() if found.before else []
    asked = (" ".join(one.text.split()) for one in found.messages if one.role == "user")
    lines = [one for one in before if one != _ASKED] + [
        f"- {one[:_OF_A_QUESTION]}" for one in asked
    ]
    left = fold.most_tokens
    kept: list[str] = []
    for line in reversed(lines):
        left -= fold.count(line)
        if kept and left < 0:
            break
        kept.insert(0, line)
    return "\n".join([_ASKED, *kept])
