"""Looking a question up in what was folded away of a conversation."""

from __future__ import annotations

import itertools
from dataclasses import field, replace
from typing import Protocol

from ai_sessions.conversations import handover, lineage
from ai_sessions.errors import AiSessionsError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Entry, Interaction, Message, Said, Session
from ai_sessions.sessions import latest
from ai_sessions.tokens import ESTIMATE, Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ai_sessions.index import Index
    from ai_sessions.memory.questions import Asked
    from ai_sessions.store.contract import Store

#: Entries behind a question or a tool call that may have its answer, and for how many of those.
_BEHIND, _MOST_BEHIND = 2, 12
#: Without an index so many of the newest entries that were folded away are looked through.
_MOST_READ = 2000
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
    ) -> None:
        """`tell`: hears why nothing could be looked up."""
        self._store, self._index = store, index
        self._tell, self._count = tell, count

    def __call__(
        self, session: Session, question: str, until: Mapping[str, int] | int, most_tokens: int
    ) -> tuple[Recalled, ...]:
        from ai_sessions.index import database
        from ai_sessions.memory import choosing, questions

        asked = questions.asked(question[:_LOOKED_AT])
        if not asked.wanted or most_tokens <= 0:
            return ()
        try:
            parts = _parts(self._store, session, until)
            found = self._found(asked, parts)
        except (database.Unusable, database.Damaged, AiSessionsError) as error:
            self._tell(f"warning: nothing is recalled for session {session.name}: {error}")
            return ()
        return choosing.choose(
            asked,
            found.messages,
            most_tokens,
            newer=(*found.newer, Message("user", question[:_LOOKED_AT])),
            commits=found.commits,
            count=self._count,
        )

    def _found(self, asked: Asked, parts: Sequence[_Part]) -> _Found:
        folded = [part for part in parts if part.is_folded]
        if not folded:
            return _Found()
        if not self._index.folder:
            return self._read(asked, parts)
        return self._looked_up(asked, parts)

    def _looked_up(self, asked: Asked, parts: Sequence[_Part]) -> _Found:
        from ai_sessions.index import recalling
        from ai_sessions.store.entries import record_of

        groups = [[part for part in parts if part.is_folded is wanted] for wanted in (True, False)]
        spans = [
            [recalling.Span(one.name, one.until, one.after) for one in group] for group in groups
        ]
        found = recalling.candidates(self._index, asked.index_terms(), spans)
        pairs = []
        for group, some in zip(groups, found, strict=True):
            known = {part.name: part for part in group}
            records = ((known[span.name], record_of(entry)) for span, entry in some)
            pairs.append([(part, record) for part, record in records if record])
        behind = self._behind(pairs[0])
        return _found((*pairs[0], *behind), pairs[1])

    def _behind(self, found: Sequence[tuple[_Part, Entry]]) -> Iterator[tuple[_Part, Entry]]:
        """What was said after questions, where each message is an entry of its own."""
        asking = [(part, entry) for part, entry in found if _is_open(entry)]
        for part, entry in asking[:_MOST_BEHIND]:
            later = self._store.entries(part.name, after=entry.seq)
            for other in itertools.islice(later, _BEHIND):
                if other.seq <= part.until:
                    yield part, other

    def _read(self, asked: Asked, parts: Sequence[_Part]) -> _Found:
        from ai_sessions.memory import choosing

        pairs: dict[bool, list[tuple[_Part, Entry]]] = {True: [], False: []}
        left = _MOST_READ
        for part in reversed(parts):
            some = list(self._entries(part, left))
            pairs[part.is_folded] += [(part, entry) for entry in some]
            left = max(0, left - len(some))
        found = _found(pairs[True], pairs[False])
        return replace(found, messages=choosing.best(asked, found.messages))

    def _entries(self, part: _Part, most: int) -> Iterator[Entry]:
        for entry in self._store.entries(part.name, after=max(part.after, part.until - most)):
            if entry.seq > part.until:
                return
            yield entry


@dataclass(frozen=True, slots=True)
class _Part:
    """Entries of a session's log, numbered higher than `after`, up to `until`.

    `uid`: of the session, where it is another one whose past is shared, empty: its own; `number`:
    the last message of entry `until` that is. `is_folded`: a model is not told them.
    """

    place: int
    name: str
    after: int
    until: int
    uid: str = ""
    number: int | None = None
    is_folded: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """Messages that may have something to do with a question, in order; `newer`: of those that a
    model is told anyway.
    """

    messages: tuple[Message, ...] = ()
    newer: tuple[Message, ...] = ()
    commits: Mapping[str, str] = field(default_factory=dict)


def _parts(store: Store, session: Session, until: Mapping[str, int] | int) -> list[_Part]:
    """The logs of the conversation since its last break, the oldest first: what was folded away of
    each, then what was not.
    """
    found: list[_Part] = []
    spans = lineage.lineage(store, session).spans
    for place in reversed(range(len(spans))):
        log, point = spans[place].session, spans[place].until
        end = log.last_seq if point is None or point.seq is None else point.seq
        begin = _last_break(store, log, end)
        last = max(begin, min(end, _folded_until(until, log, is_own=point is None)))
        uid = log.uid if point else ""
        number = point.number if point else None
        part = _Part(place, log.name, begin, last, uid, number if last == end else None)
        rest = _Part(place, log.name, last, end, uid, number, is_folded=False)
        found += [one for one in (rest, part) if one.after < one.until]
        if begin >= 0:
            break
    return found[::-1]


def _folded_until(until: Mapping[str, int] | int, log: Session, *, is_own: bool) -> int:
    if not isinstance(until, int):
        return until.get(log.name, -1)
    return until if is_own or until < 0 else log.last_seq


def _last_break(store: Store, session: Session, until: int) -> int:
    """Number of the last entry up to that one which is a break; -1: there is none."""
    if session.segment_seq <= until:
        return handover.last_break(store, session)
    entries = latest.backwards(store, session.name)
    return next((one.seq for one in entries if one.seq <= until and handover.is_break(one)), -1)


def _is_open(entry: Entry) -> bool:
    if not isinstance(entry, Said) or entry.message.role == "tool":
        return False
    from ai_sessions.memory import sentences

    return sentences.is_question(entry.message.text)


def _found(folded: Iterable[tuple[_Part, Entry]], newer: Iterable[tuple[_Part, Entry]]) -> _Found:
    ordered = {(part.place, entry.seq): (part, entry) for part, entry in folded}
    commits: dict[str, str] = {}
    messages: list[Message] = []
    for _place, (part, entry) in sorted(ordered.items(), key=lambda one: one[0]):
        said = _said(part, entry)
        messages += said
        if isinstance(entry, Interaction) and entry.commit:
            commits |= {one.id: entry.commit for one in said}
    told = (one for part, entry in newer for one in _said(part, entry))
    return _Found(tuple(messages), tuple(told), commits)


def _said(part: _Part, entry: Entry) -> list[Message]:
    """Messages of an entry; those of another session's log by their ids with its uid."""
    number = part.number if entry.seq == part.until else None
    whole = lineage.as_shared(entry, part.uid, number) if part.uid else entry
    return [one for one in lineage.messages(whole) if one.role != "system"]
