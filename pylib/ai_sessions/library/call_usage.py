"""What a call used and cost, from whatever a program knows of it."""

from __future__ import annotations

from ai_sessions.errors import UsageError
from ai_sessions.library.usage import usage_of
from ai_sessions.records import Cost, Status, Usage

_NUSD = 1_000_000_000
#: No call costs as many dollars.
_MOST = 1_000_000
#: How calls end that a provider refused, which cost nothing.
_REFUSED = (
    *("auth", "billing", "rate_limit", "overloaded", "context_too_long", "session_gone"),
    *("busy", "limit", "budget", "denied", "model"),
)


def reported(given: object) -> Usage:
    """The usage that a provider reports, in whatever form. Raises `UsageError`."""
    found = usage_of(given)
    if found is None:
        raise UsageError(f"not the usage of a call: {given!r:.80}")
    return found


def cost(given: object) -> Cost:
    """A cost in dollars, or one of ours. Raises `UsageError`."""
    if isinstance(given, Cost):
        return given
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not 0 <= given < _MOST:  # type: ignore[operator]
        raise UsageError(f"a cost is a number of dollars, not {given!r:.80}")
    return Cost(round(given * _NUSD), "client")  # type: ignore[operator]


def unreported(used: Usage, status: Status) -> Cost | None:
    """Of a call that failed without an answer: nothing when the provider refused it, else nobody
    knows. None: it is priced as any other.
    """
    if status == "ok" or used != Usage():
        return None
    return Cost(0, "refused") if status in _REFUSED else Cost()
