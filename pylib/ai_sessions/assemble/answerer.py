"""Who answers a command, and with which model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.assemble import known_models
from ai_sessions.assemble.providers import AGENTS, access, installed, known, provider
from ai_sessions.errors import ConfigError, NotFound
from ai_sessions.providers.choosing import AUTO, Choice, Wanted, choose
from ai_sessions.providers.contract import NamesModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.assemble.providers import Environment
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider

_SHORT = ("sonnet", "opus", "haiku")
_FAMILIES = ("claude", "son", "opus", "haiku", "gpt", "gemini", "anthropic/", "openai/")


def _silent(_text: str) -> None:
    pass


def answerer(
    settings: Settings,
    environment: Environment,
    command: str,
    wanted: Wanted,
    tell: Callable[[str], None] = _silent,
) -> tuple[Provider, Choice]:
    """Who answers `command`, and why. A server that needs a model's name is asked for its default.
    `tell` takes what is to be said of the ledger.

    Raises `ConfigError` when nobody can, or when the model has to be named.
    """
    choice = choose(settings, command, wanted, lambda: next(installed(environment), ""))
    choice = _by_key(settings, environment, command, wanted, choice)
    if choice.provider == AUTO:
        from ai_sessions.assemble.rotation import rotation

        return rotation(settings, environment, choice.model, choice.among, tell), choice
    if not choice.provider and choice.model:
        choice = replace(choice, provider=pool_of(settings, environment, choice.model))
    if not choice.provider:
        raise _nobody()
    made = provider(settings, environment, choice.provider)
    if choice.model or not isinstance(made, NamesModel):
        return made, choice
    return made, replace(choice, model=made.default_model())


def _by_key(
    settings: Settings, environment: Environment, command: str, wanted: Wanted, choice: Choice
) -> Choice:
    """The choice with its model's own provider where the model is named by its key, as rotation
    names models: `groq:openai/gpt-oss-120b`. A provider that was named may have a model of that
    name, as Ollama has `mistral:7b`.
    """
    head, _, model = choice.model.partition(":")
    if not model or head not in known(settings, environment):
        return choice
    by_setting = settings[config.for_command("AI_PROVIDER", command)] or settings["AI_PROVIDER"]
    named = wanted.provider or by_setting
    if named not in ("", head) and (
        wanted.provider or not known_models.is_key(settings, environment, choice.model)
    ):
        return choice
    return replace(choice, provider=head, model=model, because="")


def pool_of(settings: Settings, environment: Environment, model: str) -> str:
    """The pool of a model that is named alone, among those whose key is set; empty: there is none.

    Raises `ConfigError` for a model that none of them serves, or several.
    """
    known = known_models.catalog(settings, environment)
    pools = known.pools.values()
    keyed = [one.name for one in pools if known_models.key_of(settings, environment, one)]
    if not keyed:
        return ""
    served = tuple(one for one in known.models if one.pool in keyed)
    try:
        return replace(known, models=served).find(model).pool
    except NotFound as error:
        raise ConfigError(f"--model {model}: {error.message}", error.hint) from error


def _nobody() -> ConfigError:
    return ConfigError(
        f"no coding agent found: {' or '.join(AGENTS)} is not on your PATH",
        f"install one ({access(AGENTS[0]).install}), or set ANTHROPIC_API_KEY, "
        "OPENAI_API_KEY, OPENAI_BASE_URL or the key of a pool with free models, such as "
        "OPENROUTER_API_KEY; to look around first: demo.sh",
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
