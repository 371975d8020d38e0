"""Pressed buttons, and replies to questions: who may, and what it leads to, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots import answering, approving, messages
from ai_sessions.bots.desk import Asked
from ai_sessions.bots.events import Heard, Outbound, Say

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Desk
    from ai_sessions.bots.questions import Question

_NOT_YOURS = "This is for the owner of this bot."
_GONE = "This button does nothing any more."
#: Kind of `Facts`: which press has asked a message again.
_AGAIN = "again"
#: An answer is one argument of a command.
_LONGEST_ANSWER = 10_000


async def pressed(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Do what a button is for."""
    kind, _, rest = asked.event.button.partition(":")
    if kind == answering.AGAIN:
        answers = asked_again(desk, asked)
    elif not asked.is_owner:
        answers = _refused(desk, asked)
    elif kind == approving.QUESTION:
        answers = _answer(desk, asked, *rest.partition(":")[::2])
    elif kind == approving.STOP:
        answers = _stop(desk, asked, rest)
    else:
        answers = _gone()
    async for said in answers:
        yield said


async def question_of(desk: Desk, asked: Asked) -> Question | None:
    """The question that a message replies to; None: it is a message as any other."""
    event = asked.event
    if not event.reply_to or event.command:
        return None
    return await threads.run(approving.of_message, desk, event.place, event.reply_to)


async def replied(desk: Desk, asked: Asked, question: Question) -> AsyncIterator[Outbound]:
    """Take a reply to a question for its answer."""
    answer = approving.answer_in(question, asked.event.text)
    if not asked.is_owner:
        await threads.run(desk.members.refused, asked.event, "not the owner")
        yield Say(_NOT_YOURS)
    elif not answer:
        yield Say("Reply yes or no, or press a button.")
    elif len(answer) > _LONGEST_ANSWER or "\0" in answer:
        yield Say(f"An answer has at most {_LONGEST_ANSWER:,} characters.")
    elif found := await threads.run(_answered, desk, asked, question.id, answer):
        for said in await threads.run(approving.act, desk, found, asked.event.sender):
            yield said
    else:
        yield Say(await threads.run(_told, desk, question.id))


async def _answer(desk: Desk, asked: Asked, id_: str, answer: str) -> AsyncIterator[Outbound]:
    question = await threads.run(desk.questions.read, id_)
    is_here = question and desk.is_same_place(question.place, asked.place)
    if not is_here or answer not in approving.ANSWERS:
        yield Heard(_GONE)
    elif found := await threads.run(_answered, desk, asked, id_, answer):
        yield Heard()
        for said in await threads.run(approving.act, desk, found, asked.event.sender):
            yield said
    else:
        yield Heard(await threads.run(_told, desk, id_))


def _answered(desk: Desk, asked: Asked, id_: str, answer: str) -> Question | None:
    """The question with this answer; None: it has another one. The same event may answer twice:
    a bot that was killed then goes on with what the answer leads to.
    """
    by = f"{asked.event.sender.id}:{asked.event.id}"
    if found := desk.questions.answer(id_, answer, by):
        return found
    known = desk.questions.read(id_)
    return known if known and known.by == by else None


def _told(desk: Desk, id_: str) -> str:
    question = desk.questions.read(id_)
    if question is None:
        return _GONE
    return "Answered already." if question.state == "answered" else "Its time is over: denied."


async def _stop(desk: Desk, asked: Asked, run: str) -> AsyncIterator[Outbound]:
    begun = await threads.run(desk.work.read, run)
    if begun is None or not desk.is_same_place(begun.place.key, asked.place):
        yield Heard(_GONE)
        return
    is_stopped = await threads.run(desk.work.stop, run)
    yield Heard("It is told to stop." if is_stopped else "It has ended already.")


async def _gone() -> AsyncIterator[Outbound]:
    yield Heard(_GONE)


async def _refused(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """A button of somebody else."""
    await threads.run(desk.members.refused, asked.event, "button")
    yield Heard(_NOT_YOURS)


# --- the same message again


async def asked_again(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Answer a message anew, by a call of its own: a person has decided so. Once for a button."""
    event = asked.event
    key = await threads.run(desk.outbox.key_of, event.place.key, event.message)
    first = await threads.run(desk.inbox.read, key.removesuffix(":answer"))
    if first is None:
        yield Heard("I do not know that message any more.")
        return
    if not asked.is_owner and first.sender.id != event.sender.id:
        async for said in _refused(desk, asked):
            yield said
        return
    if await threads.run(desk.facts.first, _AGAIN, key, event.id) != event.id:
        yield Heard("It was asked again already.")
        return
    yield Heard()
    anew = Asked(replace(first, id=event.id, call=event.call), asked.memo, asked.role)
    question = await messages.question(desk, anew)
    async for said in answering.answers(desk, anew, question):
        yield said
