"""What this user knows of models: the catalog with their own file, keys and servers of pools."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.catalog import rotation
from ai_sessions.config.parsers import expanded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ai_sessions.catalog.rotation import Catalog, Pool
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider

    Environment = Mapping[str, str]

#: What a user's own file is called beside their settings, where AI_MODELS_FILE names none.
_FILES = ("models.yaml", "models.json")


def catalog(settings: Settings, environment: Environment) -> Catalog:
    """The models and pools that are known here. Raises `ConfigError` for a wrong value."""
    return rotation.load(models_file(settings, environment))


def models_file(settings: Settings, environment: Environment) -> str | None:
    """The user's own file of models; None when there is none."""
    named: str = settings["AI_MODELS_FILE"]
    if named:
        return expanded(named)
    folder = os.path.dirname(config.user_file(environment))
    paths = (os.path.join(folder, name) for name in _FILES)
    return next(filter(os.path.exists, paths), None)


def own_names(
    settings: Settings, environment: Environment, taken: Collection[str]
) -> tuple[str, ...]:
    """The pools with a server that only the user's own file has."""
    if models_file(settings, environment) is None:
        return ()
    pools = catalog(settings, environment).pools.values()
    return tuple(pool.name for pool in pools if pool.url and pool.name not in taken)


def server(settings: Settings, environment: Environment, name: str) -> Provider:
    """The server of a pool. A missing key is told when it is used."""
    from ai_sessions.providers.openai import OpenAI

    pool = catalog(settings, environment).pools[name]
    return OpenAI(
        pool.url,
        key_of(settings, environment, pool),
        name=name,
        base=f"the url of {name}",
        secret=pool.key_variable,
        default=pool.default_model,
        key_url=pool.key_url,
    )


def key_of(settings: Settings, environment: Environment, pool: Pool) -> str:
    """The key of a pool; empty when there is none. A pool of the user's may name any variable."""
    name = pool.key_variable
    if not name:
        return ""
    try:
        found: str = settings[name]
    except KeyError:
        found = environment.get(name, "")
    return found.strip()
