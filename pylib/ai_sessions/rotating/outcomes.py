"""How a call ended, as rotation learns from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from ai_sessions import times
from ai_sessions.rotation.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ai_sessions.jobs import Job
    from ai_sessions.providers.contract import Reply
    from ai_sessions.records import Interaction
    from ai_sessions.rotation.records import Candidate, Mark, Place, Told


class Book(Protocol):
    """What is known of models and their quotas; `ledger.quotas.Quotas` keeps it."""

    def candidates(self, places: Sequence[Place], now: datetime) -> tuple[Candidate, ...]: ...

    def learn(
        self,
        place: Place,
        outcome: Outcome,
        now: datetime,
        *,
        told: Sequence[Told] = (),
        offline: bool = False,
    ) -> Mark: ...


def outcome_of(call: Interaction, reply: Reply | None, *, is_sole: bool = False) -> Outcome:
    """How a call ended, as rotation learns from it. `is_sole`: as `Job` says."""
    failure = reply.failure if reply else None
    return Outcome(
        status=call.status,
        at=times.parsed(call.at),
        http=failure.http if failure else 0,
        tokens=call.usage.total_tokens,
        latency_ms=call.duration_ms,
        cost_nusd=call.cost.nusd,
        billed=was_billed(call),
        message=_without(call.model, failure.told or failure.message) if failure else "",
        until=failure.until if failure else None,
        sole=is_sole,
        was_sent=not (failure and failure.refused and failure.status == "network"),
    )


def learnt(book: Book, job: Job, call: Interaction, reply: Reply, now: datetime) -> None:
    """Keep what a call of rotation's tells; of one that was not sent, `Rotation` does when it is
    known whether others can be reached.
    """
    outcome = outcome_of(call, reply, is_sole=job.is_sole)
    if job.place and not was_unreachable(outcome):
        book.learn(job.place, outcome, now, told=reply.told)


def was_billed(call: Interaction) -> bool:
    """The server itself has said that the call costs money; a table of prices says it of models
    that are free with this account, too.
    """
    return call.cost.source == "client" and bool(call.cost.nusd)


def was_unreachable(outcome: Outcome) -> bool:
    """No connection came about: the server may be down, or this machine offline."""
    return outcome.status == "network" and not outcome.was_sent


def _without(model: str, told: str) -> str:
    """What was told, without the model's own name: it stands before each reason, and five models
    with the same reason are told together.
    """
    if not re.search(r"[/:\d-]", model):  # a word, which may mean something else there
        return told
    name = rf"['\"`]?{re.escape(model)}['\"`]?(?![\w/:-])"
    return re.sub(rf"^{name} |( for)? {name}", "", told).rstrip(". ")
