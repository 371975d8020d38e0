"""What `--model auto` chooses among, and by what."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions.assemble import ledgers, model_lists, pools, providers
from ai_sessions.errors import ConfigError
from ai_sessions.providers.choosing import AUTO_FREE
from ai_sessions.rotating.provider import Rotation
from ai_sessions.rotation import registry
from ai_sessions.rotation.strategies.paced import seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.assemble.providers import Environment
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider
    from ai_sessions.rotation.records import Place


def _silent(_text: str) -> None:
    pass


def _now() -> datetime:
    return datetime.now(UTC)


def rotation(
    settings: Settings,
    environment: Environment,
    asked: str,
    among: str = "",
    tell: Callable[[str], None] = _silent,
    now: Callable[[], datetime] = _now,
) -> Rotation:
    """The provider that stands for the best of several models. `asked`: auto or auto:free; `among`:
    of one provider alone.

    Raises `ConfigError` when there is none to choose among, or for a wrong setting.
    """
    strategy = registry.named(settings["AI_STRATEGY"])
    model_lists.refresh(settings, environment, now())
    found = pools.places(settings, environment, asked)
    if not found:
        raise pools.no_places(settings, environment, asked)
    places = tuple(one for one in found if among in ("", one.pool.name))
    _check(places, asked, among)
    return Rotation(
        places=places,
        strategy=strategy,
        book=ledgers.quotas(settings, tell, now),
        provider_of=partial(_provider, settings, environment),
        free_only=asked == AUTO_FREE,
        answer_tokens=settings["ANSWER_TOKENS"],
        is_ordered=bool(settings["AI_MODELS"]),
        draws=seeded,
    )


def _check(places: Sequence[Place], asked: str, among: str) -> None:
    """Raises `ConfigError` when nobody of `places` can be asked."""
    if not places:
        raise ConfigError(
            f"--model {asked} cannot choose among models of {among}",
            "it chooses among models of servers: leave out --provider (AI_PROVIDER), or name one",
        )
    if not any(one.has_key for one in places):
        keys = dict.fromkeys(one.pool.key_variable for one in places)
        raise ConfigError(
            f"--model {asked} has no model to choose among: no {' or '.join(keys)} is set",
            "set it in the environment or in ~/.config/ai-sessions/.env",
        )


def _provider(settings: Settings, environment: Environment, place: Place) -> Provider:
    if not place.has_key:
        raise ConfigError(f"{place.pool.key_variable} is not set")
    return providers.provider(settings, environment, place.pool.name)
