"""Times: how they are read, from records and from people, and in which day, week or month they lie.

`zone` is the time zone of days without an offset of their own; None is this machine's (`TZ`). A day
is a day of the calendar, so it has 23 or 25 hours when the clocks change. Answers are in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from ai_sessions.config.spelling import nearest
from ai_sessions.errors import UsageError
from ai_sessions.records import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Any

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMS = '2026-11-28, 2026-11, 2026-11-28T08:30, today, yesterday, monday, 7d, "2 weeks"'
_AGES = 'use days such as 30 or 30d, 12h, 2w or "2 weeks"'
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"h": timedelta(hours=1), "d": _DAY, "w": timedelta(weeks=1)}

_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").fullmatch
_AGE = re.compile(r"(\d{1,5}) ?(h|d|w|hours?|days?|weeks?)?", re.ASCII).fullmatch
_AGO = re.compile(r"(\d{1,5}) ?(h|d|w|hours?|days?|weeks?)( ago)?", re.ASCII).fullmatch
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII).fullmatch
_WEEK = re.compile(r"(\d{4})-w(\d\d)", re.ASCII).fullmatch


def read(text: Any, zone: tzinfo | None = UTC) -> datetime | None:
    """The time that a record gives; None when it cannot be read."""
    try:
        return parsed(text, zone)
    except ValueError:
        return None


def parsed(text: Any, zone: tzinfo | None = UTC) -> datetime:
    """The same; raises `ValueError` when it cannot be read."""
    try:
        return _in_utc(datetime.fromisoformat(text), zone)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is not a time") from error


def microseconds(text: Any) -> int | None:
    """The same as microseconds since 1970, which indexes sort by."""
    at = read(text)
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def at_microseconds(count: int) -> datetime:
    """The time so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=count)


def utc(text: Any, zone: tzinfo | None = UTC) -> str:
    """A time in the form of our records. Raises `ValueError` when it cannot be read."""
    at = parsed(text, zone)
    return str(text) if _OURS(text) else stamp(at)


def utc_of_ms(milliseconds: Any) -> str:
    """Milliseconds since 1970 in the form of our records. Raises `ValueError`."""
    try:
        return stamp(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (TypeError, OverflowError, OSError) as error:
        raise ValueError(f"{milliseconds!r} is not a time") from error


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
            return _midnight(days[end], zone)
        return parsed(word.upper(), zone)
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


def day(at: datetime, zone: tzinfo | None) -> str:
    """The day a time lies in: `2026-11-28`."""
    return at.astimezone(zone).date().isoformat()


def month(at: datetime, zone: tzinfo | None) -> str:
    """The month a time lies in: `2026-11`."""
    return day(at, zone)[:7]


def began(at: datetime, period: str, zone: tzinfo | None) -> datetime:
    """The first moment of the `day` or `month` that a time lies in."""
    local = at.astimezone(zone).date()
    return _midnight(local.replace(day=1) if period == "month" else local, zone)


def week(at: datetime, zone: tzinfo | None) -> str:
    """The ISO week a time lies in: `2026-W48`. It begins on Monday."""
    year, number, _ = at.astimezone(zone).isocalendar()
    return f"{year:04d}-W{number:02d}"


def days_of_week(week: str) -> str:
    """The days of an ISO week for people: `2026-W49` is `Nov 30-Dec 6`."""
    first, after = _iso_week(int(week[:4]), int(week[-2:]))
    last = after - _DAY
    month = "" if last.month == first.month else f"{_MONTHS[last.month - 1]} "
    return f"{_MONTHS[first.month - 1]} {first.day}-{month}{last.day}"


def ago(at: str, now: str) -> str:
    """`2 h ago`; both times as in records. `at` itself when it is no time."""
    then, present = read(at), read(now)
    if then is None or present is None:
        return at
    seconds = (present - then).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def _normal(text: str) -> str:
    return " ".join(text.lower().split())


def _in_utc(at: datetime, zone: tzinfo | None) -> datetime:
    """`astimezone` takes a time without a zone for one of this machine."""
    return (at if at.tzinfo or zone is None else at.replace(tzinfo=zone)).astimezone(UTC)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    """The first moment of a day; where the clocks skip midnight, that is the moment they do."""
    return _in_utc(datetime(day.year, day.month, day.day), zone)


def _before(now: datetime, zone: tzinfo | None, number: int, unit: str) -> datetime:
    """Days and weeks go by the calendar: the same time of day, so many days before."""
    if unit == "h":
        return (now - number * _UNITS[unit]).astimezone(UTC)
    clock = now.astimezone(zone).replace(tzinfo=None)
    return _in_utc(clock - number * _UNITS[unit], zone)


def _days(word: str, today: date) -> tuple[date, date] | None:
    """The first day of what a word means, and the one after the last; None for an exact time."""
    if found := _MONTH(word):
        first = date(int(found[1]), int(found[2]), 1)
        return first, (first + 31 * _DAY).replace(day=1)
    if found := _WEEK(word):
        return _iso_week(int(found[1]), int(found[2]))
    one = _day(word, today)
    return (one, one + _DAY) if one else None


def _day(word: str, today: date) -> date | None:
    """`monday` is the last one there was, today included."""
    if word in ("today", "yesterday"):
        return today - (word == "yesterday") * _DAY
    if word in _WEEKDAYS:
        return today - (today.weekday() - _WEEKDAYS.index(word)) % 7 * _DAY
    try:
        return date.fromisoformat(word.upper())
    except ValueError:
        return None


def _iso_week(year: int, number: int) -> tuple[date, date]:
    first = date.fromisocalendar(year, number, 1)
    return first, first + 7 * _DAY
