"""Where models may be asked for `--model auto`: at which pools, with which of your accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.assemble import known_models, providers
from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.errors import ConfigError, NotFound
from ai_sessions.providers.choosing import AUTO, AUTO_FREE
from ai_sessions.providers.contract import HasAccount
from ai_sessions.rotation.records import Place

if TYPE_CHECKING:
    from ai_sessions.assemble.providers import Environment
    from ai_sessions.catalog.rotation import Catalog
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider


def places(settings: Settings, environment: Environment, wanted: str = "auto") -> tuple[Place, ...]:
    """Where models may be asked for `auto`, best first: those of AI_MODELS, in its order.

    Without them the models of every pool whose key is set that are free, on a free plan at least,
    those of last resort at the end; empty when no key is set. `wanted`: `auto`, or `auto:free` for
    those alone that bill nobody. Raises `ConfigError` for a name in AI_MODELS that cannot be asked.
    """
    known = known_models.catalog(settings, environment)
    if named := settings["AI_MODELS"]:
        asked = (_named(text, known, settings, environment) for text in named)
        found = list({place.model.key: place for place in asked}.values())
    else:
        found = _free(known, settings, environment)
    if wanted == AUTO_FREE:
        found = [place for place in found if place.model.free]
    return tuple(found)


def place_of(
    settings: Settings, environment: Environment, provider: Provider, model: str
) -> Place | None:
    """Where a call was made that the user named the provider of; None: at no pool."""
    if provider.quirks.keeps_context or not isinstance(provider, HasAccount):
        return None
    known = known_models.catalog(settings, environment)
    url = settings["OPENAI_BASE_URL"].rstrip("/") if provider.name == "openai" else ""
    pools = (one for one in known.pools.values() if one.url)
    pool = next((one for one in pools if one.name == provider.name or one.url == url), None)
    if pool is None:
        return None
    served = (one for one in known.models if (one.pool, one.id) == (pool.name, model))
    return Place(pool, next(served, ModelEntry(model, model, pool.name)), provider.account)


def no_places(settings: Settings, environment: Environment, wanted: str = AUTO) -> ConfigError:
    """What to say when no model may be chosen."""
    if wanted == AUTO_FREE and settings["AI_MODELS"]:
        return ConfigError(
            f"{AUTO_FREE}: none of AI_MODELS is free for everybody",
            f"add one that is, such as openrouter:openrouter/free{_OR_IS_FREE}",
        )
    pools = known_models.catalog(settings, environment).pools.values()
    keys = [pool.key_variable for pool in pools if pool.key_variable]
    if any(known_models.key_of(settings, environment, pool) for pool in pools):
        return ConfigError(
            f"{wanted}: no pool whose key is set has a model that is free for everybody",
            f"set OPENROUTER_API_KEY{_OR_IS_FREE}",
        )
    return ConfigError(
        "no model to choose among: no pool's key is set",
        f"set one of {', '.join(keys)}; or AI_MODELS to the models to use",
    )


_OR_IS_FREE = "; or is_free: true for a pool in AI_MODELS_FILE, where your account cannot be billed"


def _free(known: Catalog, settings: Settings, environment: Environment) -> list[Place]:
    served = [one for one in known.models if (one.free or one.free_tier) and not one.retired]
    ordered = sorted(served, key=lambda one: one.is_last_resort)
    asked = (_place(known.pools[one.pool], one, settings, environment) for one in ordered)
    return [place for place in asked if place.has_key and place.pool.url]


def _place(pool: Pool, model: ModelEntry, settings: Settings, environment: Environment) -> Place:
    account = known_models.account(settings, environment, pool)
    return Place(pool, model, account, known_models.has_key(settings, environment, pool))


def _named(text: str, known: Catalog, settings: Settings, environment: Environment) -> Place:
    """A name of AI_MODELS: a model of the catalog, or any other as `pool:model`."""
    head, colon, rest = text.partition(":")
    if found := next((one for one in known.models if text == one.key), None):
        model = found
    elif colon and rest and head in known.pools:
        is_free = head == "openrouter" and rest.endswith(":free")
        model = ModelEntry(rest, rest, head, free=is_free)
    elif colon and rest and head in providers.PROVIDERS:
        return _elsewhere(head, rest, settings, environment)
    else:
        model = _found(text, known)
    pool = known.pools[model.pool]
    if not pool.url:
        raise _keeps_context(text, pool.name)
    return _place(pool, model, settings, environment)


def _found(text: str, known: Catalog) -> ModelEntry:
    try:
        return known.find(text)
    except NotFound as error:
        raise ConfigError(f"AI_MODELS: {error.message}", error.hint) from error


def _elsewhere(name: str, model: str, settings: Settings, environment: Environment) -> Place:
    """A model of a provider that is no pool: of the user's own server, or in this process."""
    made = providers.provider(settings, environment, name)
    if made.quirks.keeps_context:
        raise _keeps_context(f"{name}:{model}", name)
    account = made.account if isinstance(made, HasAccount) else ""
    is_free = name in ("local", "echo")
    return Place(Pool(name, name, ""), ModelEntry(model, model, name, free=is_free), account)


def _keeps_context(text: str, name: str) -> ConfigError:
    return ConfigError(
        f"AI_MODELS: {text}: {name} keeps its conversations itself, so auto cannot choose it",
        f"leave it out, or use it alone: --provider {name}",
    )
