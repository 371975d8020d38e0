"""Times of records as programs have them."""

from __future__ import annotations

from datetime import UTC, datetime

from ai_sessions import times

_NEVER = datetime.fromtimestamp(0, UTC)


def moment(text: str) -> datetime:
    """The start of 1970 where a log does not say."""
    return times.read(text) or _NEVER
