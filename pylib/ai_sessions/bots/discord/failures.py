"""What Discord refuses, as what our delivery knows how to go on from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import aiohttp
import discord

from ai_sessions.bots.adapter import Away, RetryAfter, Unformatted, Unreachable
from ai_sessions.errors import ConfigError

#: Seconds of peace when Discord does not say how many it wants.
_PEACE_S = 60.0
PORTAL = "https://discord.com/developers/applications"
_REFUSED = "DISCORD_BOT_TOKEN is not a token of a bot"
#: Codes of the gateway, for a token and for an intent.
_UNKNOWN, _NOT_ALLOWED = 4004, 4014
_RESET = f"reset it at {PORTAL}, page Bot, and put the new one into .env"


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Around whatever asks Discord: raises what `Adapter` may raise, and nothing else."""
    try:
        yield
    except discord.RateLimited as error:
        raise RetryAfter(error.retry_after) from error
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except (aiohttp.ClientError, OSError, TimeoutError, json.JSONDecodeError) as error:
        raise Away(str(error) or type(error).__name__) from error


def _meaning(error: discord.HTTPException) -> Exception:
    if error.status == 429:
        return RetryAfter(float(error.response.headers.get("Retry-After", _PEACE_S)))
    if error.status == 400:
        return Unformatted(str(error))
    if error.status in (403, 404):
        return Unreachable(str(error))
    return Away(str(error))


def refused(error: BaseException, application: int | None) -> ConfigError | None:
    """What has to be set otherwise before Discord lets the bot in; None: that is not the reason."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.PrivilegedIntentsRequired) or code == _NOT_ALLOWED:
        return ConfigError(
            "Discord lets this bot read no messages",
            f"switch on Message Content Intent at {_page(application)}",
        )
    if isinstance(error, discord.LoginFailure) or code == _UNKNOWN:
        return ConfigError(_REFUSED, _RESET)
    if code is not None:
        return ConfigError(
            f"Discord ended the connection for good (code {code})", _page(application)
        )
    return None


def _page(application: int | None) -> str:
    return f"{PORTAL}/{application}/bot" if application else PORTAL
