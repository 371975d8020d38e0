"""What this user knows of models: the catalog with their own file, keys and servers of pools. Light
on imports, so that `models_file` costs nothing.
"""

from __future__ import annotations

import os

from ai_sessions import config
from ai_sessions.config.parsers import expanded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ai_sessions.catalog.rotation import Catalog, Pool
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider

    Environment = Mapping[str, str]

#: What a user's own file is called beside their settings, where AI_MODELS_FILE names none.
_FILES = ("models.yaml", "models.json")


def catalog(settings: Settings, environment: Environment) -> Catalog:
    """The models and pools that are known here, as those with a key have listed them last.

    Raises `ConfigError` for a wrong value in the user's file.
    """
    from ai_sessions.catalog import rotation
    from ai_sessions.providers import list_cache

    file = models_file(settings, environment)
    lists = list_cache.read(settings["SESSION_DIR"])
    if not lists:
        return rotation.load(file)
    pools = rotation.load(file).pools.values()
    names = {pool.name: list_name(settings, environment, pool) for pool in pools if pool.url}
    return rotation.load(file, {pool: lists[name] for pool, name in names.items() if name in lists})


def is_key(settings: Settings, environment: Environment, text: str) -> bool:
    """Whether a model that is known here has that key."""
    return any(one.key == text for one in catalog(settings, environment).models)


def list_name(settings: Settings, environment: Environment, pool: Pool) -> str:
    """What the list of a pool is kept under: one for each address and key."""
    return f"{pool.name}#{account(settings, environment, pool)}"


def account(settings: Settings, environment: Environment, pool: Pool) -> str:
    """The mark of the account that a pool is used with, as its provider names it."""
    from ai_sessions.providers import accounts

    key = key_of(settings, environment, pool)
    return accounts.mark({"url": pool.url, "key": key}, "url", "key")


def models_file(settings: Settings, environment: Environment) -> str | None:
    """The user's own file of models; None when there is none."""
    named: str = settings["AI_MODELS_FILE"]
    if named:
        return expanded(named)
    folder = config.user_folder(environment)
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

    known = catalog(settings, environment)
    pool = known.pools[name]
    return OpenAI(
        pool.url,
        key_of(settings, environment, pool),
        name=name,
        base=f"the url of {name}",
        secret=pool.key_variable,
        default=pool.default_model,
        key_url=pool.key_url,
        windows={one.id: one.window for one in known.of(name) if one.window},
    )


def has_key(settings: Settings, environment: Environment, pool: Pool) -> bool:
    """Whether a pool can be asked: its key is set, or it wants none."""
    return not pool.key_variable or bool(key_of(settings, environment, pool))


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
