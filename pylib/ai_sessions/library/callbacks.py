"""Asking a program's own function for a summary, whether it is a coroutine function or not."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

#: Writes a summary of messages as chat APIs have them.
Callback = Callable[[list[dict[str, Any]]], "str | Awaitable[str]"]
_LOG = logging.getLogger("ai_sessions")


def asked(callback: Callback | None, told: list[dict[str, Any]]) -> str:
    """What it writes, waited for; empty where there is none, or it fails: the summary is made by
    the rules then, and what the user says is not lost.
    """
    if callback is None:
        return ""
    try:
        found = callback(told)
        return checked(_waited(found) if inspect.isawaitable(found) else found)
    except Exception as error:
        return failed(error)


def checked(text: object) -> str:
    """Raises `TypeError` for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"a summary is a text, not {text!r:.80}")
    return text


def failed(error: Exception) -> str:
    """Tells of it; the empty text."""
    _LOG.warning("the summary callback failed: %s: %s", type(error).__name__, error)
    return ""


def _waited(found: Awaitable[str]) -> str:
    """In a loop of its own, which this thread may not have room for."""
    told: list[Any] = []

    async def whole() -> str:
        return await found

    def run() -> None:
        try:
            told.append(asyncio.run(whole()))
        except BaseException as error:  # for who waits
            told.append(error)

    thread = threading.Thread(target=run, name="ai-sessions summary", daemon=True)
    thread.start()
    thread.join()
    if isinstance(told[0], BaseException):
        raise told[0]
    return checked(told[0])
