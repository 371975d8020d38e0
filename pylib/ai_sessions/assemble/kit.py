"""What the line works with: a store, prices, the clock, budgets, and the steps after a save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import todo
from ai_sessions.assemble import ledgers, stores
from ai_sessions.assemble.prices import prices
from ai_sessions.config import Settings
from ai_sessions.providers import meters
from ai_sessions.providers.contract import Provider, Watch
from ai_sessions.records import Interaction, Session, Usage, stamp
from ai_sessions.run import Job, Kit, Reserve, Step
from ai_sessions.sessions import cut_off
from ai_sessions.store.contract import Store
from ai_sessions.store.files import raw_output
from ai_sessions.times import parsed

if TYPE_CHECKING:
    from ai_sessions.accounting.budgets import Reserved
    from ai_sessions.ledger.reserving import Budgets
    from ai_sessions.records import PriceOf

Tell = Callable[[str], None]

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
) -> Kit:
    """What the line works with: the store, prices, the clock, and the steps after a save.

    Raw output is kept beside the session, unless what is said must not be stored. `environment`:
    where agents keep their own logs.
    """
    price_of = prices(settings)
    known = books(settings, store, environment or {}, price_of)
    return Kit(
        store=store,
        price_of=price_of,
        now=_now,
        watch=watch,
        steps=_steps(settings, store),
        limits=partial(_limits, settings),
        log_dir=known.log_dir,
        logged=known.logged,
        reserve=_budgets(settings, store, price_of, tell),
    )


def books(
    settings: Settings, store: Store, environment: Mapping[str, str], price_of: PriceOf
) -> cut_off.Books:
    """What accounts for calls that were cut off: agents' own logs, and when ours were written."""
    keeps_words = store.lasting and settings["SESSION_CONTENT"] == "full"
    return cut_off.Books(
        store,
        _now,
        partial(meters.between, environment, price_of),
        partial(_log_dir, settings) if keeps_words else _nowhere,
    )


def _budgets(settings: Settings, store: Store, price_of: PriceOf, tell: Tell) -> Reserve:
    """What asks the budgets before each call: the user's, and those of the call itself."""
    plain = {scope: settings[f"BUDGET_{scope.upper()}"] for scope in _SCOPES}
    given = {scope: amount for scope, amount in plain.items() if amount}
    if models := settings["BUDGET_MODEL"]:
        given["models"] = models
    from ai_sessions.accounting import budgets
    from ai_sessions.ledger.reserving import Budgets

    limits = budgets.limits_of(given)
    kept = Budgets(ledgers.ledger(settings, tell), limits, tell=tell)
    return partial(_reserved, kept, store, price_of)


def _reserved(
    kept: Budgets, store: Store, price_of: PriceOf, job: Job, provider: Provider, id_: str
) -> AbstractContextManager[Reserved]:
    """Room for a job. Its prompt alone, at the price of its model, is the least it costs."""
    from ai_sessions import tokens
    from ai_sessions.accounting import budgets
    from ai_sessions.ledger.reserving import Upcoming

    session = store.read(job.session)
    resumed = session.resume.get(provider.name)
    model = job.model or (resumed.model if resumed else "")
    now = _now()
    call = budgets.Call(
        at=now,
        session=job.session,
        uid=session.uid if store.lasting else "",
        command=job.about.command,
        feature=job.about.feature,
        task=job.task,
        project=job.about.project,
        model=model,
        provider=provider.name,
        purpose=job.purpose,
        least_nusd=price_of(Usage(tokens.estimate(job.prompt)), model, now).nusd,
        obeys=provider.quirks.takes_budget,
    )
    return kept.reserve(Upcoming(id_, call, _patience_s(job), job.timeout_s, job.limits))


def _patience_s(job: Job) -> float:
    """A call holds its part of a budget for as long as it takes; who waits for nothing does not."""
    return max(job.lock_wait_s, job.timeout_s) if job.lock_wait_s else 0.0


def _todos(store: Store, interaction: Interaction, session: Session) -> None:
    """Step after each call: note when it began and ended, and what it was expected to cost."""
    notes = todo.automatic(interaction, session)
    if notes:
        store.append(session.name, notes)


def _steps(settings: Settings, store: Store) -> tuple[Step, ...]:
    noted = partial(_todos, store)
    return (noted,) if store.lasting else (noted, partial(_claimed, settings))


def _claimed(settings: Settings, call: Interaction, _session: Session) -> None:
    """Step after a call that no session keeps: the agent's log has it, and it is ours."""
    if call.resume and call.provider:
        from ai_sessions.imports import claims
        from ai_sessions.imports.unchanged import FOLDER

        ended = parsed(call.at)
        began = ended - timedelta(milliseconds=call.duration_ms)
        folder = Path(settings["SESSION_DIR"], FOLDER)
        claims.add(folder, call.provider, call.resume.id, stamp(began), call.at)


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


def _log_dir(settings: Settings, name: str) -> Path:
    return stores.folder(settings, name) / raw_output.FOLDER


def _nowhere(_name: str) -> Path | None:
    return None
