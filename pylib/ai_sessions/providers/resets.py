"""When a limit ends, in all the forms in which servers and agents say it.

Each function answers None when nothing is said. A time that cannot be meant (long over, or more
than a year away) counts as not said: an unknown end is better than a wrong one.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from ai_sessions import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: A time that far in the past or in the future is not the end of a limit.
_LONGEST = timedelta(days=400)
_OVER = timedelta(days=1)
#: A complaint may come a little after the time that it names.
_LATE = timedelta(minutes=15)
#: Numbers from here on are milliseconds since 1970, seconds since 1970, seconds from now.
_MILLISECONDS, _SECONDS = 1e11, 1e9
_LARGEST = 1e14
_ALL_USED = 100
_UNITS = {
    **dict.fromkeys(("ms", "millisecond"), 0.001),
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("h", "hr", "hour"), 3600.0),
    **dict.fromkeys(("d", "day"), 86400.0),
    **dict.fromkeys(("w", "week"), 604800.0),
}
# Patterns, compiled when something is looked for: most calls reach no limit, and all of them
# together take 8 ms. Upper and lower case are alike in all but the last.
_PART = (
    r"\d+(?:\.\d+)?\s*"
    r"(?:(?:millisecond|second|sec|minute|min|hour|hr|day|week)s?\b|ms|[dhmsw](?![a-z]))"
)
_DURATION = rf"{_PART}(?:[\s,]*(?:and\s+)?{_PART})*"
_EACH = r"(\d+(?:\.\d+)?)\s*([a-z]+)"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
#: What comes before a time, or before how long it takes.
_BEFORE = (
    r"(?:\b(?:limits?|quota|usage|access)\b[^.\n]{0,40}?\breset\w*|\bresets?|"
    r"\btry(?:ing)? again|\b(?:please )?(?:re)?try|\bregain access|\bavailable again|"
    r"\brefresh(?:es)?|\bwait)"
)
_IN = rf"{_BEFORE}\s*(?:in|after|for|:)?\s*({_DURATION})"
_FIELD = (
    r"[\"']?(?P<name>retry-?delay|retry-after(?:-ms)?|resets?_?-?(?:at|in_seconds|after_seconds)|"
    r"x-ratelimit-reset)[\"']?\s*[:=]\s*[\"']?(?P<value>[^\"',}\s]+)"
)
_EPOCH = r"limit reached\s*\|\s*(\d{9,13})\b"
_AT = (
    rf"{_BEFORE}\s*(?:at|on|by|:)?\s*(?P<iso>\d{{4}}-\d\d-\d\d)?"
    r"(?P<clocked>T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"(?:(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?:,?\s+(?P<year>\d{4}))?)?"
    rf"(?:(?P<weekday>{'|'.join(_DAYS)})[a-z]*)?"
    r"[,\s]*(?:at\s+)?"
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::\d\d)?)?\s*(?P<half>[ap]\.?m\b\.?)?)?"
    r"(?P<tomorrow>\s+tomorrow)?"
    r"(?:\s*\(?(?P<zone>UTC|GMT|[A-Z][A-Za-z_]+/[A-Za-z_+\-0-9/]+)\)?)?"
)
#: Headers that say all, and what makes seconds of their numbers.
_FIRST = (
    ("retry-after-ms", 0.001),
    ("retry-after", 1.0),
    ("anthropic-ratelimit-unified-reset", 1.0),
)
_IS_RESET = r"(?=.*ratelimit)(?=.*reset)|^x-codex-.*-reset-at$"


def of_headers(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """From the headers of a refusal: the one time it names, else the last of the limits that are
    used up.

    Header names are lower case.
    """
    for name, scale in _FIRST:
        if (at := _value(headers.get(name, ""), now, scale)) is not None:
            return at
    return max(_used_up(headers, now), default=None)


def of_text(text: str, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """From the words of a refusal. `zone`: of a time that names none; None is this machine's."""
    if found := re.search(_EPOCH, text, re.IGNORECASE):
        return of_number(float(found[1]), now)
    for found in re.finditer(_FIELD, text, re.IGNORECASE):
        scale = 0.001 if found["name"].lower().endswith("-ms") else 1.0
        if (at := _value(found["value"].rstrip("."), now, scale)) is not None:
            return at
    if found := re.search(_IN, text, re.IGNORECASE):
        return _after(_seconds(found[1]), now)
    for found in re.finditer(_AT, text, re.IGNORECASE):
        with contextlib.suppress(ValueError, OverflowError):
            if (at := _named(found, now, zone)) is not None:
                return _checked(at, now)
    return None


def of_number(value: float, now: datetime) -> datetime | None:
    """From a number: seconds or milliseconds since 1970, or seconds from now."""
    if not 0 <= value < _LARGEST:  # nor what is no number
        return None
    if value < _SECONDS:
        return _after(value, now)
    seconds = value / 1000 if value >= _MILLISECONDS else value
    return _checked(datetime.fromtimestamp(seconds, UTC), now)


def of_value(text: str, now: datetime) -> datetime | None:
    """From the value of a header or a field, which says nothing but the time."""
    return _value(text, now) if text else None


def midnight(zone: str, now: datetime) -> datetime | None:
    """When the day that it is in that zone ends; None: this machine does not know the zone."""
    if (there := _zone(zone, None)) is None:
        return None
    return times.midnight(now.astimezone(there).date() + timedelta(days=1), there)


def _used_up(headers: Mapping[str, str], now: datetime) -> Iterator[datetime]:
    """The ends of all limits but those of which something is left."""
    for name, value in headers.items():
        if re.search(_IS_RESET, name) and not _is_left(headers, name):
            at = _value(value, now)
            if at is not None:
                yield at


def _is_left(headers: Mapping[str, str], name: str) -> bool:
    """Whether something is left of the limit whose end stands in that header."""
    remaining = headers.get(name.replace("reset", "remaining"), "0")
    used = headers.get(name.removesuffix("reset-at") + "used-percent", "100")
    try:
        return float(remaining) > 0 or float(used) < _ALL_USED
    except ValueError:
        return False


def _value(text: str, now: datetime, scale: float = 1.0) -> datetime | None:
    """A number, a duration such as `6m0s`, an RFC 3339 time or an HTTP date."""
    text = text.strip()
    with contextlib.suppress(ValueError):
        return of_number(float(text) * scale, now)
    if re.fullmatch(_DURATION, text, re.IGNORECASE):
        return _after(_seconds(text), now)
    at = times.read(text)
    if at is None:
        from email.utils import parsedate_to_datetime  # loads slowly, and few say it so

        with contextlib.suppress(ValueError, TypeError, IndexError):
            at = times.in_utc(parsedate_to_datetime(text), UTC)
    return None if at is None else _checked(at, now)


def _seconds(duration: str) -> float:
    return sum(
        float(number) * _unit(name.lower())
        for number, name in re.findall(_EACH, duration, re.IGNORECASE)
    )


def _unit(name: str) -> float:
    return _UNITS.get(name) or _UNITS.get(name.rstrip("s"), 0.0)


def _after(seconds: float, now: datetime) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None


def _named(found: re.Match[str], now: datetime, zone: tzinfo | None) -> datetime | None:
    """A time as people write it: `8pm (Europe/Berlin)`, `Mar 10th, 2026 3:39 AM`. Raises
    `ValueError` for a day or an hour that there is not.
    """
    if found["iso"] and found["clocked"]:
        return times.parsed(found["iso"] + found["clocked"].upper(), _zone(found["zone"], zone))
    zone = _zone(found["zone"], zone)
    has_clock = found["minute"] is not None or found["half"] is not None
    has_day = found["iso"] or found["month"] or found["weekday"]
    if not (has_clock or has_day):
        return None
    clock = timedelta(hours=_hour(found), minutes=int(found["minute"] or 0)) * has_clock
    present = now.astimezone(zone).replace(tzinfo=None)
    if found["iso"]:
        return times.in_utc(datetime.fromisoformat(found["iso"]) + clock, zone)
    return times.in_utc(_next(found, present, clock), zone)


def _next(found: re.Match[str], present: datetime, clock: timedelta) -> datetime:
    """The next time that fits what is said; one that has just passed is that one."""
    today = datetime(present.year, present.month, present.day)
    if found["month"]:
        month = _MONTHS.index(found["month"].lower()) + 1
        at = datetime(int(found["year"] or present.year), month, int(found["day"])) + clock
        is_over = not found["year"] and at < present - _LONGEST / 4
        return at.replace(year=at.year + 1) if is_over else at
    if found["weekday"]:
        days = (_DAYS.index(found["weekday"].lower()) - present.weekday()) % 7
        at, step = today + timedelta(days=days) + clock, timedelta(weeks=1)
    else:
        at, step = today + clock, timedelta(days=1)
    return at + step if found["tomorrow"] or at < present - _LATE else at


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"] or 0)
    half = (found["half"] or "")[:1].lower()
    if (half and hour > 12) or hour > 23:
        raise ValueError(f"no hour: {hour}")
    return hour if not half else hour % 12 + 12 * (half == "p")


def _zone(name: str | None, otherwise: tzinfo | None) -> tzinfo | None:
    """The zone of that name; of one that nobody knows, what is meant otherwise."""
    if not name:
        return otherwise
    if name.upper() in ("UTC", "GMT"):
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return otherwise


def _checked(at: datetime, now: datetime) -> datetime | None:
    return at if now - _OVER <= at <= now + _LONGEST else None
