"""The verbs of conversations over the user's own sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.assemble import kit, stores
from ai_sessions.assemble.prices import prices
from ai_sessions.conversations.service import Conversations
from ai_sessions.sessions import cut_off

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sessions.providers.contract import Event
    from ai_sessions.store.contract import Store


def _unwatched(_event: Event) -> None:
    """Nobody sees how a summary comes about."""


def _log(warning: str) -> None:
    """As libraries do: the program that uses this decides what becomes of it."""
    import logging

    logging.getLogger("ai_sessions").warning(warning)


def conversations(environment: Mapping[str, str], over: Store | None = None) -> Conversations:
    """By the settings of the environment and the user's files. Nothing is written before the first
    verb that has to. `over`: a store in place of the one that SESSION_PROVIDER names. Raises
    `ConfigError` for a setting that is wrong.
    """
    settings = config.of_program(environment)
    if told := config.hint(environment):
        _log(told)
    store = stores.of_programs(settings) if over is None else over

    def settle(names: Sequence[str]) -> None:
        cut_off.settle_all(kit.books(settings, store, environment, prices(settings)), names)

    return Conversations(
        store,
        settings,
        index=stores.index(settings, store),
        settle=settle,
        memory=kit.kit(settings, store, _unwatched, environment=environment).memory,
        on_warning=_log,
        price_of=prices(settings),
        on_call=kit.exports(settings, environment, _log),
    )
