"""A turn as events: what has come so far, what comes, and how it ended.

A client reads what is stored: the draft of the answer, then the session's log. So it may come back
after it was cut off, or ask another server of the same sessions, and is told what it has missed.
The id of an event says how far its reader is: `<call>.<attempt>.<number>.<characters>`; another
attempt (a conversation that was gone, a model that was passed over) makes what came before void.
The last one has `<call>.end`: who comes back with it has had all, and is told so by 204, lest
browsers, which come back by themselves, hear the end again and again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ai_sessions import threads
from ai_sessions.api import answering, problems
from ai_sessions.api.sse import Sent
from ai_sessions.errors import AiSessionsError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.sessions import drafts, export, latest

if TYPE_CHECKING:
    from ai_sessions.api.service import Service
    from ai_sessions.api.turns import Line, Turn

#: Seconds between two looks at a turn of another process.
_LOOK_S = 0.25
#: A turn of ours tells when something comes; this is for one that has nothing to tell.
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reader is in a call. `number`: events of the attempt. `characters`: of the answer
    as far as it is known.
    """

    call: str = ""
    attempt: str = ""
    number: int = 0
    characters: int = 0

    def __str__(self) -> str:
        return f"{self.call}.{self.attempt}.{self.number}.{self.characters}"


def place_of(text: str) -> Place:
    """From `Last-Event-ID`; what is none is the beginning."""
    parts = text.split(".")
    if len(parts) != 4 or not (parts[2].isdecimal() and parts[3].isdecimal()):
        return Place()
    return Place(parts[0], parts[1], int(parts[2][:9]), int(parts[3][:9]))


def end_of(call: str) -> str:
    """The id of the last event of a call: whoever had it has had all."""
    return f"{call}.end"


async def followed(
    service: Service,
    session: str,
    call: str,
    after: Place = Place(),  # noqa: B008 (frozen)
) -> AsyncIterator[Sent]:
    """The events of a call in a session after a place, up to its end."""
    reader = _Reader(call, after)
    source: drafts.Follower | _Words | None = None
    while not service.is_stopping:
        turn = service.turns.of(session)
        ours = turn if turn and turn.id == call else None
        has_ended = ours.is_over if ours else await threads.run(is_over, service, session, call)
        source = source or _source(service, session, ours)
        lines, is_another = await threads.run(source.new)
        for event in reader.events(lines, is_another=is_another):
            yield event
        if has_ended or reader.has_lost_it:
            for event in await _ending(service, session, call, reader, ours):
                yield event
            return
        if not lines:
            await (ours.wait(_PATIENCE_S) if ours else service.pause(_LOOK_S))
    yield Sent("stopping", {"call": call}, str(reader.place) if reader.place.number else "")


def _source(service: Service, session: str, turn: Turn | None) -> drafts.Follower | _Words:
    if turn and turn.words is not None:
        return _Words(turn.words)
    return drafts.Follower(service.log_dir(session))


class _Words:
    """The words of a turn that nobody keeps, as a `drafts.Follower` tells them."""

    def __init__(self, words: list[Line]) -> None:
        self._words, self._told = words, -1

    def new(self) -> tuple[list[Line], bool]:
        is_first = self._told < 0
        new = self._words[max(0, self._told) :]
        self._told = max(0, self._told) + len(new)
        return ([{"at": ""}, *new] if is_first else new), is_first


class _Reader:
    """From the lines of a draft to the events that its reader has not had."""

    def __init__(self, call: str, after: Place) -> None:
        self._call = call
        self._after = after if after.call == call else Place(call)
        self.place = self._after
        self._now = Place(call)
        self._text: str | None = None
        """The answer as far as it has come; None: its beginning was not seen."""
        self.has_lost_it = False
        """The draft is another call's: ours has ended."""

    def events(self, lines: list[Line], *, is_another: bool) -> list[Sent]:
        found: list[Sent] = []
        if is_another:
            head, lines = lines[0], lines[1:]
            if head.get("call", self._call) != self._call:
                self.has_lost_it = True
                return []
            attempt = "".join(filter(str.isdecimal, str(head.get("at", ""))))
            self._now, self._text = Place(self._call, attempt), ""
            if self.place.number and self.place.attempt != attempt:
                found.append(Sent("restart", {}))
                self._after = self.place = self._now
        return [*found, *filter(None, map(self._event, lines))]

    def _event(self, line: Line) -> Sent | None:
        kind, text = str(line.get("kind", "delta")), str(line.get("text", ""))
        begins = bool(line.get("begins"))
        before = 0 if begins else self._now.characters
        characters = before + (len(text) if kind == "delta" else 0)
        if self._text is not None and kind == "delta":
            self._text = ("" if begins else self._text) + text
        self._now = Place(self._call, self._now.attempt, self._now.number + 1, characters)
        if self._now.number <= self._after.number:
            return None  # it had that
        self.place = self._now
        data: dict[str, Any] = {"text": text}
        return Sent(kind, {**data, "begins": True} if begins else data, str(self._now))

    def missed(self, text: str) -> dict[str, Any] | None:
        """What has to be told of the whole answer, which it is now; None: nothing."""
        known = self._text if self._text is not None else text[: self.place.characters]
        if not text.startswith(known):
            return {"text": text, "begins": True}
        return {"text": text[len(known) :]} if text != known else None


def is_over(service: Service, session: str, call: str) -> bool:
    """Whether a call that another process made has ended; one whose process is gone is recorded."""
    if service.store.read(session).calling.get("id") != call:
        return True
    service.settle([session])
    return service.store.read(session).calling.get("id") != call


async def _ending(
    service: Service, session: str, call: str, reader: _Reader, turn: Turn | None
) -> list[Sent]:
    """What it came to, after what was missed of its answer."""
    try:
        result = await turn.result() if turn else None
        ended = await threads.run(latest.call, service.store, session, call)
    except (AiSessionsError, OSError) as error:
        known = problems.known(error)
        if known is None:
            raise
        return [Sent("failed", problems.of_error(known).body, end_of(call))]
    # what the log keeps none of is known to whoever made the call alone
    text = result.text if result and turn and turn.words is not None else latest.answer(ended)
    warnings = list(result.warnings) if result else []
    told = {"call": export.call(ended), "text": text, "warnings": warnings}
    place = Place(call, reader.place.attempt, reader.place.number + 1, len(text))
    missed = reader.missed(text)
    events = [Sent("delta", missed, str(place))] if missed else []
    if ended.status == "ok":
        return [*events, Sent("done", told, end_of(call))]
    problem = answering.problem(ended, result.error if result else None).body
    return [*events, Sent("failed", {**problem, **told}, end_of(call))]
