"""How much a model holds: as is known of it, or less where its server has said so in a session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.records import Change, Session, stamp
from ai_sessions.store import facts

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Failure

#: What a model that nobody knows is taken to hold.
USUAL = 32_000
#: So long what a server said is taken for true: it may be started with a larger window.
LASTS = timedelta(days=1)
#: The part of what was too much that is taken for the window where nothing else is told.
_PART = 2


def of(
    session: Session, provider: str, model: str, window: int | None, now: datetime
) -> int | None:
    """Tokens that a model holds; `window` is what is known of it. None: nobody knows."""
    said = session.windows.get(_key(provider, model), {})
    at = times.read(said.get("at"))
    if at is None or now - at > LASTS:
        return window
    tokens = int(said["tokens"])
    return tokens if window is None else min(tokens, window)


def learnt(provider: str, model: str, failure: Failure, sent: int, now: datetime) -> Change:
    """What a context error tells of a model, to be kept in the session. `sent`: tokens of the
    request as we count them; the window is told in the same measure.
    """
    tokens = max(1, _tokens(failure, sent))
    key = facts.window_key(_key(provider, model))
    return Change(key, {"tokens": tokens, "at": stamp(now)})


def _tokens(failure: Failure, sent: int) -> int:
    limit, counted = failure.limit_tokens, failure.sent_tokens
    if limit is None:
        return sent // _PART
    if counted is None:
        return min(limit, sent)  # it holds less than that, by our measure
    return limit * sent // counted if counted > sent else limit


def _key(provider: str, model: str) -> str:
    return f"{provider} {model}"
