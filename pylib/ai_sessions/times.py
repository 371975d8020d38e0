"""Times of records: how they are read, and in which day, week or month they lie.

`zone` is the time zone of days without an offset of their own; None is this machine's (`TZ`). A day
is a day of the calendar, so it has 23 or 25 hours when the clocks change. Answers are in UTC. Light
on imports: `stats` asks which day it is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Any

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINUTE_S = 60
DAY = timedelta(days=1)
#: Years that are whole in every time zone, with the weeks that reach beyond them.
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The form of our records, and what is no digit in it.
_FORM = "0000-00-00T00:00:00.000Z"
_SIGNS = tuple((place, sign) for place, sign in enumerate(_FORM) if sign != "0")


def read(text: Any, zone: tzinfo | None = UTC) -> datetime | None:
    """The time that a record gives; None when it cannot be read."""
    try:
        return parsed(text, zone)
    except ValueError:
        return None


def parsed(text: Any, zone: tzinfo | None = UTC) -> datetime:
    """The same; raises `ValueError` when it cannot be read."""
    try:
        at = in_utc(datetime.fromisoformat(text), zone)
        if _FIRST_YEAR <= at.year <= _LAST_YEAR:
            return at
        raise ValueError(f"the year {at.year}")
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ValueError(f"{text!r} is not a time") from error


def microseconds(text: Any) -> int | None:
    """The same as microseconds since 1970, which indexes sort by."""
    at = read(text)
    return None if at is None else in_microseconds(at)


def in_microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def at_microseconds(count: int) -> datetime:
    """The time so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=count)


def utc(text: Any, zone: tzinfo | None = UTC) -> str:
    """A time in the form of our records. Raises `ValueError` when it cannot be read."""
    from ai_sessions.records import stamp

    at = parsed(text, zone)
    return str(text) if _is_ours(text) else stamp(at)


def is_stamp(text: Any) -> bool:
    """Whether it is a time in the very form of our records, which `utc` leaves as it is."""
    if type(text) is not str or len(text) != len(_FORM) or not "1000" <= text[:4] < "9000":
        return False
    if text[4:22:3] != "--T::." or text[23] != "Z":
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def utc_of_ms(milliseconds: Any) -> str:
    """Milliseconds since 1970 in the form of our records. Raises `ValueError`."""
    from ai_sessions.records import stamp

    try:
        return stamp(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (TypeError, OverflowError, OSError) as error:
        raise ValueError(f"{milliseconds!r} is not a time") from error


def day(at: datetime, zone: tzinfo | None) -> str:
    """The day a time lies in: `2026-11-28`."""
    return at.astimezone(zone).date().isoformat()


def month(at: datetime, zone: tzinfo | None) -> str:
    """The month a time lies in: `2026-11`."""
    return day(at, zone)[:7]


def began(at: datetime, period: str, zone: tzinfo | None) -> datetime:
    """The first moment of the `day`, `week` or `month` that a time lies in."""
    return spanned(at, period, zone)[0]


def spanned(at: datetime, period: str, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The same, and the moment that it is over."""
    first = at.astimezone(zone).date()
    if period == "month":
        first = first.replace(day=1)
    elif period == "week":
        first -= first.weekday() * DAY
    after = {"day": first + DAY, "week": first + 7 * DAY, "month": next_month(first)}[period]
    return midnight(first, zone), midnight(after, zone)


def next_month(first: date) -> date:
    """The first day of the month after the one that begins with `first`."""
    return (first + 31 * DAY).replace(day=1)


def week(at: datetime, zone: tzinfo | None) -> str:
    """The ISO week a time lies in: `2026-W48`. It begins on Monday."""
    year, number, _ = at.astimezone(zone).isocalendar()
    return f"{year:04d}-W{number:02d}"


def days_of_week(week: str) -> str:
    """The days of an ISO week for people: `2026-W49` is `Nov 30-Dec 6`."""
    first, after = iso_week(int(week[:4]), int(week[-2:]))
    last = after - DAY
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


def ahead(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A time to come for people: `15:00 (in 2 h 10 min)`, `Mon Nov 30, 09:00 (in 1 d 9 h)`."""
    left_s = (at - now).total_seconds()
    told = f"{at.astimezone(zone):%H:%M:%S}" if left_s < _MINUTE_S else clock(at, now, zone)
    return f"{told} (in {lasting(left_s)})"


def told(at: str, now: datetime, zone: tzinfo | None = None) -> str:
    """A time as in records, for people: `15:00`. `at` itself when it is no time."""
    found = read(at)
    return clock(found, now, zone) if found else at


def clock(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A time for people: `15:00`, and on another day than today `Mon Nov 30, 09:00`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    day = f"{_WEEKDAYS[local.weekday()]} {_MONTHS[local.month - 1]} {local.day}{year}"
    return f"{day}, {local:%H:%M}"


def lasting(seconds: float) -> str:
    """How long it takes, for people: `40 s`, `2 h 10 min`, `1 d 9 h`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE_S:
        return f"{whole} s"
    minutes = -(-whole // _MINUTE_S)  # never less than it takes
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (0 if days else minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def in_utc(at: datetime, zone: tzinfo | None) -> datetime:
    """The same time in UTC; one without an offset is one of `zone`."""
    # `astimezone` takes a time without an offset for one of this machine
    return (at if at.tzinfo or zone is None else at.replace(tzinfo=zone)).astimezone(UTC)


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """The first moment of a day; where the clocks skip midnight, that is the moment they do."""
    return in_utc(datetime(day.year, day.month, day.day), zone)


def iso_week(year: int, number: int) -> tuple[date, date]:
    """Its first day, and the one after its last. Raises `ValueError`."""
    first = date.fromisocalendar(year, number, 1)
    return first, first + 7 * DAY


def _is_ours(text: str) -> bool:
    """Whether a time that can be read has the very form of our records."""
    return len(text) == len(_FORM) and all(text[place] == sign for place, sign in _SIGNS)
