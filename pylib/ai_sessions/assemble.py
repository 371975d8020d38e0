"""Putting the parts together: the only module that knows every concrete class.

Settings go in; a store, a kit or a provider comes out. Adding a provider is one file beside the
others and one line in `PROVIDERS` (docs/adding-a-provider.md).
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import config, names, todo
from ai_sessions.config import Settings
from ai_sessions.errors import ConfigError
from ai_sessions.index import Index
from ai_sessions.providers.choosing import Choice, Wanted, choose
from ai_sessions.providers.contract import NamesModel, Provider, Watch
from ai_sessions.records import Interaction, Session, Usage
from ai_sessions.run import Job, Kit, Reserve
from ai_sessions.sessions import projects
from ai_sessions.store.contract import Store, Upkeep
from ai_sessions.store.files import FileStore, raw_output
from ai_sessions.store.files.upkeep import FileUpkeep
from ai_sessions.store.memory import MemoryStore

if TYPE_CHECKING:
    from ai_sessions.accounting.budgets import Allowance
    from ai_sessions.accounting.pricing import RatesOf
    from ai_sessions.ledger.holding import Ledger
    from ai_sessions.providers.agents import Access
    from ai_sessions.records import PriceOf

Tell = Callable[[str], None]
Environment = Mapping[str, str]
Make = Callable[[Settings, Environment], Provider]

#: Limits that are one amount; BUDGET_MODEL has several.
_SCOPES = ("call", "task", "feature", "session", "day", "month")
_SHORT = ("sonnet", "opus", "haiku")
_FAMILIES = ("claude", "son", "opus", "haiku", "gpt", "gemini", "anthropic/", "openai/")


def _silent(_text: str) -> None:
    pass


def _now() -> datetime:
    return datetime.now(UTC)


def files(
    settings: Settings, tell: Tell = _silent, now: Callable[[], datetime] | None = None
) -> Store:
    """The sessions in SESSION_DIR. `tell` hears warnings and whom we wait for."""
    return FileStore(
        settings["SESSION_DIR"],
        fsync=settings["SESSION_FSYNC"],
        lock_timeout_s=settings["SESSION_LOCK_TIMEOUT"],
        content=settings["SESSION_CONTENT"],
        now=now or _now,
        tell=tell,
        same_project=projects.same,
    )


def upkeep(settings: Settings, tell: Tell = _silent, progress: Tell = _silent) -> Upkeep:
    """What looks after SESSION_DIR. `progress` is told the name of each session before its turn."""
    return FileUpkeep(Path(settings["SESSION_DIR"]), tell, progress)


def index(settings: Settings, store: Store) -> Index:
    """The index of a store, which keeps nothing of what does not last."""
    return Index(store.source(), str(settings["SESSION_DIR"]) if store.lasting else "")


def folder(settings: Settings, name: str) -> Path:
    """Where the files of a session are, or would be."""
    return Path(settings["SESSION_DIR"], names.session(name))


def store(settings: Settings, use_sessions: bool, tell: Tell = _silent) -> Store:
    """Where conversations go; without sessions into memory, gone when the command ends."""
    return files(settings, tell) if use_sessions else MemoryStore(same_project=projects.same)


def kit(settings: Settings, store: Store, watch: Watch, tell: Tell = _silent) -> Kit:
    """What the line works with: the store, prices, the clock, and the steps after a save.

    Raw output is kept beside the session, unless what is said must not be stored.
    """
    price_of = prices(settings)
    keeps_words = store.lasting and settings["SESSION_CONTENT"] == "full"
    return Kit(
        store=store,
        price_of=price_of,
        now=_now,
        watch=watch,
        steps=(partial(_todos, store),),
        log_dir=partial(_log_dir, settings) if keeps_words else _nowhere,
        **_budgets(settings, store, price_of, tell),
    )


def prices(settings: Settings) -> PriceOf:
    """What prices a call: the user's own rates, then the table.

    Raises `ConfigError` naming a rate that is none.
    """
    from ai_sessions.accounting import pricing

    own = settings["PRICES"]
    return pricing.with_overrides(pricing.overrides_of(own)) if own else pricing.price_of


def rates(settings: Settings) -> RatesOf:
    """The rates that `prices` goes by."""
    from ai_sessions.accounting import pricing

    return pricing.rates_with(pricing.overrides_of(settings["PRICES"]))


def _budgets(settings: Settings, store: Store, price_of: PriceOf, tell: Tell) -> dict[str, Reserve]:
    """What asks the budgets before each call: the user's, and those of the call itself."""
    plain = {scope: settings[f"BUDGET_{scope.upper()}"] for scope in _SCOPES}
    given = {scope: amount for scope, amount in plain.items() if amount}
    if models := settings["BUDGET_MODEL"]:
        given["models"] = models
    from ai_sessions.accounting import budgets
    from ai_sessions.ledger.holding import Ledger

    root = Path(settings["SESSION_DIR"])
    kept = index(settings, files(settings, tell))  # also of a command that keeps no session
    ledger = Ledger(root, budgets.limits_of(given), kept, tell=tell)
    return {"reserve": partial(_reserved, ledger, store, price_of)}


def _reserved(
    ledger: Ledger, store: Store, price_of: PriceOf, job: Job, provider: Provider
) -> AbstractContextManager[Allowance]:
    """Room for a job. Its prompt alone, at the price of its model, is the least it costs."""
    from ai_sessions import tokens
    from ai_sessions.accounting import budgets

    resumed = store.read(job.session).resume.get(provider.name)
    model = job.model or (resumed.model if resumed else "")
    now = _now()
    call = budgets.Call(
        at=now,
        session=job.session,
        feature=job.about.feature,
        task=job.task,
        project=job.about.project,
        model=model,
        provider=provider.name,
        purpose=job.purpose,
        least_nusd=price_of(Usage(tokens.estimate(job.prompt)), model, now).nusd,
        obeys=provider.quirks.takes_budget,
    )
    unrecorded = _unrecorded(store, job.session)
    return ledger.hold(call, _patience_s(job), unrecorded, job.limits)


def _patience_s(job: Job) -> float:
    """A call holds its part of a budget for as long as it takes; who waits for nothing does not."""
    return max(job.lock_wait_s, job.timeout_s) if job.lock_wait_s else 0.0


def _unrecorded(store: Store, session: str) -> Callable[[], list[dict[str, Any]]] | None:
    """What tells the costs of calls made from now on, of a store that keeps none."""
    if store.lasting:
        return None
    before = max((entry["seq"] for entry in store.plain_entries(session, last=1)), default=-1)

    def made() -> list[dict[str, Any]]:
        entries = store.plain_entries(session, after=before)
        return [
            {key: one[key] for key in ("ts", "model", "status", "cost_nusd")}
            for one in entries
            if one["type"] == "interaction"
        ]

    return made


def _todos(store: Store, interaction: Interaction, session: Session) -> None:
    """Step after each call: note when it began and ended, and what it was expected to cost."""
    notes = todo.automatic(interaction, session)
    if notes:
        store.append(session.name, notes)


def _log_dir(settings: Settings, name: str) -> Path:
    return folder(settings, name) / raw_output.FOLDER


def _nowhere(_name: str) -> Path | None:
    return None


def provider(settings: Settings, environment: Environment, name: str) -> Provider:
    """The provider called `name`. `environment` is what an agent's process inherits.

    Raises `ConfigError` when there is no such provider.
    """
    if name not in PROVIDERS:
        raise _unknown(name, f"no provider {name!r}")
    return PROVIDERS[name](settings, environment)


def check_providers(settings: Settings) -> None:
    """Raises `ConfigError` for a setting that names a provider nobody has."""
    own = (config.for_command("AI_PROVIDER", command) for command in config.ASKING)
    for setting in ("AI_PROVIDER", *own):
        name = settings[setting]
        if name and name not in PROVIDERS:
            told = f"{setting}={name!r} ({settings.origin(setting)}): no such provider"
            raise _unknown(name, told)


def _unknown(name: str, told: str) -> ConfigError:
    near = config.nearest(name, list(PROVIDERS))
    hint = f"did you mean {near}? " if near else ""
    return ConfigError(told, f"{hint}there are: {', '.join(PROVIDERS)}")


def answerer(
    settings: Settings, environment: Environment, command: str, wanted: Wanted
) -> tuple[Provider, Choice]:
    """Who answers `command`, and why. A server that needs a model's name is asked for its default.

    Raises `ConfigError` when nobody can, or when the model has to be named.
    """
    choice = choose(settings, command, wanted, lambda: next(installed(environment), ""))
    if not choice.provider:
        raise _nobody()
    made = provider(settings, environment, choice.provider)
    if choice.model or not isinstance(made, NamesModel):
        return made, choice
    return made, replace(choice, model=made.default_model())


def installed(environment: Environment) -> Iterator[str]:
    """The agents on PATH that we can drive, the preferred one first."""
    path = environment.get("PATH", os.defpath)
    return (name for name in AGENTS if name in PROVIDERS and shutil.which(name, path=path))


def access(name: str) -> Access:
    """How to get and log in to an agent, one of `AGENTS`."""
    found: Access = importlib.import_module(f"ai_sessions.providers.{name}").ACCESS
    return found


def _nobody() -> ConfigError:
    return ConfigError(
        f"no coding agent found: {' or '.join(AGENTS)} is not on your PATH",
        f"install one ({access(AGENTS[0]).install}), or set ANTHROPIC_API_KEY, "
        "OPENAI_API_KEY or OPENAI_BASE_URL; to look around first: demo.sh",
    )


def model_warning(settings: Settings, name: str) -> str:
    """What to say about a model that looks like one of a known family and is in no list.

    Empty when all is well. Never an error: tomorrow's model and a local one are used all the same.
    """
    if not name.lower().startswith(_FAMILIES) or name in settings["PRICES"]:
        return ""
    from ai_sessions import catalog

    table = catalog.load()
    if table.model(name):
        return ""
    near = config.nearest(name, [*_SHORT, *(model.id for model in table.models())])
    return f"model {name!r} is not in the price table, so its cost is unknown" + (
        f"; did you mean {near}?" if near else ""
    )


#: Agents that are looked for, the first one found wins.
AGENTS = ("claude", "codex", "gemini", "opencode")


def _made(place: str, *names: str) -> Make:
    """What makes the class at `place` from the settings called `names`."""

    def make(settings: Settings, _environment: Environment) -> Provider:
        return _class(place)(*(settings[name] for name in names))

    return make


def _agent(place: str) -> Make:
    """What makes a class whose process inherits the environment."""

    def make(_settings: Settings, environment: Environment) -> Provider:
        return _class(place)(environment)

    return make


def _class(place: str) -> Callable[..., Provider]:
    """`module:Class` below `providers`, imported now: only the one that answers costs its start."""
    module, name = place.split(":")
    found: Callable[..., Provider] = getattr(
        importlib.import_module(f"ai_sessions.providers.{module}"), name
    )
    return found


#: Adding a provider is one line here.
PROVIDERS: dict[str, Make] = {
    "claude": _agent("claude:Claude"),
    "codex": _agent("codex:Codex"),
    "gemini": _agent("gemini:Gemini"),
    "opencode": _agent("opencode:OpenCode"),
    "openai": _made("openai:OpenAI", "OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "anthropic": _made("anthropic:Anthropic", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    "local": _made("local:Local", "LOCAL_MODEL_PATH", "LOCAL_MODELS_DIR", "LOCAL_CONTEXT"),
    "demo": _made("demo:Demo"),
    "echo": _made("echo:Echo"),
}
