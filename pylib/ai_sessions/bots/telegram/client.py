"""The library's client for one bot, and its errors as ours; the token is in none of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot, error
from telegram.request import HTTPXRequest

from ai_sessions.bots.adapter import Away, Moved, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.telegram import updates
from ai_sessions.errors import ConfigError

#: What the library and its HTTP client log may have addresses, which have the token.
_LOGGERS = ("httpx", "telegram.Bot", "telegram.ext.ExtBot", "telegram.request.HTTPXRequest")
#: Seconds to wait for a connection, an answer, and files.
_CONNECT_S, _READ_S, _FILE_S = 10.0, 30.0, 120.0
#: Telegram cannot use the formatting; without it, the message may do.
_UNFORMATTED = ("entit", "parse", "message is too long", "text is too long", "text is empty")


class Polled(HTTPXRequest):
    """Requests for updates: one that the library cannot read does not hold up the others."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        told = HTTPXRequest.parse_json_payload(payload)
        if isinstance(result := told.get("result"), list):
            told["result"] = [one for one in map(updates.readable, result) if one]
        return told


def made(token: str, url: str) -> Bot:
    """A client that has asked nothing yet. `url`: of the Bot API. Raises `ConfigError`."""
    if not token:
        raise refused()
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_Mask(token))
    base = _address(url)
    times: dict[str, Any] = {
        "connect_timeout": _CONNECT_S,
        "pool_timeout": _READ_S,
        "read_timeout": _READ_S,
    }
    try:
        return Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(**times, media_write_timeout=_FILE_S),
            get_updates_request=Polled(connection_pool_size=1, **times),
        )
    except RuntimeError as failed:  # ALL_PROXY names one of a kind that needs a package
        raise ConfigError(f"the proxy cannot be used: {failed}") from None


def _address(url: str) -> str:
    with suppress(ValueError):
        at = urlsplit(url)
        if at.scheme in ("https", "http") and at.hostname:
            return url.rstrip("/")
    raise ConfigError(f"TELEGRAM_API_URL is no address: {url}", "such as https://api.telegram.org")


class Busy(Away):
    """Somebody else takes the updates of this bot."""


@contextmanager
def calling(bot: Bot) -> Iterator[None]:
    """Around calls of the API: the library's errors become those of adapters."""
    try:
        yield
    except error.TelegramError as failed:
        raise _ours(failed, bot.token) from None  # the cause may have the token


@contextmanager
def asking(bot: Bot) -> Iterator[None]:
    """The same, where it is about the bot and no place: whatever is refused may be tried again."""
    try:
        with calling(bot):
            yield
    except (Moved, RetryAfter, Unformatted, Unreachable) as failed:
        raise Away(str(failed)) from None


def refused() -> ConfigError:
    """What is raised when the token is not known."""
    return ConfigError(
        "Telegram does not take the token in TELEGRAM_BOT_TOKEN",
        "copy it from @BotFather: /mybots, the bot, API Token",
    )


def _ours(failed: error.TelegramError, token: str) -> Exception:
    told = str(failed).replace(token, "…")
    match failed:
        case error.RetryAfter():
            return RetryAfter(_seconds(failed.retry_after))
        case error.ChatMigrated():
            return Moved(str(failed.new_chat_id))
        case error.InvalidToken():
            return refused()
        case error.BadRequest() if any(one in told.lower() for one in _UNFORMATTED):
            return Unformatted(told)
        case error.BadRequest() | error.Forbidden():
            return Unreachable(told)
    return Busy(told) if isinstance(failed, error.Conflict) else Away(told)


def _seconds(told: float | timedelta) -> float:
    return told.total_seconds() if isinstance(told, timedelta) else float(told)


class _Mask(logging.Filter):
    """Takes the token out of what is logged; a logger takes one for each token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Mask) and other._token == self._token

    def __hash__(self) -> int:
        return hash(self._token)

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        if self._token in told:
            record.msg, record.args = told.replace(self._token, "…"), ()
        return True
