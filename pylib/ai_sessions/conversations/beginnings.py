"""Which session a conversation is in whose client names none, but tells all of it with each call.

It is known by how it begins: who says what first, and what was answered. Conversations that begin
with the same words are numbered, `<digest>-2` being the second, and told apart by the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.conversations import finding, lineage
from ai_sessions.records import SUMMARY, Interaction
from ai_sessions.store.masking import storable

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.records import About, Message, Session
    from ai_sessions.store.contract import Store

#: So many of those that begin with the same words are looked at, the newest first.
_LOOKED_AT = 64
#: Hexadecimal digits of a digest.
_DIGITS = 16


def session_of(
    store: Store, now: datetime, about: About, owner: str, sent: Sequence[Message]
) -> Session:
    """The session that `sent` goes on in, made now where it begins one. System messages are not
    compared: clients put the date into them.

    `owner`: whose conversations these are; others may begin with the same words. `about`: what a
    new one is, but for its id.
    """
    asked, answer = _beginning(sent)
    digest = _digest(owner, asked)
    last = _last(store, about.interface, digest)
    for number in range(last, max(0, last - _LOOKED_AT), -1):
        found = _there(store, about.interface, digest, number)
        if found and _is_in(store, found, answer):
            return _of(store, now, about, digest, number)
    return _of(store, now, about, digest, last + 1)


def _of(store: Store, now: datetime, about: About, digest: str, number: int) -> Session:
    conversation = replace(about, conversation_id=_id(digest, number))
    return finding.find_or_create(store, now, conversation)


def _beginning(sent: Sequence[Message]) -> tuple[list[Message], str | None]:
    """What was said up to the first message of a user, and the answer to it; None: there was none
    yet.
    """
    said = [one for one in sent if one.role != "system"]
    first = next((at for at, one in enumerate(said) if one.role == "user"), len(said) - 1)
    answers = (_answer(one) for one in said[first + 1 :] if one.role == "assistant")
    return said[: first + 1], next(answers, None)


def _answer(message: Message) -> str:
    """Its words, and the ids of what it asks for: many an answer has nothing else."""
    said = str(storable(message.text)).strip()
    return "\0".join((said, *(call.id for call in message.tool_calls)))


def _digest(owner: str, asked: Sequence[Message]) -> str:
    found = hashlib.sha256(owner.encode("utf-8", "replace"))
    for one in asked:
        for text in (one.role, one.text.strip(), repr(one.parts)):
            found.update(b"\0" + text.encode("utf-8", "replace"))
    return found.hexdigest()[:_DIGITS]


def _id(digest: str, number: int) -> str:
    return digest if number == 1 else f"{digest}-{number}"


def _there(store: Store, interface: str, digest: str, number: int) -> Session | None:
    return finding.find_by_conversation(store, interface, _id(digest, number))


def _last(store: Store, interface: str, digest: str) -> int:
    """The number of the newest one; 0: there is none. One that was removed may hide those after
    it, whose numbers are used again then.
    """
    above = 1
    while _there(store, interface, digest, above):
        above *= 2
    there = above // 2
    while above - there > 1:
        middle = (above + there) // 2
        if _there(store, interface, digest, middle):
            there = middle
        else:
            above = middle
    return there


def _is_in(store: Store, session: Session, answer: str | None) -> bool:
    """Whether a conversation with that first answer is in a session. One without an answer is said
    once more where the call before has failed.
    """
    if not store.keeps_words:  # they cannot be told apart: it goes on in the newest one
        return answer is not None
    answers, is_answered = _first_answers(store, session)
    if answer is None:
        return not is_answered and not session.calling
    return answer in answers


def _first_answers(store: Store, session: Session) -> tuple[list[str], bool]:
    """What was answered first, with what came of calls before that failed; whether any did not."""
    found: list[str] = []
    for entry in lineage.entries(store, session):
        kept = lineage.messages(entry)
        is_call = isinstance(entry, Interaction) and entry.purpose != SUMMARY
        told = entry.messages if isinstance(entry, Interaction) and is_call else kept
        found += [_answer(one) for one in told if one.role == "assistant"]
        if any(one.role == "assistant" for one in kept):
            return found, True
    return found, False
