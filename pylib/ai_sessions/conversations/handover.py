"""What a model is told of a conversation: breaks, pins, state, summaries, links, and what was said.

The one place that decides it, for hand-overs to providers and for `context.build`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ai_sessions.conversations import family, lineage
from ai_sessions.memory import weights, wording
from ai_sessions.records import (
    SUMMARY,
    Change,
    Entry,
    Interaction,
    Message,
    Note,
    Pin,
    Segment,
    Session,
    Summary,
)
from ai_sessions.sessions import latest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Breaks that concern one agent's own memory: others are told what came before them all the same.
_OF_ONE_AGENT = ("compaction",)
_STATE = "state."
#: Characters that an agent is told of what it has missed, in all and per message.
_ROOM = 24_000
_ROOM_EACH = 6_000
#: So many entries most often have the last call of any provider.
_LATEST = 50


def since(store: Store, name: str, provider: str) -> tuple[Message, ...]:
    """For a provider that goes on: what was said, pinned and set since a call reached it last."""
    for last in (_LATEST, None):
        told: list[Message] = []
        is_known = False
        for entry in store.entries(name, last=last):
            if _has_reached(entry, provider):
                told, is_known = [], True
            else:
                told += [*said_in(entry), *_changed(entry)]
        if is_known:
            return tuple(told)
    return ()


def is_over(store: Store, session: Session, provider: str) -> bool:
    """Whether the provider's own conversation has ended for us: ours has a break since its last
    call, so that it must not go on in what it knows.
    """
    if session.segment_seq < 0:
        return False
    for entry in latest.backwards(store, session.name):
        if _has_reached(entry, provider):
            return False
        if is_break(entry):
            return True
    return False


def with_record(prompt: str, told: Sequence[Message], brief: str = "") -> str:
    """`prompt` after an earlier conversation, and after `brief`, how the work stands."""
    if not told:
        return prompt
    record = "\n\n".join(f"{_who(one)}: {weights.told(one)}" for one in told)
    stands = f"How the work stands (from our files):\n\n{brief}\n\n" if brief else ""
    head = "Earlier in this conversation (from our record):"
    return f"{head}\n\n{record}\n\n{stands}---\n\n{prompt}"


def with_missed(prompt: str, told: Sequence[Message]) -> str:
    """`prompt` after what was said meanwhile, the end of it; system texts are told whole."""
    room = _ROOM
    texts: list[Message] = []
    is_full = False
    for message in reversed(told):
        if message.role == "system":
            texts.append(message)
            continue
        cut = replace(message, text=message.text[:_ROOM_EACH])
        room -= len(cut.text)
        is_full = is_full or room < 0
        if not is_full:
            texts.append(cut)
    return with_record(prompt, texts[::-1])


def _who(message: Message) -> str:
    return f"{message.role} {message.name}".strip()


def is_break(entry: Entry) -> bool:
    """Whether no model is told what was said before it."""
    return isinstance(entry, Segment) and entry.reason not in _OF_ONE_AGENT


def entry_at(store: Store, session: Session, seq: int) -> Entry | None:
    """That entry of its log, which is read from the end; None: it is damaged. Others may have added
    to the log since `session` was read, so that it is not among so many of the newest any more.
    """
    for last in (session.last_seq - seq + 1, None):
        found = next(iter(store.entries(session.name, seq - 1, last)), None)
        if found and found.seq == seq:
            return found
    return None


def last_break(store: Store, session: Session) -> int:
    """Number of the last entry of its log that is a break; -1: there is none."""
    if session.segment_seq < 0:
        return -1
    count = session.last_seq - session.segment_seq + 1
    for entry in store.entries(session.name, session.segment_seq - 1, count):
        if is_break(entry):
            return session.segment_seq
        break  # the newest segment is of one agent
    older = latest.backwards(store, session.name)
    return next((entry.seq for entry in older if is_break(entry)), -1)


def arranged(
    session: Session,
    rules: Iterable[Message],
    summary: Summary | None,
    said: Iterable[Message],
) -> tuple[Message, ...]:
    """All that a model is told, in that order: system texts of before, pins, state, the summary of
    what it is not told, and what was said.
    """
    known = (wording.pins(session.pins), wording.state(session.state))
    summed = [wording.summed(summary)] if summary else []
    return (*rules, *filter(None, known), *summed, *said)


def _has_reached(entry: Entry, provider: str) -> bool:
    """Whether it is a call that the provider was told, with all that was handed over to it."""
    if not isinstance(entry, Interaction) or entry.provider != provider:
        return False
    if entry.purpose == SUMMARY:  # it was told the older part alone, in a conversation of its own
        return False
    return entry.status in ("ok", "interrupted") or bool(entry.usage.total_tokens)


def said_in(entry: Entry) -> tuple[Message, ...]:
    """What was said in an entry; a link with another session is told as well."""
    if isinstance(entry, Note):
        told = family.told(entry)
        return (Message("system", told),) if told else ()
    return lineage.messages(entry)


def _changed(entry: Entry) -> Iterator[Message]:
    """What an agent that goes on has to be told of pins and state."""
    if isinstance(entry, Pin):
        told = f"no longer: {entry.key}" if entry.text is None else entry.text
        yield Message("system", f"Keep in mind: {told}")
    elif isinstance(entry, Change) and entry.key.startswith(_STATE):
        gone = entry.value is None
        value = "(gone)" if gone else wording.value_of(entry.value)
        yield Message("system", f"State: {entry.key.removeprefix(_STATE)} = {value}")
