"""The request of a call: what its provider is told, and what a refusal teaches about that."""

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from ai_sessions.conversations import handover, new_messages, told, windows
from ai_sessions.errors import AiSessionsError, NotFound, ProviderError
from ai_sessions.jobs import Job, Kit
from ai_sessions.memory import weights
from ai_sessions.providers.contract import Event, Provider, Reply, Request
from ai_sessions.records import Entry, Interaction, Message, Resume, Session
from ai_sessions.store.contract import Store

#: By our count, so many times of what a server has read and at least so many tokens are no
#: difference of vocabularies: something was left out.
_CUT_FROM, _LEAST_CUT = 2, 2_000


def with_own_history(job: Job, store: Store) -> Job:
    """A job that brings its history: with what the log lacks of it, in no conversation that an
    agent keeps. Any other: as it is.
    """
    if job.history is None:
        return job
    asked = (Message("user", job.kept or job.prompt),) if job.prompt else ()
    sent = (*job.history, *asked)
    unsaid = new_messages.new(store, store.read(job.session), sent)
    return replace(job, unsaid=unsaid, ephemeral=True)


def request(job: Job, provider: Provider, kit: Kit, asked: Resume | None) -> Request:
    """The call as it should be: continuing where the provider can, told the past where not, and
    told what others said since it was asked last. Raises `Unsupported` for what it cannot do.
    """
    keeps = provider.quirks.keeps_context
    made = Request(
        prompt=_prompt(job, provider, kit, asked) if keeps else job.prompt,
        cwd=job.cwd,
        model=job.model,
        access=job.access,
        resume=asked if keeps else None,
        new_id=str(uuid.uuid4()) if provider.quirks.chooses_id and not asked else "",
        title=job.session,
        ephemeral=job.ephemeral,
        history=() if keeps else _history(job, provider, kit),
        parts=() if keeps else job.parts,
        schema=job.schema,
        options=job.options,
        tools=job.tools,
        is_exact=job.is_exact,
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
    if job.tools or job.is_exact:
        from ai_sessions.providers import abilities

        abilities.check(provider, made, job.history or ())
    return made


def texts(request: Request) -> Iterator[str]:
    """All that a provider is told in a call."""
    yield from (one.text for one in request.history)
    yield request.prompt


def _prompt(job: Job, provider: Provider, kit: Kit, asked: Resume | None) -> str:
    """For a provider that keeps the conversation: with what it does not know of ours."""
    if job.alone:
        return job.prompt
    if job.history is not None:
        return _with_own_history(job.prompt, job.history)
    if asked:
        missed = handover.since(kit.store, job.session, provider.name)
        return handover.with_missed(job.prompt, missed)
    return told.handed_over(kit.store, job.session, job.prompt, kit.memory, job.brief)


def _with_own_history(prompt: str, history: tuple[Message, ...]) -> str:
    """In one text; an agent is shown no images and files."""
    if prompt or not history:
        return handover.with_record(prompt, history)
    return handover.with_record(weights.told(history[-1]), history[:-1])


def _history(job: Job, provider: Provider, kit: Kit) -> tuple[Message, ...]:
    """For a provider that keeps none."""
    if job.alone:
        return ()
    if job.history is not None:
        return job.history
    found = told.history(kit.store, job.session, _question(job), _holder(job, provider, kit))
    # what the log has of images and files may be masked
    return tuple(replace(one, parts=()) if one.parts else one for one in found)


def _question(job: Job) -> told.Question:
    return told.Question(job.prompt, job.schema, job.parts)


def _holder(job: Job, provider: Provider, kit: Kit) -> told.Holder:
    if provider.quirks.keeps_context:
        return told.Holder(kit.memory, told.HANDED_OVER)
    return told.Holder(kit.memory, window_in(kit, job.session, provider, job.model))


def summarize(job: Job, provider: Provider, kit: Kit) -> tuple[str, ...]:
    """Summarize older messages before a call that would tell too many of them; returns warnings."""
    knows = provider.quirks.keeps_context and provider.name in kit.store.read(job.session).resume
    if job.alone or knows or job.history is not None:
        return ()
    try:
        holder = _holder(job, provider, kit)
        warning = told.fold_if_due(kit.store, kit.now(), job.session, _question(job), holder)
    except Exception as error:
        return (f"nothing was summarized: {error}",)
    return (warning,) if warning else ()


def summarize_after(job: Job, provider: Provider, kit: Kit, session: Session) -> None:
    """The same after a call, of a provider that keeps no conversation. Raises what the summarizer
    raises, and `ProviderError` for what the user should be told.
    """
    holder, nothing = _holder(job, provider, kit), told.Question("")
    warning = told.fold_if_due(kit.store, kit.now(), session.name, nothing, holder)
    if warning:
        raise ProviderError(warning)


def learnt(
    job: Job, provider: Provider, kit: Kit, asked: Request, reply: Reply
) -> tuple[Entry, ...]:
    """What a context error tells of a model; agents have windows of their own."""
    failure = reply.failure
    if provider.quirks.keeps_context or not failure or failure.status != "context_too_long":
        return ()
    sent = told.tokens(kit.memory, asked.history, _question(job))
    return (windows.learnt(provider.name, job.model, failure, sent, kit.now()),)


def cut_by_server(
    job: Job, provider: Provider, kit: Kit, asked: Request, reply: Reply
) -> tuple[str, ...]:
    """A warning of an answer to less than was sent: some servers cut off the beginning of what is
    too long, and say nothing but how many tokens they have read.
    """
    read = reply.usage.input_tokens
    if provider.quirks.keeps_context or reply.failure or reply.usage.estimated or not read:
        return ()
    sent = told.tokens(kit.memory, asked.history, _question(job))
    if sent < read * _CUT_FROM or sent < _LEAST_CUT:
        return ()
    return (
        f"{_name(job, provider)} has read {read:,} tokens of about {sent:,}: it may have cut off "
        f"the beginning; set AI_WINDOW={read}, or have the server hold more",
    )


def shorten(job: Job, provider: Provider, kit: Kit) -> str:
    """Summarize what was more than a model holds; returns what to say of it."""
    holder = _holder(job, provider, kit)
    with suppress(AiSessionsError):  # then less of it is told all the same
        told.fold(kit.store, kit.now(), job.session, _question(job), holder)
    name = _name(job, provider)
    warning = f"{name} was told more than it holds, and is asked again with at most"
    warning = f"{warning} {holder.limit(kit.store.read(job.session)):,} tokens"
    kit.watch(Event("retry", "more than its model holds; asking again with less"))
    return warning


def not_heeded(job: Job, provider: Provider, call: Interaction) -> tuple[str, ...]:
    """A warning of what the job asked for and an agent does not take."""
    names = call.detail.get("ignored")
    return (f"{_name(job, provider)} takes no {', '.join(names)}: ignored",) if names else ()


def _name(job: Job, provider: Provider) -> str:
    return f"{provider.name} {job.model}".strip()


def window_in(kit: Kit, name: str, provider: Provider, model: str) -> int | None:
    """Tokens that a model holds at once, its answer included: as its server has said in session
    `name`, else as is known of it. None: nobody knows.
    """
    window = kit.window_of(provider, model)
    with suppress(NotFound):
        return windows.of(kit.store.read(name), provider.name, model, window, kit.now())
    return window
