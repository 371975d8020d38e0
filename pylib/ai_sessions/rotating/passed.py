"""Models that were passed over, and the one line that is said when none has answered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.errors import AiSessionsError, ConfigError, LimitReached, ProviderError, TimedOut
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import counted
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Place

_HOW_TO_HAVE = "set the key of a pool, such as OPENROUTER_API_KEY, or name models in AI_MODELS"
_LATER = "run it again later, or name a model: --model; how they stand: ai-session.sh models list"
_MEND = "mend it, or name other models in AI_MODELS: ai-session.sh models list"
_MORE_TIME = "raise AI_TIMEOUT, or ask for less at once"
#: An account that is refused, with the status it is refused by.
_ACCOUNT = re.compile(r"(^|: )40[12] ")


@dataclass(frozen=True, slots=True)
class Passed:
    """A model that did not answer."""

    model: str
    why: str
    is_closed: bool = False
    """It was known or has said that it takes no calls for now."""
    until: datetime | None = None
    """When it takes calls again, as it says; None: it does not say."""
    is_setting: bool = False
    """It cannot be asked with these settings, now or later."""
    hint: str = ""
    """What to do about it; empty: nothing but to wait."""

    def reason(self, now: datetime) -> str:
        """For people."""
        return f"{self.why}, until {times.ahead(self.until, now)}" if self.until else self.why

    def facts(self) -> dict[str, str]:
        """For the record."""
        until = {"until": stamp(self.until)} if self.until else {}
        return {"model": self.model, "why": self.why, **until}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended that no model has answered."""

    places: Sequence[Place]
    """Where it might have been asked."""
    passed: Sequence[Passed]
    """Who has not answered, and who was not asked."""
    now: datetime
    is_late: bool = False
    """Its time is up."""
    is_beaten: bool = False
    """Other processes took what is left of the quotas again and again."""
    is_unreachable: bool = False
    """No server could be reached."""
    first_at: datetime | None = None
    """When the first model may answer again; None: nobody knows."""


def error(ended: Ended) -> AiSessionsError:
    """What is said of a request that no model has answered: one line, each reason once."""
    count, reasons = len(ended.places), told(ended.passed, ended.now)
    nobody = f"none of {counted(count, 'model')}" if count > 1 else "no model"
    if ended.is_late:
        late = f"{nobody} has answered in time"
        return TimedOut(": ".join(filter(None, (late, reasons))), _MORE_TIME)
    if ended.is_beaten:
        return LimitReached("others take what is left of the quotas again and again", _LATER)
    if not ended.passed:
        return ConfigError("there is no model to choose among", _HOW_TO_HAVE)
    if ended.is_unreachable:
        return ProviderError(f"no model could be reached: {reasons}", "is there a network?")
    return _refused(ended, nobody, reasons)


def _refused(ended: Ended, nobody: str, reasons: str) -> AiSessionsError:
    if all(_ACCOUNT.search(one.why) for one in ended.passed):
        return ProviderError(f"{nobody} can answer now: {reasons}", _check_keys(ended.places))
    if all(one.is_setting for one in ended.passed):
        return ConfigError(f"{nobody} can be asked: {reasons}", _MEND)
    if all(one.is_closed for one in ended.passed):
        return LimitReached(f"{nobody} can answer now: {reasons}", _when(ended))
    return ProviderError(f"{nobody} has answered: {reasons}", _LATER)


def _when(ended: Ended) -> str:
    """What to do where all are closed."""
    hints = {one.hint for one in ended.passed}
    if len(hints) == 1 and "" not in hints:
        return hints.pop()
    if ended.first_at is None:
        return _LATER
    return f"the next may answer at {times.ahead(ended.first_at, ended.now)}; {_LATER}"


def _check_keys(places: Sequence[Place]) -> str:
    names = dict.fromkeys(one.pool.key_variable for one in places if one.pool.key_variable)
    keys = " and ".join(names) or "your keys"
    return f"check {keys}; a model that is named is asked at once: --model"


def told(passed: Sequence[Passed], now: datetime) -> str:
    """Why none has answered; models with the same reason stand together, also those that pause for
    what one of their account was told.
    """
    models: dict[str, list[str]] = {}
    said = {one.why: one.reason(now) for one in passed if one.until}
    for one in passed:
        why = one.why.partition(": ")[2] if one.is_closed else ""
        models.setdefault(said.get(why) or one.reason(now), []).append(one.model)
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in models.items())
