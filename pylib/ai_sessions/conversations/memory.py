"""How conversations are kept within what a model can hold: summaries, recall, and the context that
is built of them. Made of the settings, it holds no session.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions.conversations import context, recalling, summaries
from ai_sessions.conversations.gauges import Gauges
from ai_sessions.conversations.recalling import Recall
from ai_sessions.conversations.summaries import Rules
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.summarizer import CanBeStopped
from ai_sessions.records import Session, Summary

if TYPE_CHECKING:
    from ai_sessions.conversations.context import Context
    from ai_sessions.stopping import Stop
    from ai_sessions.store.contract import Store

#: An answer never takes more than one part of so many of a window.
_PARTS_OF_AN_ANSWER = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """`answer_tokens`: tokens of a model's window that are kept free for its answer."""

    rules: Rules = field(default_factory=Rules)
    recall: Recall = recalling.nothing
    answer_tokens: int = 4096

    def stopped_by(self, stop: Stop) -> Memory:
        """The same, whose summaries wait for no model once `stop` is set."""
        summarizer = self.rules.summarizer
        if not isinstance(summarizer, CanBeStopped):
            return self
        return replace(self, rules=replace(self.rules, summarizer=summarizer.stopped_by(stop)))

    def limit(self, session: Session, window: int | None) -> int | None:
        """Most tokens that a model of that window (tokens; None: not known) is told in the session,
        the question included; None: there is no limit.
        """
        own = session.about.token_limit
        if window is None:
            return own
        room = window - min(self.answer_tokens, window // _PARTS_OF_AN_ANSWER)
        return room if own is None else min(own, room)

    def context(
        self,
        store: Store,
        name: str,
        max_messages: int | None = None,
        *,
        limit: int | None = None,
        question: str = "",
    ) -> Context:
        """As `context.build`."""
        return context.build(
            store,
            name,
            max_messages,
            limit=limit,
            question=question,
            recall=self.recall,
            count=self.rules.count,
        )

    def fold(
        self, store: Store, now: datetime, name: str, limit: int | None = None
    ) -> Summary | None:
        """As `summaries.fold`."""
        return summaries.fold(store, now, name, self.rules, limit)

    def fold_if_due(
        self,
        store: Store,
        now: datetime,
        session: Session,
        limit: int,
        gauges: Gauges | None = None,
    ) -> Summary | None:
        """As `summaries.fold_if_due`."""
        return summaries.fold_if_due(store, now, session, self.rules, limit, gauges)
