"""The services there are: for each the module of its adapter, imported when it is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ai_sessions.config.extras import missing
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.bots.adapter import Adapter, Hook
    from ai_sessions.config import Settings

#: Service -> module; its `adapter(settings, hook)` makes one.
SERVICES = {
    "telegram": "ai_sessions.bots.telegram.adapter",
    "discord": "ai_sessions.bots.discord.adapter",
}
#: Service -> where people get a token.
_HOW = {
    "telegram": "write to @BotFather, /newbot, and put its token into .env",
    "discord": "make an application at https://discord.com/developers, and put the token of its "
    "bot into .env",
}


def token_of(settings: Settings, service: str) -> str:
    """Raises `ConfigError` when there is none."""
    name = f"{service.upper()}_BOT_TOKEN"
    token = str(settings[name]).strip()
    if not token:
        raise ConfigError(f"{name} is not set", _HOW[service])
    return token


def adapter(settings: Settings, service: str, hook: Hook | None = None) -> Adapter:
    """`hook`: where the service calls us; None: we ask it.

    Raises `ConfigError` without a token, and when the extra of the service is not installed.
    """
    token_of(settings, service)
    try:
        module = import_module(SERVICES[service])
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ai_sessions"):
            raise
        raise missing(service, f"bot.sh {service}", error) from error
    make = cast("Callable[[Settings, Hook | None], Adapter]", module.adapter)
    return make(settings, hook)
