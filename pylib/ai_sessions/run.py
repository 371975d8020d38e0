"""The line: one call of a model, from a prompt to a saved, priced, verified result.

Every door and every workflow step goes through `run`; nothing else talks to a provider.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from ai_sessions import ids, names, times
from ai_sessions.accounting.budgets import Allowance, Limit, Reserved
from ai_sessions.conversations import handover, told, windows
from ai_sessions.conversations.memory import Memory
from ai_sessions.errors import (
    AiSessionsError,
    ConfigError,
    ContextLost,
    LimitReached,
    NotFound,
    ProviderError,
    Taken,
    TimedOut,
)
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers import resets
from ai_sessions.providers.contract import (
    Edits,
    Event,
    Failure,
    HasAccount,
    Provider,
    Reply,
    Request,
    Watch,
)
from ai_sessions.records import (
    About,
    Change,
    Continuity,
    Cost,
    Entry,
    Interaction,
    Json,
    Message,
    PriceOf,
    Resume,
    Segment,
    Session,
    Status,
    Summary,
    stamp,
)
from ai_sessions.sessions import cut_off, drafts, projects
from ai_sessions.sessions.cut_off import Heard
from ai_sessions.stopping import Stop
from ai_sessions.store.contract import Store

#: Names a session may have: its own, with the repository's, with a mark.
_NAMES = 3

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

#: Something to do after the reply is safe; what it raises becomes a warning.
Step = Callable[[Interaction, Session], None]
#: Cost of a usage on a model at a time; `Cost()` when the price is unknown.


@dataclass(frozen=True, slots=True)
class Job:
    """One call to make, as a door or a workflow step asks for it."""

    session: str
    about: About
    prompt: str
    cwd: Path
    purpose: str
    task: str = ""
    model: str = ""
    access: Literal["read", "edit"] = "read"
    schema: Json | None = None
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    lock_wait_s: float = 60.0
    budget_nusd: int | None = None
    limits: tuple[Limit, ...] = ()
    """Limits of the work itself, beside the user's own: those of a plan and of its tasks."""
    require_resume: bool = False
    ephemeral: bool = False
    """Nobody will continue the conversation, so that the agent need not keep it."""
    branch: str = ""
    commit: str = ""
    id: str = ""
    """Of the call, for who keeps a note of it before it is made; empty: a new one."""
    stop: Stop | None = None
    """Ends the call from outside; what was said by then is kept, with the status `interrupted`."""
    streams: bool = False
    """Somebody reads along: `Kit.watch` is told the answer in small pieces."""
    alone: bool = False
    """The model is told the prompt and nothing of the conversation, which the call is about."""
    kept: str = ""
    """What the log has in place of the prompt; empty: the prompt."""
    brief: Callable[[], str] = lambda: ""
    """How the work stands, for an agent that takes a conversation over from another."""


#: Room under the user's budgets, held for the call of an id while it is under way. Raises
#: `LimitReached`.
Reserve = Callable[[Job, Provider, str], AbstractContextManager[Reserved]]


@dataclass(frozen=True, slots=True)
class Kit:
    """What `run` works with; doors get one from `assemble`."""

    store: Store
    price_of: PriceOf
    now: Callable[[], datetime]
    watch: Watch = lambda _event: None
    steps: tuple[Step, ...] = ()
    log_dir: Callable[[str], Path | None] = lambda _session: None
    """Where a session's raw provider output goes; None keeps nothing."""
    keeps_words: bool = True
    """False: these files stay empty, as signs of life."""
    limits: Callable[[Interaction, Session, str], None] = lambda _call, _session, _account: None
    """A step that is told the account, too: it keeps the limits that providers name."""
    logged: cut_off.Logged = cut_off.nothing_logged
    """What agents' own logs tell of a call that did not come to its end."""
    cost_of: Callable[[str], int | None] = lambda _id: None
    """What a call of that id cost, which no session that is here may have; None: nobody knows."""
    reserve: Reserve = lambda _job, _provider, _id: nullcontext(Reserved())
    memory: Memory = field(default_factory=Memory)
    """What a model is told that keeps no conversation itself, and when it is summarized."""
    window_of: Callable[[Provider, str], int | None] = lambda _provider, _model: None
    """Tokens that a model holds at once, its answer included; None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of the line."""

    text: str
    interaction: Interaction
    session: Session
    continuity: Continuity
    warnings: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    todos: tuple[Json, ...] = field(default=())
    edits: Edits | None = None
    """What the agent's tools did to files; None: nobody knows."""
    error: AiSessionsError | None = None
    """Why a call that was made and saved is no answer."""
    before: tuple[Interaction, ...] = ()
    """A first try that was paid, because the conversation that it was to continue was gone; or one
    that told the model more than it holds.
    """


def run(job: Job, provider: Provider, kit: Kit) -> Result:
    """Make the call and save it, paid failures included.

    Raises `LockBusy` or `LimitReached` before anything is spent, `ContextLost` after saving when
    the conversation did not continue and `job.require_resume` is set, and `ProviderError`,
    `TimedOut` or `LimitReached` after saving when the provider failed. A session that was made for
    a call that was not made then goes to the trash.
    """
    result = attempt(job, provider, kit)
    if result.error:
        raise result.error
    return result


def attempt(job: Job, provider: Provider, kit: Kit) -> Result:
    """As `run`, for who keeps a record of each call: what `run` raises after saving is returned
    with the call, as `Result.error`.
    """
    job, moved = _in_a_session(job, kit.store)
    is_new = _is_empty(kit.store, job.session)
    try:
        summarized = _summarized(job, provider, kit)
        result = _run(job, provider, kit)
        return replace(result, warnings=(*moved, *summarized, *result.warnings))
    except AiSessionsError:
        with suppress(AiSessionsError):  # in use by now, or gone: what failed counts more
            if is_new and _is_empty(kit.store, job.session):
                kit.store.discard(job.session)
        raise


def _is_empty(store: Store, name: str) -> bool:
    """True for a session in which nothing was said and no call was begun, and that nobody made by
    `create`, which says that it is active.
    """
    session = store.read(name)
    if session.calling or session.totals.interactions:
        return False
    found = store.entries(name)
    return all(isinstance(entry, Change) and entry.key != "status" for entry in found)


def _run(job: Job, provider: Provider, kit: Kit) -> Result:
    """As `attempt`, in a session that is there."""
    id_, turn = job.id or ids.new(), kit.store.turn(job.session, job.lock_wait_s)
    before: tuple[Interaction, ...] = ()
    with turn, _reserved(job, provider, kit, id_) as (reserved, warnings):
        job = _within(job, reserved.allowance)
        known = _to_continue(job, provider, kit)
        asked = known if known and names.is_conversation(known.id) else None
        if known and not asked:
            warnings.append(_lost(job, provider, known))
        request = _request(job, provider, kit, asked)
        kit.watch(Event("phase", f"{job.task} {job.purpose}".strip()))
        started = kit.now()
        reply = _called(job, provider, kit, request, id_, reserved)
        if _may_be_repeated(asked, request, reply):
            before = _put_aside(job, provider, kit, request, reply, started, id_)
            reserved.called = False
            warnings.append(
                _lost(job, provider, asked) if asked else _shortened(job, provider, kit)
            )
            started, afresh = kit.now(), _request(job, provider, kit, None)
            reply = _called(job, provider, kit, afresh, id_, reserved)
        interaction = _interaction(job, provider, kit, request, reply, started, id_)
        learnt = _learnt(job, provider, kit, request, reply)
        session = _saved(kit, job, reply, interaction, learnt)
    warnings += _follow_up(_steps(job, provider, kit), interaction, session)
    error = _error(job, provider, reply.failure, kit.now()) if reply.failure else None
    if job.require_resume and asked and interaction.continuity == "lost":
        error = ContextLost(*_gone(provider, asked))
    return Result(
        text=reply.text,
        interaction=interaction,
        session=session,
        continuity=interaction.continuity,
        warnings=tuple(warnings),
        denied=reply.denied,
        todos=reply.todos,
        edits=reply.edits,
        error=error,
        before=before,
    )


def _to_continue(job: Job, provider: Provider, kit: Kit) -> Resume | None:
    """The provider's conversation, unless ours was cleared since."""
    if job.alone:
        return None
    session = kit.store.read(job.session)
    known = session.resume.get(provider.name)
    return None if known and handover.is_over(kit.store, session, provider.name) else known


@contextmanager
def _reserved(
    job: Job, provider: Provider, kit: Kit, id_: str
) -> Iterator[tuple[Reserved, list[str]]]:
    """The money for a call, and warnings. A call that was killed is settled before: what it held
    may be more than it cost, and what it left at work goes on spending.
    """
    from ai_sessions.processes import leftovers

    leftovers.end(leftovers.usual_folder())
    settled = list(cut_off.settle(books(kit), job.session))
    with kit.reserve(job, provider, id_) as reserved:
        yield reserved, [*reserved.allowance.warnings, *settled]


def _in_a_session(job: Job, store: Store) -> tuple[Job, tuple[str, ...]]:
    """The job in a session that is there, and warnings. Another repository may have begun one of
    that name since ours was chosen; then it is the next name that is free.
    """
    for _attempt in range(_NAMES):
        with suppress(Taken):
            return job, _begun(job, store)
        name = job.session.partition("@")[0]
        job = replace(job, session=projects.session_for(store, name, job.about.project))
    return job, _begun(job, store)


def _begun(job: Job, store: Store) -> tuple[str, ...]:
    store.ensure(job.session, job.about)
    warning = projects.claim(store, job.session, job.about)
    return (warning,) if warning else ()


def _within(job: Job, allowed: Allowance) -> Job:
    """The job with the least of what it may cost: its own limit, and what the budgets leave."""
    limits = [nusd for nusd in (job.budget_nusd, allowed.left_nusd) if nusd is not None]
    return replace(job, budget_nusd=min(limits, default=None))


def _called(
    job: Job, provider: Provider, kit: Kit, request: Request, id_: str, reserved: Reserved
) -> Reply:
    """Call the provider, with the intention on record: if we are killed meanwhile, the next run
    knows that something may have been paid for. Only the answer, which has `id_`, takes it back.
    """
    intended = {
        "id": id_,
        "at": stamp(kit.now()),
        "provider": provider.name,
        "model": request.model,
        "purpose": job.purpose,
        "task": job.task,
        "resume": request.resume.id if request.resume else request.new_id,
    }
    question = Message("user", _on_record(job), intended["at"]) if kit.keeps_words else None
    with cut_off.noted(books(kit), job.session, intended, kit.watch, question) as heard:
        return _heard(job, provider, kit, request, reserved, heard)


def _heard(
    job: Job, provider: Provider, kit: Kit, request: Request, reserved: Reserved, heard: Heard
) -> Reply:
    reserved.called, began = True, kit.now()
    try:
        return _dated(provider.run(request, heard), kit.now())
    except (ConfigError, ProviderError):  # nothing was called
        reserved.called = False
        kit.store.append(job.session, [Change("calling", {})])
        drafts.forget(kit.log_dir(job.session))
        raise
    except BaseException:  # Ctrl-C, SIGTERM: the agent has ended, and its log tells what it used
        ended = kit.now()
        said = _messages(job, heard.answer(), began, ended)
        with suppress(Exception):
            list(cut_off.settle(books(kit), job.session, ended, said))
        raise


def window_in(kit: Kit, name: str, provider: Provider, model: str) -> int | None:
    """Tokens that a model holds at once, its answer included: as its server has said in session
    `name`, else as is known of it. None: nobody knows.
    """
    window = kit.window_of(provider, model)
    with suppress(NotFound):
        return windows.of(kit.store.read(name), provider.name, model, window, kit.now())
    return window


def books(kit: Kit) -> cut_off.Books:
    """What accounts for a call that was cut off."""
    return cut_off.Books(kit.store, kit.now, kit.logged, kit.log_dir)


def _dated(reply: Reply, now: datetime) -> Reply:
    """With the end of the limit that was reached, where it stands in the words of a failure."""
    failure = reply.failure
    if not failure or failure.until or failure.status not in LIMITED:
        return reply
    until = resets.of_text(failure.told or failure.message, now)
    return replace(reply, failure=replace(failure, until=until))


def _request(job: Job, provider: Provider, kit: Kit, asked: Resume | None) -> Request:
    """The call as it should be: continuing where the provider can, told the past where not, and
    told what others said since it was asked last.
    """
    keeps = provider.quirks.keeps_context
    return Request(
        prompt=_prompt(job, provider, kit, asked) if keeps else job.prompt,
        cwd=job.cwd,
        model=job.model,
        access=job.access,
        resume=asked if keeps else None,
        new_id=str(uuid.uuid4()) if provider.quirks.chooses_id and not asked else "",
        title=job.session,
        ephemeral=job.ephemeral,
        history=() if keeps else _history(job, provider, kit),
        schema=job.schema,
        timeout_s=job.timeout_s,
        silence_s=job.silence_s,
        budget_nusd=job.budget_nusd,
        price_of=kit.price_of,
        log_dir=kit.log_dir(job.session),
        keeps_words=kit.keeps_words,
        stop=job.stop,
        streams=job.streams,
        now=kit.now,
        purpose=job.purpose,
        feature=job.about.feature,
        task=job.task,
    )


def _prompt(job: Job, provider: Provider, kit: Kit, asked: Resume | None) -> str:
    """For a provider that keeps the conversation: with what it does not know of ours."""
    if job.alone:
        return job.prompt
    if asked:
        missed = handover.since(kit.store, job.session, provider.name)
        return handover.with_missed(job.prompt, missed)
    return told.handed_over(kit.store, job.session, job.prompt, kit.memory, job.brief)


def _history(job: Job, provider: Provider, kit: Kit) -> tuple[Message, ...]:
    """For a provider that keeps none."""
    if job.alone:
        return ()
    return told.history(kit.store, job.session, _question(job), _holder(job, provider, kit))


def _question(job: Job) -> told.Question:
    return told.Question(job.prompt, job.schema)


def _holder(job: Job, provider: Provider, kit: Kit) -> told.Holder:
    if provider.quirks.keeps_context:
        return told.Holder(kit.memory, told.HANDED_OVER)
    return told.Holder(kit.memory, window_in(kit, job.session, provider, job.model))


def _summarized(job: Job, provider: Provider, kit: Kit) -> tuple[str, ...]:
    """Summarize older messages before a call that would tell too many of them; returns warnings."""
    knows = provider.quirks.keeps_context and provider.name in kit.store.read(job.session).resume
    if job.alone or knows:
        return ()
    try:
        holder = _holder(job, provider, kit)
        warning = told.fold_if_due(kit.store, kit.now(), job.session, _question(job), holder)
    except Exception as error:
        return (f"nothing was summarized: {error}",)
    return (warning,) if warning else ()


def _may_be_repeated(asked: Resume | None, request: Request, reply: Reply) -> bool:
    """Whether a call failed by what it was to continue, so that it may be made without that."""
    status = reply.failure.status if reply.failure else "ok"
    if asked:
        return status == "session_gone"
    return status == "context_too_long" and bool(request.history)


def _put_aside(
    job: Job,
    provider: Provider,
    kit: Kit,
    request: Request,
    reply: Reply,
    started: datetime,
    id_: str,
) -> tuple[Interaction, ...]:
    """Put a first try on record, as the call `id_` made before; not one of which nothing came, no
    cost and nothing learnt.
    """
    first = _interaction(job, provider, kit, request, reply, started, ids.new())
    learnt = _learnt(job, provider, kit, request, reply)
    before = (cut_off.repeated(first, id_),) if first.cost.nusd != 0 or learnt else ()
    kit.store.append(job.session, [*before, *learnt, Change("calling", {})])
    return before


def _learnt(
    job: Job, provider: Provider, kit: Kit, request: Request, reply: Reply
) -> tuple[Entry, ...]:
    """What a context error tells of a model; agents have windows of their own."""
    failure = reply.failure
    if provider.quirks.keeps_context or not failure or failure.status != "context_too_long":
        return ()
    sent = told.tokens(kit.memory, request.history, _question(job))
    return (windows.learnt(provider.name, job.model, failure, sent, kit.now()),)


def _shortened(job: Job, provider: Provider, kit: Kit) -> str:
    """Summarize what was more than a model holds; returns what to say of it."""
    holder = _holder(job, provider, kit)
    with suppress(AiSessionsError):  # then less of it is told all the same
        told.fold(kit.store, kit.now(), job.session, _question(job), holder)
    name = f"{provider.name} {job.model}".strip()
    warning = f"{name} was told more than it holds, and is asked again with at most"
    warning = f"{warning} {holder.limit(kit.store.read(job.session)):,} tokens"
    kit.watch(Event("retry", warning))
    return warning


def _interaction(
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
        messages=_messages(job, reply.text, started, ended),
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
        detail=_detail(reply, _account_of(provider)),
    )


def _saved(kit: Kit, job: Job, reply: Reply, call: Interaction, learnt: Sequence[Entry]) -> Session:
    """The session with the call in its log, where its words are safe."""
    session = kit.store.append(job.session, [*_entries(kit, job, reply, call), *learnt])
    drafts.forget(kit.log_dir(job.session))
    return session


def _entries(kit: Kit, job: Job, reply: Reply, call: Interaction) -> list[Entry]:
    """What the log has of a call. An agent that has cut its memory short during it has left a break
    before it, and the summary that it goes on with, where it tells one.
    """
    if not reply.compacted:
        return [call]
    entries: list[Entry] = [
        Segment("compaction", {"provider": call.provider, **reply.compaction}),
        call,
    ]
    if reply.summary.strip():
        last = kit.store.read(job.session).last_seq
        entries.insert(0, Summary(reply.summary, last, kind="native", model=call.model))
    return entries


def _messages(job: Job, text: str, started: datetime, ended: datetime) -> tuple[Message, ...]:
    asked = Message("user", _on_record(job), at=stamp(started))
    if not text:
        return (asked,)
    return (asked, Message("assistant", text, at=stamp(ended)))


def _on_record(job: Job) -> str:
    """What the log has of the question."""
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


def _account_of(provider: Provider) -> str:
    """The account that a provider is used with; empty when it has but one."""
    return provider.account if isinstance(provider, HasAccount) else ""


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


def _gone(provider: Provider, asked: Resume) -> tuple[str, str]:
    return (
        f"{provider.name} no longer has the conversation {asked.id}: context lost",
        "run again without --require-resume to go on in a new conversation",
    )


def _lost(job: Job, provider: Provider, asked: Resume) -> str:
    """What to say before a new conversation is begun. Raises `ContextLost` when it must not be."""
    if job.require_resume:
        raise ContextLost(*_gone(provider, asked))
    return _gone(provider, asked)[0]


def _steps(job: Job, provider: Provider, kit: Kit) -> tuple[Step, ...]:
    """What is done after each call."""

    def limits(call: Interaction, session: Session) -> None:
        kit.limits(call, session, _account_of(provider))

    def summarize(_call: Interaction, session: Session) -> None:
        holder = _holder(job, provider, kit)
        warning = told.fold_if_due(kit.store, kit.now(), session.name, told.Question(""), holder)
        if warning:
            raise ProviderError(warning)

    if job.alone or provider.quirks.keeps_context:
        return (*kit.steps, limits)
    return (*kit.steps, limits, summarize)


def _follow_up(
    steps: Sequence[Step], interaction: Interaction, session: Session
) -> tuple[str, ...]:
    """Run the steps in order; the reply is safe already, so a failure is only a warning."""
    warnings: list[str] = []
    for step in steps:
        try:
            step(interaction, session)
        except Exception as error:
            name = getattr(step, "__name__", type(step).__name__)
            warnings.append(f"{name}: {error}")
    return tuple(warnings)


def _error(job: Job, provider: Provider, failure: Failure, now: datetime) -> AiSessionsError:
    kind = _RAISED.get(failure.status, ProviderError)
    if failure.status in LIMITED and failure.until and failure.until > now:
        limit = f"limit reached until {times.ahead(failure.until, now)}"
        told = f"{provider.name}: {limit}: {failure.message}"
        return kind(told, _AFTER_LIMIT, until=stamp(failure.until))
    hint = failure.hint
    if failure.status == "context_too_long" and not provider.quirks.keeps_context:
        hint = f"{hint}; what it is told: ai-session.sh context {job.session}"
    return kind(f"{provider.name}: {failure.message}", hint)


_RAISED: Mapping[Status, type[AiSessionsError]] = {
    "timeout": TimedOut,
    "limit": LimitReached,
    "budget": LimitReached,
    "rate_limit": LimitReached,
    "model": NotFound,
}
