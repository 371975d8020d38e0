"""What follows from a call that was not answered: what is closed, until when, who is asked next.

Limits and statements of a provider close what they name and are no failures of the model; what
breaks on the way is one, and opens its breaker. A time that the provider names has no cap: to ask
earlier is to be refused again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ai_sessions.rotation import breaker
from ai_sessions.rotation.records import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sessions.rotation.records import ModelState, Outcome, WindowState

DAY = timedelta(days=1)
#: A limit that ends within these is one of a minute.
_MINUTE = timedelta(seconds=120)
#: Used as much as that, the day's limit is what a bare refusal means.
_SPENT = 0.95
#: What a limit that nobody knows counts as beside those that are known.
_UNKNOWN = 0.5
_PER_DAY = r"per.?day|daily|\b[rt]pd\b"
_PER_MINUTE = r"per.?min|\b[rt]pm\b"
#: Words for all that an account may use, whichever model is asked.
_USAGE = r"usage limit|regain access|weekly limit"
_NO_CREDIT = r"insufficient_quota"
#: A model that is served, though not with what this call asks for.
_LACKS = r"no endpoints found that support"
_KEY = r"invalid.{0,10}api.?key|api.?key.{0,20}invalid|authentication_error"
_LONGEST_WHY = 120
#: Nobody's fault but the call's, or the person's: nobody else is asked.
_STOPS = ("denied", "interrupted", "budget", "busy", "session_gone", "limit")
_BREAKS = ("server", "overloaded", "timeout", "network", "unreadable", "empty")


def mark(
    outcome: Outcome,
    state: ModelState,
    windows: Sequence[WindowState],
    now: datetime,
    offline: bool = False,
) -> Mark:
    """What follows. `state` and `windows`: of the model as it was asked. `offline`: no provider
    could be reached.
    """
    if outcome.ok:
        return Mark("none")
    now = now.astimezone(UTC)  # between times of one zone Python counts by its clocks
    return replace(_mark(outcome, state, windows, now, offline), why=why(outcome))


def why(outcome: Outcome) -> str:
    """The failure for people, in one line: `404 No endpoints found`."""
    told = " ".join(outcome.message.split()) or outcome.status.replace("_", " ")
    code = str(outcome.http) if outcome.http and not told.startswith(str(outcome.http)) else ""
    said = f"{code} {told}".strip()
    return said if len(said) <= _LONGEST_WHY else f"{said[: _LONGEST_WHY - 1].rstrip()}…"


def _mark(
    outcome: Outcome,
    state: ModelState,
    windows: Sequence[WindowState],
    now: datetime,
    offline: bool,
) -> Mark:
    if stated := _of_the_call(outcome, offline) or _stated(outcome, now):
        return stated
    if outcome.status == "rate_limit" or outcome.http == 429:
        return _limited(outcome, state, windows, now)
    if outcome.status in _BREAKS or outcome.http >= 500:
        ends = [breaker.pause_until(state, now), _named(outcome, now)]
        until = max((at for at in ends if at), default=None)
        return Mark("breaker", until, counts_as_failure=True, is_guess=True)
    return Mark("none", counts_as_failure=outcome.was_sent)


def _of_the_call(outcome: Outcome, offline: bool) -> Mark | None:
    """What says nothing of the model; None: it does say something."""
    if outcome.status == "context_too_long" or outcome.http == 413:
        return Mark("none", then="larger")
    if outcome.status in _STOPS:
        return Mark("none", then="stop")
    return Mark("none") if offline and outcome.status == "network" else None


def _stated(outcome: Outcome, now: datetime) -> Mark | None:
    """What the provider says of the key, the account or the model; None: nothing of these."""
    until = _named(outcome, now) or now + DAY
    said = f"{outcome.status} {outcome.message}"
    if outcome.http == 404 and _says(_LACKS, said):
        return Mark("none", uses_attempt=False)
    if outcome.http == 401 or (outcome.status == "auth" and not _is_tier(outcome)):
        return Mark("key", until, uses_attempt=False)
    if outcome.http == 402 or _is_out_of_credit(outcome, now):
        return Mark("pool", until, uses_attempt=False)
    if outcome.status == "model" or outcome.http == 404 or _is_tier(outcome):
        return Mark("model", until, uses_attempt=False)
    return None


def _is_tier(outcome: Outcome) -> bool:
    """The key is good, and not for this model."""
    return (
        outcome.http == 403 and outcome.status != "rate_limit" and not _says(_KEY, outcome.message)
    )


def _is_out_of_credit(outcome: Outcome, now: datetime) -> bool:
    """Of a 429, too: what is said of billing there is mostly a limit that ends by itself."""
    if outcome.status != "billing":
        return False
    bare = _named(outcome, now) is None and _says(_NO_CREDIT, outcome.message)
    return bare if outcome.http == 429 else True


def _limited(
    outcome: Outcome, state: ModelState, windows: Sequence[WindowState], now: datetime
) -> Mark:
    until = _named(outcome, now)
    if _says(_USAGE, outcome.message) and until:
        return Mark("pool", until)
    if until:
        scope: Literal["minute", "day"] = "minute" if until - now <= _MINUTE else "day"
        meant = _meant(scope, windows)
        return Mark(scope, until, quota=meant.pool if meant else "")
    if spent := _spent_day(outcome.message, windows):
        return _day(spent, now)
    if _says(_PER_DAY, outcome.message):
        return _day(_meant("day", windows), now)
    pause = timedelta(seconds=breaker.doubled_s(state.limited_in_a_row))
    return Mark("model", now + pause, is_guess=True)


def _meant(scope: str, windows: Sequence[WindowState]) -> WindowState | None:
    """The window of a refusal that does not name it: of its length, the one used up most."""
    found = [one for one in windows if (one.period == "minute") == (scope == "minute")]
    return max(found, key=_part, default=None)


def _day(window: WindowState | None, now: datetime) -> Mark:
    """The mark of a day that is used up, until its own reset where that is known."""
    pool, at = (window.pool, window.resets_at) if window else ("", None)
    if at is not None and at > now:
        return Mark("day", at, quota=pool)
    return Mark("day", _midnight(now), quota=pool, is_guess=True)


def _spent_day(told: str, windows: Sequence[WindowState]) -> WindowState | None:
    """The daily limit that is used up, or nearly, unless the words name the minute."""
    if _says(_PER_MINUTE, told):
        return None
    found = [one for one in windows if one.period != "minute" and one.limit is not None]
    fullest = max(found, key=_part, default=None)
    return fullest if fullest is not None and _part(fullest) >= _SPENT else None


def _part(window: WindowState) -> float:
    if window.limit is None:
        return _UNKNOWN
    return (window.used + window.held) / window.limit if window.limit > 0 else 1.0


def _named(outcome: Outcome, now: datetime) -> datetime | None:
    """The end that the provider names, unless it is over."""
    return outcome.until if outcome.until is not None and outcome.until > now else None


def _midnight(now: datetime) -> datetime:
    """The end of the day where nobody knows whose day it is: most providers count in UTC."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today + DAY


def _says(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
