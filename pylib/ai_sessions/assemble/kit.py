"""What the line works with: a store, prices, the clock, budgets, and the steps after a save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import todo
from ai_sessions.assemble import ledgers, stores
from ai_sessions.assemble.memory import memory, recall, summarizer
from ai_sessions.assemble.prices import prices
from ai_sessions.assemble.windows import window_of
from ai_sessions.config import Settings
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.jobs import Job, Kit, Reserve, Step
from ai_sessions.providers import meters
from ai_sessions.providers.contract import Provider, Reply, Watch
from ai_sessions.records import Interaction, Session, Usage
from ai_sessions.sessions import cut_off
from ai_sessions.store.contract import Store
from ai_sessions.store.files import raw_output

if TYPE_CHECKING:
    from ai_sessions.accounting.budgets import Reserved
    from ai_sessions.ledger.quotas import Quotas
    from ai_sessions.ledger.reserving import Budgets
    from ai_sessions.records import PriceOf

Tell = Callable[[str], None]
Clock = Callable[[], datetime]

#: Seconds that a call which is no part of a conversation waits for its part of a budget.
_LONGEST_ALONE_S = 30.0
#: Limits that are one amount; BUDGET_MODEL has several.
_SCOPES = ("call", "task", "feature", "session", "day", "month")


def _silent(_text: str) -> None:
    pass


def _now() -> datetime:
    return datetime.now(UTC)


def kit(
    settings: Settings,
    store: Store,
    watch: Watch,
    tell: Tell = _silent,
    environment: Mapping[str, str] | None = None,
    now: Clock = _now,
    *,
    is_recorded: bool = True,
) -> Kit:
    """What the line works with: the store, prices, the clock, and the steps after a save.

    Raw output is kept beside the session; where what is said must not be stored, empty files show
    when there was any. `environment`: where agents keep their own logs. `is_recorded` False: who
    makes the calls has their session written down, or not.
    """
    price_of = prices(settings)
    known = books(settings, store, environment or {}, price_of, now)
    made = Kit(
        store=store,
        price_of=price_of,
        now=now,
        watch=watch,
        steps=(
            partial(_todos, store),
            *exports(settings, environment or {}, tell),
        ),
        on_recorded=_recording(settings, store, tell) if is_recorded else _unrecorded,
        limits=partial(_limits, settings),
        log_dir=known.log_dir,
        keeps_words=store.lasting and settings["SESSION_CONTENT"] == "full",
        logged=known.logged,
        cost_of=partial(_cost_of, settings, known, tell),
        reserve=_budgets(settings, store, known, price_of, tell),
        learn=partial(_learn, settings, environment or {}, tell, now),
        window_of=partial(window_of, settings),
    )
    writes = summarizer(settings, made, environment or {})
    return replace(made, memory=memory(settings, writes, recall(settings, store, tell)))


def _recording(settings: Settings, store: Store, tell: Tell) -> Callable[[str], None]:
    """What has a session written down after each of its calls."""
    if settings["RECORD"] != "true":
        return _unrecorded
    from ai_sessions.assemble import recording

    found = recording.recorder(settings, store, lambda text: tell(f"warning: {text}"))
    return found.note if found else _unrecorded


def _unrecorded(_session: str) -> None:
    pass


def exports(settings: Settings, environment: Mapping[str, str], tell: Tell) -> tuple[Step, ...]:
    """What exports a call that is on record; nothing where OTEL is off. Raises `ConfigError` where
    it is on and its packages are not installed.
    """
    if not settings["OTEL"]:
        return ()
    from ai_sessions import telemetry
    from ai_sessions.config import extras

    if not telemetry.is_installed():
        raise extras.missing(telemetry.EXTRA, "OTEL=true")
    from ai_sessions.telemetry.exporting import Telemetry

    return (Telemetry(environment, tell, has_content=settings["OTEL_CONTENT"]),)


def books(
    settings: Settings,
    store: Store,
    environment: Mapping[str, str],
    price_of: PriceOf,
    now: Clock = _now,
) -> cut_off.Books:
    """What accounts for calls that were cut off: agents' own logs, and when ours were written."""
    log_dir = partial(_log_dir if store.lasting else _unkept_dir, settings)
    return cut_off.Books(
        store,
        now,
        partial(meters.between, environment, price_of),
        log_dir,
    )


def settle(settings: Settings, known: cut_off.Books, tell: Tell) -> bool:
    """Account for the calls whose process is gone, as their agents' own logs tell them; whether
    there was any.
    """
    from ai_sessions.index.sessions import under_way
    from ai_sessions.sessions import unkept

    root, kept = Path(settings["SESSION_DIR"]), stores.files(settings, tell)
    names = [row["name"] for row in under_way(stores.index(settings, kept))]
    in_files = replace(known, store=kept, log_dir=partial(_log_dir, settings))
    settled = cut_off.settle_all(in_files, names)
    told, cost_of = partial(stores.count_unkept, settings, tell), ledgers.cost_of
    return unkept.settle(known, root, told, partial(cost_of, settings, tell)) or settled


def _cost_of(settings: Settings, known: cut_off.Books, tell: Tell, call: str) -> int | None:
    cost = ledgers.cost_of(settings, tell, call)
    if cost is None and settle(settings, known, tell):
        return ledgers.cost_of(settings, tell, call)
    return cost


def _budgets(
    settings: Settings, store: Store, known: cut_off.Books, price_of: PriceOf, tell: Tell
) -> Reserve:
    """What asks the budgets before each call: the user's, and those of the call itself."""
    plain = {scope: settings[f"BUDGET_{scope.upper()}"] for scope in _SCOPES}
    given = {scope: amount for scope, amount in plain.items() if amount}
    if models := settings["BUDGET_MODEL"]:
        given["models"] = models
    from ai_sessions.accounting import budgets
    from ai_sessions.ledger.reserving import Budgets

    limits = budgets.limits_of(given)
    others = partial(settle, settings, known, tell)
    kept = Budgets(ledgers.ledger(settings, tell), limits, tell=tell, settle=others)
    quotas = partial(ledgers.quotas, settings, tell, known.now)
    return partial(_reserved, kept, quotas, store, price_of, known.now)


def _reserved(
    kept: Budgets,
    quotas: Callable[[], Quotas],
    store: Store,
    price_of: PriceOf,
    clock: Clock,
    job: Job,
    provider: Provider,
    id_: str,
) -> AbstractContextManager[Reserved]:
    """Room for a job. Its prompt alone, at the price of its model, is the least it costs. A model
    that rotation has chosen is held to its quotas as well.
    """
    from ai_sessions.accounting import budgets
    from ai_sessions.ledger.contract import Hold
    from ai_sessions.ledger.reserving import Upcoming

    place = job.place
    session: Session | None = None
    with suppress(NotFound, StorageError):  # it cannot be kept: the call goes on in memory
        session = store.read(job.session)
    resumed = session.resume.get(provider.name) if session else None
    model = job.model or (resumed.model if resumed else "")
    now = clock()
    call = budgets.Call(
        at=now,
        session=job.session,
        uid=session.uid if session and store.lasting else "",
        command=job.about.command,
        feature=job.about.feature,
        task=job.task,
        project=job.about.project,
        model=model,
        provider=provider.name,
        purpose=job.purpose,
        least_nusd=price_of(Usage(_least_tokens(job)), model, now).nusd,
        obeys=provider.quirks.takes_budget,
        is_free=place is not None and place.model.free,
    )
    hold = (lambda: quotas().needs(place, job.need, clock())) if place else Hold
    return kept.reserve(Upcoming(id_, call, _patience_s(job), job.timeout_s, job.limits, hold=hold))


def _least_tokens(job: Job) -> int:
    """That a call takes for sure."""
    from ai_sessions import tokens

    return sum(map(tokens.estimate, (job.prompt, *(one.text for one in job.history or ()))))


def _patience_s(job: Job) -> float:
    """A call holds its part of a budget for as long as it takes; who waits for nothing does not.
    A call beside the conversation waits a little: several that begin at once each hold a lot.
    """
    if job.alone:
        return min(job.timeout_s, _LONGEST_ALONE_S)
    return max(job.lock_wait_s, job.timeout_s) if job.lock_wait_s else 0.0


def _todos(store: Store, interaction: Interaction, session: Session) -> None:
    """Step after each call: note when it began and ended, and what it was expected to cost."""
    notes = todo.automatic(interaction, session)
    if notes:
        store.append(session.name, notes)


def _limits(settings: Settings, call: Interaction, session: Session, account: str) -> None:
    """Keep the limit that a call came upon; one that answered has none. Without sessions nothing is
    kept.
    """
    from ai_sessions.ledger import limits

    root = settings["SESSION_DIR"]
    if not settings["USE_SESSIONS"]:
        return
    if call.status == "ok":
        limits.lift(root, call.provider, account, call.model)
    elif limit := call.detail.get("limit"):
        told = {"provider": call.provider, "model": call.model, "at": call.at, "call": call.id}
        limits.note(root, {**told, "session": session.name, **limit})


def _learn(
    settings: Settings,
    environment: Mapping[str, str],
    tell: Tell,
    clock: Clock,
    job: Job,
    provider: Provider,
    call: Interaction,
    reply: Reply,
) -> None:
    """What a call tells of its model and of the limits it counts in."""
    if provider.quirks.keeps_context:
        ledgers.note_limits(settings, tell, clock, provider, reply)
        return
    from ai_sessions.assemble.pools import place_of
    from ai_sessions.rotating import outcomes

    quotas = ledgers.quotas(settings, tell, clock)
    if job.place:
        outcomes.learnt(quotas, job, call, reply, clock())
    elif place := place_of(settings, environment, provider, job.model):
        outcome = outcomes.outcome_of(call, reply)
        if not outcomes.was_unreachable(outcome):
            quotas.count(place, outcome, clock(), told=reply.told)
    else:
        ledgers.note_limits(settings, tell, clock, provider, reply)


def _log_dir(settings: Settings, name: str) -> Path:
    return stores.folder(settings, name) / raw_output.FOLDER


def _unkept_dir(settings: Settings, name: str) -> Path:
    from ai_sessions.sessions import unkept

    return unkept.folder(Path(settings["SESSION_DIR"]), name)
