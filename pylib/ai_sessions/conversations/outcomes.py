"""What the log keeps of a call, what it cost, and the error that a failed one ends with."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ai_sessions import times
from ai_sessions.errors import AiSessionsError, LimitReached, NotFound, ProviderError, TimedOut
from ai_sessions.jobs import Job, Kit
from ai_sessions.memory import parts
from ai_sessions.providers import resets
from ai_sessions.providers.contract import Failure, HasAccount, Provider, Reply, Request
from ai_sessions.records import (
    Continuity,
    Cost,
    Entry,
    Interaction,
    Json,
    Message,
    PriceOf,
    Segment,
    Status,
    Summary,
    ToolCall,
    stamp,
)
from ai_sessions.sessions import cut_off

#: Characters of an answer that is no part of the conversation; who needs more has it by then.
_LONGEST_ALONE = 100_000

#: How a call ends that was refused before a model did anything.
_REFUSED = (
    *("auth", "billing", "rate_limit", "overloaded", "model"),
    *("context_too_long", "session_gone", "busy"),
)


#: How a call ends that came when a limit of its provider was reached.
LIMITED = ("rate_limit",)


_AFTER_LIMIT = (
    "run the same command again then, use another agent or model (--provider, --model), or let it "
    "wait: --retry 1 --retry-wait 6h"
)


def dated(reply: Reply, now: datetime) -> Reply:
    """With the end of the limit that was reached, where it stands in the words of a failure."""
    failure = reply.failure
    if not failure or failure.until or failure.status not in LIMITED:
        return reply
    until = resets.of_text(failure.told or failure.message, now)
    return replace(reply, failure=replace(failure, until=until))


def interaction(
    job: Job,
    provider: Provider,
    kit: Kit,
    request: Request,
    reply: Reply,
    started: datetime,
    id_: str,
) -> Interaction:
    """`request`: the one that was meant to continue the conversation, not a second try afresh."""
    ended = kit.now()
    cost, costs = _cost(reply, kit.price_of, ended)
    if cost.nusd and reply.failure and reply.usage.estimated:
        # it broke off: more may have been generated than arrived
        cost, costs = Cost(), {}
    return Interaction(
        id=id_,
        at=stamp(ended),
        provider=provider.name,
        model=reply.model,
        messages=messages(job, reply.text, started, ended, _calls(reply)),
        usage=reply.usage,
        cost=cost,
        status=reply.failure.status if reply.failure else "ok",
        duration_ms=round((ended - started).total_seconds() * 1000),
        purpose=job.purpose,
        task=job.task,
        continuity=_continuity(request, reply),
        resume=None if job.ephemeral else reply.resume,
        client_version=reply.client_version,
        branch=job.branch,
        commit=job.commit,
        by_model=reply.by_model,
        cost_by_model=costs,
        detail={
            **_detail(reply, account_of(provider)),
            **_ignored(job, provider),
            **cut_off.of_request(job.request),
            **job.detail,
        },
    )


def entries(kit: Kit, job: Job, reply: Reply, call: Interaction) -> list[Entry]:
    """What the log has of a call. An agent that has cut its memory short during it has left a break
    before it, and the summary that it goes on with, where it tells one.
    """
    if job.alone or not reply.compacted:
        return [call]
    entries: list[Entry] = [
        Segment("compaction", {"provider": call.provider, **reply.compaction}),
        call,
    ]
    if reply.summary.strip():
        last = kit.store.read(job.session).last_seq
        entries.insert(0, Summary(reply.summary, last, kind="native", model=call.model))
    return entries


def messages(
    job: Job,
    text: str,
    started: datetime,
    ended: datetime,
    calls: tuple[ToolCall, ...] = (),
) -> tuple[Message, ...]:
    asked = _asked(job, stamp(started))
    if not (text or calls):
        return asked
    kept = text[:_LONGEST_ALONE] if job.alone else text
    return (*asked, Message("assistant", kept, at=stamp(ended), tool_calls=calls))


def _calls(reply: Reply) -> tuple[ToolCall, ...]:
    """Those of an answer that came to its end: nobody does what was broken off."""
    return () if reply.failure else reply.tool_calls


def _asked(job: Job, at: str) -> tuple[Message, ...]:
    """What the log gets beside the answer: the question, or all it lacks of a job's own history."""
    if job.history is None:
        kept = tuple(map(parts.without_content, job.parts))
        return (Message("user", question(job), at=at, parts=kept),)
    return tuple(replace(one, at=one.at or at) for one in job.unsaid)


def question(job: Job) -> str:
    """What the log has of the question."""
    if not (job.kept or job.prompt) and job.history:
        return job.history[-1].text
    return job.kept or job.prompt


def _cost(reply: Reply, price_of: PriceOf, at: datetime) -> tuple[Cost, Mapping[str, int]]:
    """The client's own figure, or that of the price table, and what each of several models cost.

    A call that says nothing of what it used cost what nobody knows, unless it was refused: then it
    cost nothing, whatever the model.
    """
    if reply.cost:
        costs = reply.cost_by_model if reply.by_model else {}
        return reply.cost, costs if sum(costs.values()) == reply.cost.nusd else {}
    if not reply.usage.total_tokens:
        return (Cost(0, "refused") if _is_refused(reply.failure) else Cost()), {}
    return _priced(reply, price_of, at)


def _is_refused(failure: Failure | None) -> bool:
    return failure is not None and (failure.refused or failure.status in _REFUSED)


def _priced(reply: Reply, price_of: PriceOf, at: datetime) -> tuple[Cost, Mapping[str, int]]:
    """Each model's share at its own price; one unknown share makes the sum unknown."""
    shares = reply.by_model or {reply.model: reply.usage}
    costs = {model: price_of(usage, model, at) for model, usage in shares.items()}
    known = {model: cost.nusd for model, cost in costs.items() if cost.nusd is not None}
    if len(known) < len(costs):
        return Cost(), {}
    sources = sorted({cost.source for cost in costs.values()})
    return Cost(sum(known.values()), "+".join(sources)), known if reply.by_model else {}


def _continuity(request: Request, reply: Reply) -> Continuity:
    if request.history:
        return "resumed"
    if request.resume is None:
        return "new"
    return "resumed" if reply.resume and reply.resume.id == request.resume.id else "lost"


def account_of(provider: Provider) -> str:
    """The account that a provider is used with; empty when it has but one."""
    return provider.account if isinstance(provider, HasAccount) else ""


def _ignored(job: Job, provider: Provider) -> Json:
    if not job.is_exact:
        return {}
    from ai_sessions.providers import abilities

    found = abilities.ignored(provider, job.options)
    return {"ignored": list(found)} if found else {}


def _detail(reply: Reply, account: str) -> Json:
    detail = dict(reply.detail)
    if reply.denied:
        detail["denied"] = list(reply.denied)
    if reply.todos:
        detail["todos"] = [dict(todo) for todo in reply.todos]
    if reply.compacted:
        detail["compacted"] = True
    if reply.turns:
        detail["turns"] = reply.turns
    if failure := reply.failure:
        detail["error"] = failure.message
        retry_at = stamp(failure.until) if failure.until else ""
        if retry_at:
            detail["retry_at"] = retry_at
        if failure.status in LIMITED:
            detail["limit"] = {"until": retry_at, "window": failure.window, "account": account}
    return detail


def error(job: Job, provider: Provider, failure: Failure, now: datetime) -> AiSessionsError:
    kind = kind_of(failure.status)
    if failure.status in LIMITED and failure.until and failure.until > now:
        limit = f"limit reached until {times.ahead(failure.until, now)}"
        told = f"{provider.name}: {limit}: {failure.message}"
        return kind(told, _AFTER_LIMIT, until=stamp(failure.until))
    hint = failure.hint
    is_ours = job.history is None and not provider.quirks.keeps_context
    if failure.status == "context_too_long" and is_ours:
        hint = f"{hint}; what it is told: ai-session.sh context {job.session}"
    return kind(f"{provider.name}: {failure.message}", hint)


def kind_of(status: Status) -> type[AiSessionsError]:
    """What is raised for a call that ended so."""
    return _RAISED.get(status, ProviderError)


_RAISED: Mapping[Status, type[AiSessionsError]] = {
    "timeout": TimedOut,
    "limit": LimitReached,
    "budget": LimitReached,
    "rate_limit": LimitReached,
    "model": NotFound,
}
