"""Calls whose caller tells the whole conversation each time, as chat APIs are asked.

Those of one session do not wait for each other, and no fault of the store takes an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ai_sessions.errors import AiSessionsError
from ai_sessions.providers.contract import CallPiece
from ai_sessions.providers.tools import arguments_of
from ai_sessions.rotating.fallback import Fallback
from ai_sessions.run import attempt, is_unused

if TYPE_CHECKING:
    from pathlib import Path

    from ai_sessions.jobs import Job, Kit, Result
    from ai_sessions.providers.contract import Event, Provider
    from ai_sessions.records import ToolCall
    from ai_sessions.rotating.fallback import Answerer
    from ai_sessions.store.concurrent import Concurrent
    from ai_sessions.store.contract import Store

Hear = Callable[[str], None]
HearCall = Callable[[CallPiece], None]
May = Callable[["Provider"], None]


def _anybody(_provider: Provider) -> None:
    pass


def _unheard(_piece: CallPiece) -> None:
    pass


class Heard:
    """What comes of an answer, passed on as soon as it cannot be taken back: an agent says what it
    is about to do before it answers.
    """

    def __init__(self, hear: Hear, may: May = _anybody, hear_call: HearCall = _unheard) -> None:
        """`may`: told who is asked, before; what it raises ends the call. `hear_call`: told pieces
        of what the model asks the client to do.
        """
        self._hear, self._may, self._hear_call = hear, may, hear_call
        self._is_live, self._has_said, self._has_called = True, False, False

    def asking(self, provider: Provider) -> None:
        self._may(provider)
        self._is_live = not provider.quirks.keeps_context

    def watch(self, event: Event) -> None:
        if not self._is_live:
            return
        if event.kind == "text" and event.text:
            self._has_said = True
            self._hear(event.text)
        elif event.call:
            self._has_called = True
            self._hear_call(event.call)

    def end(self, text: str, calls: Sequence[ToolCall] = ()) -> None:
        """The answer is whole: what was not passed on is."""
        if text and not self._has_said:
            self._hear(text)
        for index, one in enumerate(() if self._has_called else calls):
            self._hear_call(CallPiece(index, arguments_of(one), one.id, one.name, one.signature))


def ask(
    job: Job, answerers: Sequence[Answerer], kit: Kit, beside: Concurrent, heard: Heard
) -> Result:
    """The answer of the first of them that is there, on record, failures included
    (`Result.error`). `job.history` has what was said before. `beside`: what `kit.store` becomes.

    Raises as `run.attempt` does when nobody was called; a session that was made for it goes to the
    trash.
    """
    try:
        result = attempt(job, Fallback(answerers, heard.asking), _kit(kit, beside, heard))
    except AiSessionsError:
        with suppress(AiSessionsError):  # what failed counts more
            if is_unused(kit.store, job.session):
                kit.store.discard(job.session)
        raise
    if not result.error:
        heard.end(result.text, result.tool_calls)
    if beside.fault:
        return replace(result, warnings=(_lost(beside.fault), *result.warnings))
    return result


def _lost(fault: AiSessionsError) -> str:
    """Why an answer is not in its session; the hint says where it is safe, if it is."""
    hint = f" ({fault.hint})" if fault.hint else ""
    return f"an answer is not on record: {fault.message}{hint}"


def _kit(made: Kit, beside: Concurrent, heard: Heard) -> Kit:
    """Nothing follows a call that is in no session."""
    return replace(
        made,
        store=cast("Store", beside),
        watch=heard.watch,
        on_recorded=partial(_if_kept, beside, made.on_recorded),
        steps=tuple(partial(_if_kept, beside, step) for step in made.steps),
        limits=partial(_if_kept, beside, made.limits),
        learn=partial(_if_kept, beside, made.learn),
        log_dir=partial(_log_dir, beside, made),
    )


def _if_kept(beside: Concurrent, step: Callable[..., None], *given: Any) -> None:
    """A step after a call, unless the call could not be kept."""
    if not beside.fault:
        step(*given)


def _log_dir(beside: Concurrent, made: Kit, name: str) -> Path | None:
    """Of raw output and drafts: the call that has the turn has these to itself."""
    return None if beside.is_beside or beside.fault else made.log_dir(name)
