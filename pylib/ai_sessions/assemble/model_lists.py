"""Asking pools for their lists of models: at most daily, only with a key, never in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.assemble import known_models
from ai_sessions.catalog import rotation
from ai_sessions.errors import LockBusy, ProviderError, StorageError
from ai_sessions.providers import list_cache, model_lists

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ai_sessions.assemble.known_models import Environment
    from ai_sessions.catalog.rotation import Pool
    from ai_sessions.config import Settings

#: A list holds for a day; a server that did not answer is asked again after an hour.
_FRESH, _AGAIN = timedelta(days=1), timedelta(hours=1)
_TIMEOUT_S = 3.0


def refresh(
    settings: Settings, environment: Environment, now: datetime, *, at_once: bool = False
) -> dict[str, str]:
    """Ask the pools whose lists are old, all at the same time; `at_once`: all, however new.

    What went wrong, by pool: whoever chooses a model goes on with what is known. Nothing is asked
    while another process asks.
    """
    root = settings["SESSION_DIR"]
    old = _old(settings, environment, None if at_once else now)
    if not old:
        return {}
    try:
        with list_cache.asking(root):
            return _asked(settings, environment, old, now)
    except (LockBusy, StorageError) as error:
        return {pool.name: error.message for pool in old}


def _old(settings: Settings, environment: Environment, now: datetime | None) -> list[Pool]:
    """The pools with a key whose list is to be asked for; with `now` None all of them."""
    file = known_models.models_file(settings, environment)
    pools = rotation.load(file).pools.values()
    keyed = [one for one in pools if one.url and known_models.key_of(settings, environment, one)]
    if now is None or not keyed:
        return keyed
    lists = list_cache.read(settings["SESSION_DIR"])
    names = {pool.name: known_models.list_name(settings, environment, pool) for pool in keyed}
    return [one for one in keyed if _is_old(lists.get(names[one.name], {}), now)]


def _is_old(told: Mapping[str, str], now: datetime) -> bool:
    """A time that has not come yet is one of a clock that was wrong."""
    read_at, asked_at = times.read(told.get("at")), times.read(told.get("asked_at"))
    is_fresh = read_at is not None and abs(now - read_at) < _FRESH
    is_tried = asked_at is not None and abs(now - asked_at) < _AGAIN
    return not (is_fresh or is_tried)


def _asked(
    settings: Settings, environment: Environment, pools: list[Pool], now: datetime
) -> dict[str, str]:
    from concurrent.futures import ThreadPoolExecutor

    def ask(pool: Pool) -> tuple[Pool, list[model_lists.Row], str]:
        key = known_models.key_of(settings, environment, pool)
        try:
            return pool, model_lists.fetched(pool.url, key, _TIMEOUT_S), ""
        except ProviderError as error:
            return pool, [], error.message

    with ThreadPoolExecutor(len(pools)) as workers:
        answers = list(workers.map(ask, pools))
    for pool, rows, _why in answers:
        name = known_models.list_name(settings, environment, pool)
        list_cache.keep(settings["SESSION_DIR"], name, rows, f"{pool.url}/models", now)
    return {pool.name: why for pool, _rows, why in answers if why}
