"""Times as people write them: `today`, `7d`, `2026-11`, and names of time zones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from ai_sessions import times
from ai_sessions.config.spelling import nearest
from ai_sessions.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORMS = '2026-11-28, 2026-11, 2026-11-28T08:30, today, yesterday, monday, 7d, "2 weeks"'
_AGES = 'use days such as 30 or 30d, 12h, 2w or "2 weeks"'
_UNITS = {"h": timedelta(hours=1), "d": times.DAY, "w": timedelta(weeks=1)}

_AGE = re.compile(r"(\d{1,5}) ?(h|d|w|hours?|days?|weeks?)?", re.ASCII).fullmatch
_AGO = re.compile(r"(\d{1,5}) ?(h|d|w|hours?|days?|weeks?)( ago)?", re.ASCII).fullmatch
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII).fullmatch
_WEEK = re.compile(r"(\d{4})-w(\d\d)", re.ASCII).fullmatch


def age(text: str) -> timedelta:
    """`30` and `30d` are days, `12h` hours, `2w` and `2 weeks` weeks. Raises `UsageError`."""
    found = _AGE(_normal(text))
    if not found:
        raise UsageError(f"not an age: {text!r}", _AGES)
    number, unit = found.groups()
    return int(number) * _UNITS[(unit or "d")[0]]


def moment(text: str, now: datetime, zone: tzinfo | None, *, end: bool = False) -> datetime:
    """A time as a person writes it: a day, week or month, an exact time, or how long ago it was.

    A day, week or month stands for its first moment, with `end` for the moment it is over. Raises
    `UsageError` with the forms there are.
    """
    word = _normal(text)
    try:
        if found := _AGO(word):
            return _before(now, zone, int(found[1]), found[2][0])
        days = _days(word, now.astimezone(zone).date())
        if days:
            return times.midnight(days[end], zone)
        return times.parsed(word.upper(), zone)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"not a time: {text!r}", f"write it like one of: {_FORMS}") from None


def span(
    since: str | None, until: str | None, now: datetime, zone: tzinfo | None
) -> tuple[datetime | None, datetime | None]:
    """Two times as a person writes them, None where one is open: from the first, before the second.

    Raises `UsageError`, also for an end that is over before the beginning.
    """
    first = None if since is None else moment(since, now, zone)
    last = None if until is None else moment(until, now, zone, end=True)
    if first and last and last <= first:
        raise UsageError(f"{until} is over before {since} begins", "give the earlier time first")
    return first, last


def zone_named(name: str | None) -> tzinfo | None:
    """The zone of that name, such as Europe/Berlin; None is this machine's. Raises `UsageError`."""
    if name is None:
        return None
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        known = sorted(available_timezones())
    if not known:
        raise UsageError(f"no time zones on this machine to find {name!r} in", "install tzdata")
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else "write it like Europe/Berlin"
    raise UsageError(f"not a time zone: {name!r}", hint)


def _normal(text: str) -> str:
    return " ".join(text.lower().split())


def _before(now: datetime, zone: tzinfo | None, number: int, unit: str) -> datetime:
    """Days and weeks go by the calendar: the same time of day, so many days before."""
    if unit == "h":
        return (now - number * _UNITS[unit]).astimezone(UTC)
    clock = now.astimezone(zone).replace(tzinfo=None)
    return times.in_utc(clock - number * _UNITS[unit], zone)


def _days(word: str, today: date) -> tuple[date, date] | None:
    """The first day of what a word means, and the one after the last; None for an exact time."""
    if found := _MONTH(word):
        first = date(int(found[1]), int(found[2]), 1)
        return first, times.next_month(first)
    if found := _WEEK(word):
        return times.iso_week(int(found[1]), int(found[2]))
    one = _day(word, today)
    return (one, one + times.DAY) if one else None


def _day(word: str, today: date) -> date | None:
    """`monday` is the last one there was, today included."""
    if word in ("today", "yesterday"):
        return today - (word == "yesterday") * times.DAY
    if word in _WEEKDAYS:
        return today - (today.weekday() - _WEEKDAYS.index(word)) % 7 * times.DAY
    try:
        return date.fromisoformat(word.upper())
    except ValueError:
        return None
