"""What is said of something that failed: one short text with an id to look it up by."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ai_sessions.bots.telling import in_chat
from ai_sessions.errors import AiSessionsError

if TYPE_CHECKING:
    from ai_sessions.records import Interaction

_LOG = logging.getLogger("ai_sessions")


def told(error: Exception | None, call: Interaction | None = None, incident: str = "") -> str:
    """`call`: the one that failed, by whose id it is found. `incident`: in place of that."""
    incident = incident or (call.id[-8:] if call else "")
    if isinstance(error, AiSessionsError):
        lines = [str(error), *([in_chat(error.hint)] if error.hint else [])]
    elif call is not None:
        lines = [str(call.detail.get("error", "")) or f"the call ended as {call.status}"]
    else:
        lines = ["something went wrong here; the bot's log has more"]
    return "\n".join([*lines, f"({incident})"] if incident else lines)


def logged(error: Exception, incident: str) -> None:
    """To the log; with its trace when it is no message for users."""
    trace = None if isinstance(error, AiSessionsError) else error
    _LOG.error("incident %s: %s", incident, error, exc_info=trace)
