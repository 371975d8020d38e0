"""What was folded away of a conversation, and the messages in it that a question may be about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from ai_sessions.conversations import inherited, lineage, semantic_recall, summaries
from ai_sessions.index import recalling
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import items, scoring
from ai_sessions.memory.items import Item
from ai_sessions.memory.questions import Asked
from ai_sessions.records import Entry, Interaction, Message, Session
from ai_sessions.store.entries import record_of

if TYPE_CHECKING:
    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning
    from ai_sessions.store.contract import Store

#: Without an index so many of the newest entries are looked through.
_MOST_READ = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """Messages that may have something to do with a question, in order.

    `newer`: those of what a model is told anyway, the question included. `commits`: of the project
    when a message was said, by its id. `alike`: sentences that mean what is asked, and how much.
    `commands`: of the summary, that ran and passed.
    """

    messages: tuple[Message, ...] = ()
    newer: tuple[Message, ...] = ()
    commits: Mapping[str, str] = field(default_factory=dict)
    alike: Mapping[str, float] = field(default_factory=dict)
    commands: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Entries of a session's log, numbered higher than `after`, up to `until`.

    `uid`: of the session, where its past is shared; empty: its own log. `number`: the last message
    of entry `until` that counts; None: all do. `is_told`: a model is told them anyway.
    """

    place: int
    name: str
    after: int
    until: int
    uid: str = ""
    number: int | None = None
    is_told: bool = False


def find(
    store: Store,
    index: Index,
    session: Session,
    asked: Asked,
    until: Mapping[str, int] | int,
    meaning: Meaning | None = None,
) -> Found:
    """`until`: as `Recall` has it. `meaning`: what finds entries by what they mean, too. Raises as
    `index.recalling.candidates`, and with `meaning` as `Meaning.nearest`.
    """
    found = parts(store, session, until)
    if all(part.is_told for part in found):
        return Found()
    meant: Mapping[str, float] = {}
    if index.folder:
        folded, told = _looked_up(index, asked, found)
        if meaning:
            nearest, meant = _meant(meaning, index, asked, found)
            folded += nearest
        messages, commits = _messages(folded)
    else:
        folded, told = _read(store, found)
        messages, commits = _messages(folded)
        messages = scoring.best(asked, messages)
    summary = summaries.newest(store, session)
    known = items.of_summary(summary.items) if summary else ()
    return Found(
        messages=messages,
        newer=(*_messages(told)[0], Message("user", asked.text)),
        commits=commits,
        alike=meant,
        commands=tuple(one for one in known if one.kind == "command"),
    )


def parts(store: Store, session: Session, until: Mapping[str, int] | int) -> list[Part]:
    """The logs of the conversation since its last break, the oldest first: what was folded away of
    each, then what was not.
    """
    found: list[Part] = []
    spans = lineage.lineage(store, session).spans
    for place in reversed(range(len(spans))):
        log, point = spans[place].session, spans[place].until
        end = log.last_seq if point is None or point.seq is None else point.seq
        begin = inherited.last_break(store, log, end)
        last = max(begin, min(end, _folded_until(until, log, is_own=point is None)))
        uid, number = (log.uid, point.number) if point else ("", None)
        folded = Part(place, log.name, begin, last, uid, number if last == end else None)
        told = Part(place, log.name, last, end, uid, number, is_told=True)
        found += [one for one in (told, folded) if one.after < one.until]
        if begin >= 0:
            break
    return found[::-1]


def _folded_until(until: Mapping[str, int] | int, log: Session, *, is_own: bool) -> int:
    if not isinstance(until, int):
        return until.get(log.name, -1)
    return until if is_own or until < 0 else log.last_seq


_Entries = list[tuple[Part, Entry]]


def _looked_up(index: Index, asked: Asked, found: Sequence[Part]) -> tuple[_Entries, _Entries]:
    """Entries that were folded away, and those that were not, by the index."""
    groups = [{part.name: part for part in found if part.is_told is told} for told in (False, True)]
    spans = [
        [recalling.Span(one.name, one.until, one.after) for one in group.values()]
        for group in groups
    ]
    sought = list(zip((asked.index_terms(), asked.own_words()), spans, strict=True))
    folded, told = (
        [(group[span.name], one) for span, entry in some if (one := record_of(entry))]
        for group, some in zip(groups, recalling.candidates(index, sought), strict=True)
    )
    return folded, told


def _meant(
    meaning: Meaning, index: Index, asked: Asked, found: Sequence[Part]
) -> tuple[_Entries, Mapping[str, float]]:
    """Entries that were folded away with sentences that mean what is asked, and those."""
    group = {part.name: part for part in found if not part.is_told}
    spans = [recalling.Span(one.name, one.until, one.after) for one in group.values()]
    near = semantic_recall.nearest(meaning, index, asked.text, spans)
    entries = [(group[one.session], entry) for one in near if (entry := record_of(one.entry))]
    said = (message for part, entry in entries for message in _said(part, entry))
    texts = [message.text for message in said if message.role != "tool"]
    return entries, semantic_recall.single(meaning, asked.text, near, texts)


def _read(store: Store, found: Sequence[Part]) -> tuple[_Entries, _Entries]:
    """The newest entries that were folded away, and those that were not, by the logs."""
    entries: tuple[_Entries, _Entries] = ([], [])
    left = _MOST_READ
    for part in reversed(found):
        some = [(part, entry) for entry in _entries(store, part, left)]
        entries[part.is_told].extend(some)
        left = max(0, left - len(some))
    return entries


def _entries(store: Store, part: Part, most: int) -> Iterator[Entry]:
    for entry in store.entries(part.name, after=max(part.after, part.until - most)):
        if entry.seq > part.until:
            return
        yield entry


def _messages(
    found: Iterable[tuple[Part, Entry]],
) -> tuple[tuple[Message, ...], dict[str, str]]:
    """In order, each once, and the commits at which they were said."""
    ordered = {(part.place, entry.seq): (part, entry) for part, entry in found}
    commits: dict[str, str] = {}
    messages: list[Message] = []
    for place in sorted(ordered):
        part, entry = ordered[place]
        said = _said(part, entry)
        messages += said
        if isinstance(entry, Interaction) and entry.commit:
            commits |= {one.id: entry.commit for one in said}
    return tuple(messages), commits


def _said(part: Part, entry: Entry) -> list[Message]:
    """Messages of an entry; those of another session's log with its uid in their ids. System texts
    are told in any case.
    """
    number = part.number if entry.seq == part.until else None
    whole = lineage.as_shared(entry, part.uid, number) if part.uid else entry
    return [one for one in lineage.messages(whole) if one.role != "system"]
