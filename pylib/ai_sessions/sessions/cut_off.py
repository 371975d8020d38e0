"""Calls that were begun and never came to their end: recorded by what the agent's own log tells.

Such a call has what its conversation used from its beginning until its process was last seen alive,
and nothing after that: what a person said in the agent's own window is left to `import`, which
leaves out the same span. So each answer is counted once, whoever looks first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import ids, times, tokens
from ai_sessions.errors import AiSessionsError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import shown
from ai_sessions.providers import logs
from ai_sessions.providers.meters import Used
from ai_sessions.records import (
    SUMMARY,
    Change,
    Continuity,
    Interaction,
    Json,
    Resume,
    Session,
    Usage,
    stamp,
)
from ai_sessions.sessions import drafts

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Event, Watch
    from ai_sessions.records import Message
    from ai_sessions.sessions.drafts import Draft
    from ai_sessions.store.contract import Store

#: What a conversation of a provider used from a time to another, by the agent's own log.
Logged = Callable[[str, str, datetime, datetime], Used]
#: What a draft has beside the answer.
_TOLD = ("tool", "note", "retry", "switch")
#: In the details of a call: the id of the one that was made in its place.
_REPEATED_AS = "repeated_as"
#: The same: the id of the first call of a request for which several models were asked.
_REQUEST = "request"
#: In what is noted of a call: about how many tokens it sends, and whether that has the conversation
#: so far in it.
SENT, HAS_HISTORY = "sent", "has_history"
#: So many entries have the last call, with what came after it.
_LATEST = 50
#: An agent that lost its owner is ended, and may say so long what it was about to say.
_ENDS_IN = timedelta(seconds=2)


def nothing_logged(_provider: str, _conversation: str, _since: datetime, _until: datetime) -> Used:
    """For who has no agents' logs."""
    return Used()


@dataclass(frozen=True, slots=True)
class Books:
    """What is needed to account for a call. `log_dir`: where a session's raw output is."""

    store: Store
    now: Callable[[], datetime]
    logged: Logged = nothing_logged
    log_dir: Callable[[str], Path | None] = lambda _session: None


class Heard:
    """A watch that keeps what has come of a call, which may not live to its end: its answer, also
    in `draft`, and on record the id of the conversation that it begins.
    """

    def __init__(self, store: Store, name: str, intended: Json, watch: Watch, draft: Draft) -> None:
        self._store, self._name, self._watch = store, name, watch
        self._intended = dict(intended)
        self._said: list[str] = []
        self._draft = draft

    def __call__(self, event: Event) -> None:
        if event.kind == "text":
            if event.begins:
                self._said.clear()
            self._said.append(event.text)
            self._draft.add(event)
        elif event.kind in _TOLD:
            self._draft.add(event)
        elif event.kind == "conversation" and event.text != self._intended["resume"]:
            self._intended["resume"] = event.text
            self._store.append(self._name, [Change("calling", dict(self._intended))])
        self._watch(event)

    def answer(self) -> str:
        """The last message that it began, as far as that has come."""
        return "".join(self._said)


@contextmanager
def noted(
    books: Books,
    name: str,
    intended: Json,
    watch: Watch,
    question: Message | None = None,
) -> Iterator[Heard]:
    """Put on record that a call is about to be made; what is to hear of it in place of `watch`:
    the id of its conversation is where to look should we be killed.

    `question`: kept until the call is recorded, with what comes of the answer; None: no words are.
    """
    draft, folder = drafts.Draft(), books.log_dir(name)
    if question and folder:
        draft.begin(folder, intended["id"], question)
    try:
        books.store.append(name, [Change("calling", intended)])
        yield Heard(books.store, name, intended, watch, draft)
    finally:
        draft.close()


def settle(
    books: Books,
    name: str,
    until: datetime | None = None,
    said: Sequence[Message] = (),
) -> Iterator[str]:
    """Record the call of a session that has no answer, if there is one, and say so.

    Only for the holder of the session's turn. `until`: when it ended; None: it is not known.
    `said`: the question, and what had come of the answer; empty: as its draft has them.
    """
    session = books.store.read(name)
    cut_off = session.calling
    if not cut_off:
        return
    call, folder = call_of(books, session, until), books.log_dir(name)
    words = tuple(said) or drafts.read(folder, call.id, call.at)
    call = replace(call, messages=words, usage=_usage(call, cut_off, words))
    books.store.append(name, [call, Change("calling", {})])
    drafts.forget(folder)
    what = " ".join(filter(None, (call.task, call.purpose)))
    begun = times.told(str(cut_off.get("at", "")), books.now())
    nusd = call.cost.nusd
    cost = "it may have cost money" if nusd is None else f"it cost {shown(nusd)}"
    yield f"the last call ({what}, begun {begun}) was cut off; {cost}"


def _usage(call: Interaction, cut_off: Json, words: Sequence[Message]) -> Usage:
    """What it used by the log of its agent; where there is none, about what was sent and has come.
    Nothing may have been used by a call of which nothing came.
    """
    answer = "".join(one.text for one in words if one.role == "assistant")
    if call.usage.total_tokens or not answer:
        return call.usage
    asked = "\n".join(one.text for one in words if one.role != "assistant")
    used = tokens.usage(asked, answer)
    return replace(used, input_tokens=int(cut_off.get(SENT) or used.input_tokens))


def settle_all(books: Books, names: Iterable[str]) -> bool:
    """The same for sessions that nobody is working in; whether there was such a call."""
    settled = False
    for name in names:
        with suppress(AiSessionsError), books.store.turn(name, 0):
            settled = bool(list(settle(books, name))) or settled
    return settled


def repeated(call: Interaction, id_: str) -> Interaction:
    """The call as one that was made again, as the call of that id."""
    return replace(call, detail={**call.detail, _REPEATED_AS: id_})


def of_request(id_: str) -> dict[str, str]:
    """What tells, in the details of a call, that it is a further one of a request."""
    return {_REQUEST: id_} if id_ else {}


def recorded(books: Books, name: str, id_: str) -> tuple[Interaction, ...]:
    """The call of an id with what else was tried for the same, from the session that it was begun
    in, which may have another name now; recorded now if it was cut off. Empty: no session has it,
    or somebody works in that one.
    """
    renamed = [one.name for one in books.store.sessions() if one.calling.get("id") == id_]
    for place in dict.fromkeys((name, *renamed)) if id_ else ():
        with suppress(AiSessionsError):
            with books.store.turn(place, 0):
                list(settle(books, place))
            latest = books.store.entries(place, last=_LATEST)
            found = [one for one in latest if isinstance(one, Interaction)]
            if any(one.id == id_ for one in found):
                return tuple(one for one in found if id_ in _names(one))
    return ()


def _names(call: Interaction) -> tuple[object, ...]:
    """By what a call can be found: its id, and those of the request that it is a part of."""
    return call.id, call.detail.get(_REPEATED_AS), call.detail.get(_REQUEST)


def call_of(books: Books, session: Session, until: datetime | None = None) -> Interaction:
    """The call that is under way in a session, as far as the agent's own log tells it."""
    cut_off = session.calling
    provider, now = str(cut_off.get("provider", "")), books.now()
    began = times.read(cut_off.get("at")) or now
    if until is None:
        seen = logs.last_written(books.log_dir(session.name), provider, began)
        until = min(now, seen + _ENDS_IN) if seen else began
    resume, continues = _as_it_was(session, cut_off)
    used = books.logged(provider, resume.id, began, until) if resume else Used()
    model = str(cut_off.get("model", ""))
    return Interaction(
        # the one it was begun with: whoever held money for the call finds it
        id=str(cut_off.get("id") or ids.new()),
        at=stamp(until),
        provider=provider,
        model=model if model in used.shares or not used.shares else used.model,
        messages=(),
        usage=used.usage,
        cost=used.cost,
        by_model=used.shares if len(used.shares) > 1 else {},
        cost_by_model=used.costs if len(used.shares) > 1 else {},
        status="interrupted",
        duration_ms=round((until - began).total_seconds() * 1000),
        purpose=str(cut_off.get("purpose", "")),
        task=str(cut_off.get("task", "")),
        continuity=_continuity(cut_off, continues),
        # nobody goes on in a conversation that was about this one
        resume=None if cut_off.get("purpose") == SUMMARY else resume,
        detail={
            "error": "cut off before its answer was saved",
            "begun": cut_off.get("at", ""),
            **of_request(str(cut_off.get(_REQUEST) or "")),
        },
    )


def _continuity(cut_off: Json, continues: bool) -> Continuity:
    return "resumed" if continues or cut_off.get(HAS_HISTORY) else "new"


def _as_it_was(session: Session, cut_off: Json) -> tuple[Resume | None, bool]:
    """How to continue after it, and whether it continued: what was carried over still holds."""
    id_ = str(cut_off.get("resume") or "")
    known = session.resume.get(str(cut_off.get("provider", "")))
    if known and known.id == id_:
        return known, True
    return (Resume(id_) if id_ else None), False
