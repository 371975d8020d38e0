"""Who answers a program that asks for completions, and what can be asked now."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.assemble.answerer import answerer, pool_of
from ai_sessions.assemble.providers import PROVIDERS, installed, known, provider
from ai_sessions.errors import AiSessionsError, ConfigError
from ai_sessions.providers.choosing import Wanted, is_auto
from ai_sessions.providers.contract import ListsModels, NamesModel
from ai_sessions.rotating.fallback import Answerer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.assemble.providers import Environment
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider

#: The command whose settings (AI_PROVIDER_CHAT, AI_MODEL_CHAT) count.
_COMMAND = "chat"
#: Who has a model of a name that nobody knows: what is fetched to one's own machine has any name.
_OWN = "ollama"
#: Providers that answer without a model, for trying things out.
_NO_AI = ("demo", "echo")
#: A setting that is empty has its default.
_NONE = "none"
#: Seconds for a server to say what it has, where one that is away is left out.
_LIST_S = 3.0
_HOW = (
    "name a model (model=, AI_MODEL) or a provider (provider=, AI_PROVIDER), "
    "or set LLM_FALLBACK to who may answer"
)


def answerers(
    settings: Settings,
    environment: Environment,
    named: Wanted,
    tell: Callable[[str], None],
) -> tuple[Answerer, ...]:
    """Who is asked, in that order: the model that is `named`, here or in the settings, then those
    of LLM_FALLBACK. `tell` takes what is to be said of the ledger.

    Raises `ConfigError` for a provider that does not exist, and when nobody is named at all.
    """
    wanted = _wanted(settings, environment, named, tell)
    others = (_of_word(settings, environment, word) for word in _fallback(settings))
    found: dict[str, Answerer] = {}
    for one in (*wanted, *others):
        found.setdefault(one.name, one)
    if not found:
        raise ConfigError("no model is named, and LLM_FALLBACK=none", _HOW)
    return tuple(found.values())


def _wanted(
    settings: Settings, environment: Environment, named: Wanted, tell: Callable[[str], None]
) -> tuple[Answerer, ...]:
    """Nobody, when no provider and no model is named anywhere."""
    of_setting = _setting(settings, "AI_PROVIDER")
    model = named.model or ("" if named.provider else _setting(settings, "AI_MODEL"))
    if not (named.provider or of_setting or model):
        return ()
    if named.provider:
        _refuse_unknown(settings, environment, "provider", named.provider)

    def made() -> tuple[Provider, str]:
        by = named.provider or of_setting or _serving(settings, environment, model)
        asked = Wanted(named.provider or ("" if of_setting else by), named.model)
        answers, choice = answerer(settings, environment, _COMMAND, asked, tell)
        return answers, choice.model

    name = ":".join(filter(None, (named.provider or of_setting, model)))
    return (Answerer(name, made),)


def _setting(settings: Settings, name: str) -> str:
    found: str = settings[config.for_command(name, _COMMAND)] or settings[name]
    return found


def _serving(settings: Settings, environment: Environment, model: str) -> str:
    """The provider of a model that is named alone; empty: its own name tells it. Raises
    `ConfigError` when nobody is known to have it.
    """
    if is_auto(model) or model.partition(":")[0] in known(settings, environment):
        return ""
    from ai_sessions import catalog

    entry = catalog.load().model(model) if "/" not in model else None
    if entry and entry.provider in PROVIDERS:
        return entry.provider
    if settings["OPENAI_BASE_URL"]:
        return "openai"
    with suppress(ConfigError):  # none of the pools with a key, or several
        if found := pool_of(settings, environment, model):
            return found
    if any(word.partition(":")[0] == _OWN for word in _fallback(settings)):
        return _OWN
    raise ConfigError(f"nobody is known to have a model {model!r}", "name its provider, too")


def _fallback(settings: Settings) -> tuple[str, ...]:
    words = tuple(settings["LLM_FALLBACK"])
    return () if words == (_NONE,) else words


def _of_word(settings: Settings, environment: Environment, word: str) -> Answerer:
    """One of LLM_FALLBACK: a provider alone, or with its model."""
    name, _, model = word.partition(":")
    _refuse_unknown(settings, environment, "LLM_FALLBACK", name)

    def made() -> tuple[Provider, str]:
        found = provider(settings, environment, name)
        if model or not isinstance(found, NamesModel):
            return found, model
        return found, found.default_model()

    return Answerer(word, made)


def _refuse_unknown(settings: Settings, environment: Environment, what: str, name: str) -> None:
    names = known(settings, environment)
    if name not in names:
        near = config.nearest(name, names)
        hint = f"did you mean {near}? " if near else ""
        raise ConfigError(f"{what}: no provider {name!r}", f"{hint}there are: {', '.join(names)}")


def available(settings: Settings, environment: Environment) -> list[str]:
    """What can be asked now, as `provider:model`, an agent by its name: of providers whose key is
    set, servers that answer, files that are here. All are asked at once; one that is away, or does
    not say in 3 seconds, is left out.
    """
    from concurrent.futures import ThreadPoolExecutor

    names = [one for one in known(settings, environment) if one not in _NO_AI]
    with ThreadPoolExecutor(len(names)) as workers:
        listed = list(workers.map(partial(_models, settings, environment), names))
    agents = list(installed(environment))
    return [*agents, *(one for found in listed for one in found)]


def taking_tools(settings: Settings, environment: Environment, names: Sequence[str]) -> list[str]:
    """Those of `names`, as `available` tells them, that a client may give tools to."""
    found: dict[str, bool] = {}
    for one in dict.fromkeys(one.partition(":")[0] for one in names):
        with suppress(AiSessionsError):
            found[one] = provider(settings, environment, one).quirks.takes_tools
    return [one for one in names if found.get(one.partition(":")[0])]


def _models(settings: Settings, environment: Environment, name: str) -> list[str]:
    try:
        made = provider(settings, environment, name)
        found = made.models(_LIST_S) if isinstance(made, ListsModels) else ()
    except AiSessionsError:
        return []
    return [f"{name}:{model}" for model in found]
