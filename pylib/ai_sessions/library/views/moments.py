"""Times of records as programs have them."""

from __future__ import annotations

from datetime import UTC, datetime

from ai_sessions import times
from ai_sessions.records import stamp

_NEVER = datetime.fromtimestamp(0, UTC)


def moment(text: str) -> datetime:
    """The start of 1970 where a log does not say."""
    return times.read(text) or _NEVER


def now() -> datetime:
    """In UTC, as precise as a log."""
    return moment(stamp(datetime.now(UTC)))


def written(at: datetime) -> str:
    """As a log has it. A time without a zone is one of UTC."""
    return stamp(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
