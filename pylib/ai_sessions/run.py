"""The line: one call of a model, from a prompt to a saved, priced, verified result.

Every door and every workflow step goes through `run`; nothing else talks to a provider.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from ai_sessions import ids, names, tokens
from ai_sessions.accounting.budgets import Allowance, Reserved
from ai_sessions.conversations import handover, outcomes, requests
from ai_sessions.errors import (
    AiSessionsError,
    ConfigError,
    ContextLost,
    ProviderError,
    Taken,
    Unsupported,
)
from ai_sessions.jobs import Job, Kit, Result, Rotates, Step
from ai_sessions.providers.contract import Event, Provider, Reply, Request
from ai_sessions.records import Change, Entry, Interaction, Message, Resume, Session, stamp
from ai_sessions.sessions import cut_off, drafts, projects
from ai_sessions.sessions.cut_off import Heard
from ai_sessions.store.contract import Store

#: Names a session may have: its own, with the repository's, with a mark.
_NAMES = 3


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
    if isinstance(provider, Rotates):
        return provider.attempt(job, kit, _attempt)
    return _attempt(job, provider, kit)


def _attempt(job: Job, provider: Provider, kit: Kit) -> Result:
    """As `attempt`, by a provider that stands for itself."""
    job, moved = _in_a_session(job, kit.store)
    is_new = is_unused(kit.store, job.session)
    try:
        summarized = requests.summarize(job, provider, kit)
        result = _run(job, provider, kit)
        return replace(result, warnings=(*moved, *summarized, *result.warnings))
    except AiSessionsError:
        with suppress(AiSessionsError):  # in use by now, or gone: what failed counts more
            if is_new and is_unused(kit.store, job.session):
                kit.store.discard(job.session)
        raise


def is_unused(store: Store, name: str) -> bool:
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
        job = requests.with_own_history(_within(job, reserved.allowance), kit.store)
        known = _to_continue(job, provider, kit)
        asked = known if known and names.is_conversation(known.id) else None
        if known and not asked:
            warnings.append(_lost(job, provider, known))
        request = last = requests.request(job, provider, kit, asked)
        kit.watch(Event("phase", f"{job.task} {job.purpose}".strip()))
        started = kit.now()
        reply = _called(job, provider, kit, request, id_, reserved)
        if _may_be_repeated(job, asked, request, reply):
            before = _put_aside(job, provider, kit, request, reply, started, id_)
            reserved.called = False
            warnings.append(_made_fit(job, provider, kit, asked))
            started, last = kit.now(), requests.request(job, provider, kit, None)
            reply = _called(job, provider, kit, last, id_, reserved)
        interaction = outcomes.interaction(job, provider, kit, request, reply, started, id_)
        learnt = requests.learnt(job, provider, kit, last, reply)
        session = _saved(kit, job, reply, interaction, learnt)
    warnings += requests.not_heeded(job, provider, interaction)
    warnings += requests.cut_by_server(job, provider, kit, last, reply)
    warnings += _follow_up(_steps(job, provider, kit, reply), interaction, session)
    error = outcomes.error(job, provider, reply.failure, kit.now()) if reply.failure else None
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
        reply=reply,
    )


def _to_continue(job: Job, provider: Provider, kit: Kit) -> Resume | None:
    """The provider's conversation, unless ours was cleared since."""
    if job.alone or job.history is not None:
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
    at = stamp(kit.now())
    intended = {
        "id": id_,
        "at": at,
        "provider": provider.name,
        "model": request.model,
        "purpose": job.purpose,
        "task": job.task,
        "resume": request.resume.id if request.resume else request.new_id,
        cut_off.SENT: tokens.estimate("\n".join(requests.texts(request))),
        cut_off.HAS_HISTORY: bool(request.history),
        **({"request": job.request} if job.request else {}),
    }
    question = Message("user", outcomes.question(job), at) if kit.keeps_words else None
    with cut_off.noted(books(kit), job.session, intended, kit.watch, question) as heard:
        return _heard(job, provider, kit, request, reserved, heard)


def _heard(
    job: Job, provider: Provider, kit: Kit, request: Request, reserved: Reserved, heard: Heard
) -> Reply:
    reserved.called, began = True, kit.now()
    try:
        return outcomes.dated(provider.run(request, heard), kit.now())
    except (ConfigError, ProviderError, Unsupported):  # nothing was called
        reserved.called = False
        kit.store.append(job.session, [Change("calling", {})])
        drafts.forget(kit.log_dir(job.session))
        raise
    except BaseException:  # Ctrl-C, SIGTERM: the agent has ended, and its log tells what it used
        ended = kit.now()
        said = outcomes.messages(job, heard.answer(), began, ended)
        with suppress(Exception):
            list(cut_off.settle(books(kit), job.session, ended, said))
            kit.on_recorded(job.session)
        raise


def books(kit: Kit) -> cut_off.Books:
    """What accounts for a call that was cut off."""
    return cut_off.Books(kit.store, kit.now, kit.logged, kit.log_dir)


def _may_be_repeated(job: Job, asked: Resume | None, request: Request, reply: Reply) -> bool:
    """Whether a call failed by what it was to continue, so that it may be made without that. A
    history that the job has brought is not ours to cut.
    """
    if job.history is not None:
        return False
    status = reply.failure.status if reply.failure else "ok"
    if asked:
        return status == "session_gone"
    return status == "context_too_long" and bool(request.history)


def _made_fit(job: Job, provider: Provider, kit: Kit, asked: Resume | None) -> str:
    """What to say before a call is made again: in a new conversation, or with less of ours."""
    return _lost(job, provider, asked) if asked else requests.shorten(job, provider, kit)


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
    first = outcomes.interaction(job, provider, kit, request, reply, started, ids.new())
    learnt = requests.learnt(job, provider, kit, request, reply)
    before = (cut_off.repeated(first, id_),) if first.cost.nusd != 0 or learnt else ()
    kit.store.append(job.session, [*before, *learnt, Change("calling", {})])
    return before


def _saved(kit: Kit, job: Job, reply: Reply, call: Interaction, learnt: Sequence[Entry]) -> Session:
    """The session with the call in its log, where its words are safe."""
    session = kit.store.append(job.session, [*outcomes.entries(kit, job, reply, call), *learnt])
    kit.on_recorded(job.session)
    drafts.forget(kit.log_dir(job.session))
    return session


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


def _steps(job: Job, provider: Provider, kit: Kit, reply: Reply) -> tuple[Step, ...]:
    """What is done after each call."""

    def learn(call: Interaction, _session: Session) -> None:
        kit.learn(job, provider, call, reply)

    def limits(call: Interaction, session: Session) -> None:
        kit.limits(call, session, outcomes.account_of(provider))

    def summarize(_call: Interaction, session: Session) -> None:
        requests.summarize_after(job, provider, kit, session)

    if job.alone or job.history is not None or provider.quirks.keeps_context:
        return (*kit.steps, limits, learn)
    return (*kit.steps, limits, learn, summarize)


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
