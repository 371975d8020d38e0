"""One call of a model that somebody else makes: from its beginning to the one entry it leaves.

Whatever goes wrong with the record is a warning of the logger `ai_sessions`: an answer that was
paid for reaches the program all the same. Until its end a call is watched (`watching`): a stream
that nobody finishes ends, and one that lasts is on record as under way.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ai_sessions import ids, threads
from ai_sessions.conversations import new_messages
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import identity, under_way
from ai_sessions.library.answers import Answer, answer_of
from ai_sessions.library.failures import status_of, told
from ai_sessions.library.new_messages import Before
from ai_sessions.library.sessions import UNKNOWN, Tracked
from ai_sessions.library.watching import WATCH
from ai_sessions.memory import weights
from ai_sessions.records import Cost, Interaction, Message, Session, Status, Usage, stamp
from ai_sessions.stopping import GIVEN_UP

#: How a call ended that a provider refused before a model did anything.
_REFUSED = ("auth", "billing", "rate_limit", "overloaded", "model", "context_too_long")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks. `messages`: all that it sends, what was said before included."""

    messages: tuple[Message, ...] = ()
    model: str = ""
    api: str = ""
    """The interface of the provider: `chat.completions`, `responses`, `messages`."""


class Recording:
    """A call that is under way. Only its first end counts."""

    def __init__(
        self, tracked: Tracked, provider: str, asked: Asked, before: Before | None = None
    ) -> None:
        """`before`: what is known of the session by earlier calls."""
        self._before = before or Before(tracked.core)
        self.tracked, self._provider, self._asked = tracked, provider, asked
        self._id, self._is_over = ids.new(), False
        self._context = contextvars.copy_context()
        """That of the call, whose span is part of it: a stream may end anywhere."""
        self._so_far: Callable[[], tuple[Answer, bool]] | None = None
        self._began_ns = time.monotonic_ns()

    def begin(self) -> None:
        """It is under way from here."""
        self._began_ns = time.monotonic_ns()
        WATCH.add(self)

    def put_off(self) -> None:
        """It begins when somebody waits for it, if ever."""
        WATCH.remove(self)

    def opened(self, so_far: Callable[[], tuple[Answer, bool]]) -> None:
        """It is a stream. `so_far`: what has come until now, and whether that is all of it."""
        self._so_far = so_far

    def answered(self, response: Any) -> None:
        """It is over. `response`: as `answer_of` takes it."""
        answer = response if isinstance(response, Answer) else answer_of(response)
        self._end(answer, "ok")

    def failed(self, error: BaseException) -> None:
        """It raised something, perhaps in the middle of its stream."""
        status = status_of(error)
        self._end(self._until_now()[0], status, told(error))

    def closed(self) -> None:
        """Its stream has no reader any more: interrupted, unless all of it had come."""
        answer, is_whole = self._until_now()
        self._end(answer, "ok" if is_whole else "interrupted")

    def left(self) -> None:
        """The same, soon, for who may not wait for a lock: in a finalizer."""
        if WATCH.has(self):  # a child that was forked has none of its parent's calls
            WATCH.left(self.closed)

    def lasts(self) -> None:
        """Put on record what is asked, until it has ended."""
        core, id_ = self.tracked.core, self.tracked.session_id
        found = identity.find(core, id_)
        sent = self._asked.messages
        new = new_messages.new(core.store, found, sent) if found else sent
        messages = tuple(self._counted(one, stamp(core.now())) for one in new)
        named = self._provider or UNKNOWN, self._asked.model or UNKNOWN
        under_way.note(core, id_, under_way.call(self._id, core.now(), *named, messages))
        if self._is_over:
            under_way.ended(self._id)

    def _until_now(self) -> tuple[Answer, bool]:
        return self._so_far() if self._so_far else (Answer(""), False)

    def _end(self, answer: Answer, status: Status, error: str = "") -> None:
        WATCH.remove(self)
        if self._is_over:
            return
        self._is_over = True
        took_ms = (time.monotonic_ns() - self._began_ns) // 1_000_000
        try:
            make = functools.partial(self._entry, answer, status, error, took_ms)
            self._context.run(self._add, make, GIVEN_UP.get())
            if status == "ok":  # what a failed call was told is no part of the conversation
                self._before.told(self._asked.messages)
            under_way.ended(self._id)
        except Exception as problem:  # the program is given its answer all the same
            log = logging.getLogger("ai_sessions")
            log.warning("session %s: a call is not on record: %s", self.tracked.session_id, problem)

    def _add(
        self, make: Callable[[Session], Interaction], is_given_up: Callable[[], bool] | None
    ) -> None:
        """In the context of the call, but for who waits for it now. `make`: the entry, by what the
        session is before it.
        """
        GIVEN_UP.set(is_given_up)
        made: list[tuple[Session, Interaction]] = []

        def entries(session: Session) -> list[Interaction]:
            made[:] = [(session, make(session))]
            return [made[0][1]]

        after = self.tracked.write(entries)
        self._before.wrote(*made[0], after)

    def _entry(
        self, answer: Answer, status: Status, error: str, took_ms: int, session: Session
    ) -> Interaction:
        core = self.tracked.core
        now = core.now()
        new = self._before.new(session, self._asked.messages)
        said = [self._counted(one, stamp(now)) for one in (*new, *_reply(answer))]
        usage = self._usage(answer, status)
        model = answer.model or self._asked.model or UNKNOWN
        detail = {"api": self._asked.api, "finish": answer.finish, "error": error}
        return Interaction(
            id=self._id,
            at=stamp(now),
            provider=answer.provider or self._provider or UNKNOWN,
            model=model,
            messages=tuple(said),
            usage=usage,
            cost=self._cost(answer, usage, model, status),
            status=status,
            duration_ms=took_ms,
            purpose="chat",
            continuity="resumed" if len(new) < len(self._asked.messages) else "new",
            detail={key: value for key, value in detail.items() if value},
        )

    def _counted(self, said: Message, at: str) -> Message:
        tokens, source = weights.counted(said, self.tracked.core.memory.rules.count)
        return replace(said, at=at, tokens=tokens, tokens_source=source)

    def _cost(self, answer: Answer, usage: Usage, model: str, status: Status) -> Cost:
        """What the provider says, else by the prices. A refused call costs nothing; of one that
        broke off nobody knows what was generated beside what arrived.
        """
        core = self.tracked.core
        if answer.cost:
            return answer.cost
        if status in _REFUSED and not answer.text:
            return Cost(0, "refused")
        if status != "ok" and usage.estimated:
            return Cost()
        return core.price_of(usage, model, core.now()) if usage.total_tokens else Cost()

    def _usage(self, answer: Answer, status: Status) -> Usage:
        """What the provider says. In the middle of an answer it cannot say what that is."""
        told = answer.usage
        if told is None or status == "ok":
            return told or self._estimate(answer, status)
        came = self._estimate(answer, status).output_tokens
        return replace(told, output_tokens=max(told.output_tokens, came), estimated=True)

    def _estimate(self, answer: Answer, status: Status) -> Usage:
        """Of a call that does not say what it used, by what was sent and what came."""
        reply = _reply(answer)
        if status != "ok" and not reply:
            return Usage()
        count = self.tracked.core.memory.rules.count
        given = sum(weights.counted(one, count)[0] for one in self._asked.messages)
        said = sum(weights.counted(one, count)[0] for one in reply)
        return Usage(given, said, estimated=True)


def _reply(answer: Answer) -> Sequence[Message]:
    if not (answer.text or answer.tool_calls):
        return ()
    return (Message("assistant", answer.text, tool_calls=answer.tool_calls),)


async def kept(recording: Recording, end: Callable[..., None], *args: Any) -> None:
    """`end` of a recording for a program with an event loop, which does not wait for a disk. When
    the task is cancelled before it has begun, it is done soon after.
    """
    store = recording.tracked.core.store
    if not store.lasting:
        end(*args)
        return
    try:
        await threads.run(end, *args, key=recording.tracked.session_id, group=store.group)
    except asyncio.CancelledError:
        WATCH.later(functools.partial(end, *args))
        raise
