"""Looking a question up in what was folded away of a conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from ai_sessions.errors import AiSessionsError, ConfigError
from ai_sessions.memory.recall import Recalled
from ai_sessions.tokens import ESTIMATE, Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ai_sessions.conversations.folded import Found
    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning
    from ai_sessions.memory.questions import Asked
    from ai_sessions.records import Session
    from ai_sessions.store.contract import Store

#: Characters of a question that are looked at.
_LOOKED_AT = 20_000


class Recall(Protocol):
    """One way to look it up. It raises nothing: where it cannot look, nothing is found."""

    def __call__(
        self, session: Session, question: str, until: Mapping[str, int] | int, most_tokens: int
    ) -> tuple[Recalled, ...]:
        """What fits the question, in the order in which it was said, of at most so many tokens.

        `until`: number of the last entry that was folded away; with it, all of the past that a fork
        shares. Where only a part of that was, the last entry of each session, by name.
        """
        ...


def nothing(
    session: Session,  # noqa: ARG001
    question: str,  # noqa: ARG001
    until: Mapping[str, int] | int,  # noqa: ARG001
    most_tokens: int,  # noqa: ARG001
) -> tuple[Recalled, ...]:
    """The `Recall` of who wants none."""
    return ()


def _silent(_text: str) -> None:
    pass


def _unknown(_project: str, _commit: str, _text: str) -> str:
    return ""


class IndexRecall:
    """By the index of words; where there is no index file, by the newest entries of the log.

    What is behind a break is not looked for: that ends what a model is told. Nor are system texts,
    which it is told in any case.
    """

    def __init__(
        self,
        store: Store,
        index: Index,
        tell: Callable[[str], None] = _silent,
        count: Counter = ESTIMATE,
        changed: Callable[[str, str, str], str] = _unknown,
        meaning: Callable[[], Meaning] | None = None,
    ) -> None:
        """`tell`: hears why nothing could be looked up. `changed`: what became of the files that a
        text names, by the project, its commit when that was said, and the text. `meaning`: makes
        what finds sentences by what they mean; None: words have to do.
        """
        self._store, self._index = store, index
        self._tell, self._count, self._changed = tell, count, changed
        self._meaning = meaning

    def __call__(
        self, session: Session, question: str, until: Mapping[str, int] | int, most_tokens: int
    ) -> tuple[Recalled, ...]:
        # most commands recall nothing: what it takes is imported when something is asked
        from ai_sessions.index import database
        from ai_sessions.memory import questions

        asked = questions.asked(question[:_LOOKED_AT])
        if not asked.wanted or most_tokens <= 0:
            return ()
        try:
            found = self._found(session, asked, until)
        except (database.Unusable, database.Damaged, AiSessionsError) as error:
            self._tell(f"warning: nothing is recalled for session {session.name}: {error}")
            return ()
        told = self._told(asked, found, most_tokens)
        return self._with_changes(session.about.project, told, most_tokens)

    def _found(self, session: Session, asked: Asked, until: Mapping[str, int] | int) -> Found:
        """By words and by meaning; where that cannot help, by words alone."""
        from ai_sessions.conversations import folded
        from ai_sessions.index import vectors

        if self._meaning:
            try:
                meaning = self._meaning()
                return folded.find(self._store, self._index, session, asked, until, meaning)
            except (vectors.Unavailable, ConfigError) as error:
                self._tell(f"warning: older messages are found by words alone: {error}")
        return folded.find(self._store, self._index, session, asked, until)

    def _told(self, asked: Asked, found: Found, most_tokens: int) -> list[Recalled]:
        """Commands, of at most half of the tokens, and sentences, in order."""
        from ai_sessions.memory import choosing, matching_commands

        count, most = self._count, most_tokens // 2
        told = matching_commands.passed_commands(
            asked, found.messages, found.newer, found.commands, most, count
        )
        left = most_tokens - sum(choosing.cost(one, count) for one in told)
        told += choosing.choose(
            asked,
            found.messages,
            left,
            newer=found.newer,
            commits=found.commits,
            count=count,
            alike=found.alike,
        )
        places = {one.id: at for at, one in enumerate(found.messages)}
        return sorted(told, key=lambda one: places.get(one.id, -1))

    def _with_changes(
        self, project: str, told: Sequence[Recalled], most_tokens: int
    ) -> tuple[Recalled, ...]:
        """With what became of the files that they name, the best first, as far as there is room."""
        from ai_sessions.memory import choosing

        left = most_tokens - sum(choosing.cost(one, self._count) for one in told)
        more = list(told)
        for at in sorted(range(len(more)), key=lambda at: -more[at].score):
            one = replace(more[at], changed=self._changed(project, more[at].commit, more[at].text))
            needed = choosing.cost(one, self._count) - choosing.cost(more[at], self._count)
            if one.changed and needed <= left:
                more[at], left = one, left - needed
        return tuple(more)
