"""What servers and agents say of their limits, in all the forms in which they say it.

What is not said is None, never 0: an unknown limit is better than a wrong one. The end of a window
is read by the rules of `resets`; one that cannot be that window's counts as not said.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ai_sessions.providers import resets
from ai_sessions.providers.fields import is_number, number, objects, table, word
from ai_sessions.records import Json, Period, Told, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
_WEEK_S = 7 * DAY_S
#: A window that ends this soon is one of a minute.
_SOON_S = 120
_PERCENT = 100
#: No body longer than this is searched.
_LONGEST = 100_000
_SPANS = {
    **dict.fromkeys(("min", "minute", "1m"), MINUTE_S),
    **dict.fromkeys(("hour", "1h"), HOUR_S),
    **dict.fromkeys(("day", "1d"), DAY_S),
    "month": 30 * DAY_S,
}
#: `x-ratelimit-limit-requests`, `x-ratelimit-limit-tokens-minute`, `x-ratelimit-limit-req-minute`.
_OF_UNIT = r"x-ratelimit-limit-(?P<unit>req|tok)[a-z]*(?:-(?:per-)?(?P<span>\w+))?"
_PLAIN = ("x-ratelimit-{}", "ratelimit-{}")
_ANTHROPIC = "anthropic-ratelimit-{}-{}"
#: Subscriptions: the name of a window in headers, in events -> its length in seconds.
_UNIFIED = {"5h": 5 * HOUR_S, "7d": _WEEK_S}
_EVENTS = {"five_hour": 5 * HOUR_S, "seven_day": _WEEK_S}
_SLOTS = ("primary", "secondary")
#: Codex's name of the limits that all its models share, where it has one.
_USUAL = ("", "codex")
#: Groq's limits without a span in their name; elsewhere the figures themselves tell.
_GROQ: dict[Unit, int] = {"requests": DAY_S, "tokens": MINUTE_S}
#: `… on tokens per day (TPD): Limit 100000, Used 97050, Requested 3619.`
_SENTENCE = (
    r"(?P<unit>req|tok)\w* per (?P<span>min|minute|hour|day)\b[^:\n]{0,20}: "
    r"Limit (?P<limit>\d+)(?:\.\d+)?, Used (?P<used>\d+)"
)
_GOOGLE_ZONE = "America/Los_Angeles"


def of_answer(
    headers: Mapping[str, str], complaint: str, now: datetime, *, model: str, server: str
) -> tuple[Told, ...]:
    """From all that a server sent. `complaint`: the body of a refusal; empty: it answered. Of what
    both tell of one window, the body's counts.
    """
    named = {"model": model, "server": server, "words": complaint}
    by_headers = of_headers(headers, now, **named, answered=not complaint)
    by_body = of_body(complaint, now, model=model) if complaint else ()
    return joined((*by_headers, *by_body))


def joined(told: Iterable[Told]) -> tuple[Told, ...]:
    """One of each window: what was told last, with what only an earlier word tells."""
    found: dict[tuple[object, ...], Told] = {}
    for one in told:
        key = (one.unit, one.period, one.rolling_s, one.model)
        found[key] = _filled(one, found[key]) if key in found else one
    return tuple(found.values())


def of_headers(
    headers: Mapping[str, str],
    now: datetime,
    *,
    model: str = "",
    server: str = "",
    words: str = "",
    answered: bool = True,
) -> tuple[Told, ...]:
    """From the headers of an answer or a refusal; their names are lower case.

    `server`: its name and address. `words`: of the refusal. `answered`: then a limit of 0 is none.
    """
    if not any("ratelimit" in name or name.startswith("x-codex-") for name in headers):
        return ()
    found = (
        *_of_units(headers, now, model, server),
        *_plain(headers, now, words),
        *_anthropic(headers, now, model),
        *_subscriptions(headers, now),
    )
    return tuple(one for one in found if one.limit or not answered)


def of_body(text: str, now: datetime, *, model: str = "") -> tuple[Told, ...]:
    """From the body of a refusal, or an error in the middle of a stream."""
    error = error_of(text[:_LONGEST])
    words = word(error, "message")
    metadata = table(error, "metadata")
    named = {name.lower(): str(value) for name, value in table(metadata, "headers").items()}
    source = word(metadata, "limit_source")
    found = (
        *_plain(named, now, f"{words} {source}", "body"),
        *_google(error, now, model),
        *_sentence(words, model),
    )
    return tuple(found)


def of_subscription(told: Json, now: datetime) -> tuple[Told, ...]:
    """From what claude says of a subscription: the `rate_limit_info` of an event of its stream, or
    the `rate_limits` that its status line is given.
    """
    windows = {**told, **table(told, "unifiedWindows")}
    kind = word(told, "rateLimitType")
    if kind not in windows:
        windows[kind] = told
    is_over = {kind} if word(told, "status") == "rejected" else set()
    found = (
        _of_window(name, table(windows, name), now, is_over=name in is_over) for name in windows
    )
    return tuple(one for one in found if one)


def of_slots(limits: Json, now: datetime) -> tuple[Told, ...]:
    """From what codex logs of a subscription. Its slots stand for no window: `window_minutes` does;
    some plans have the week in the first.
    """
    found = []
    id_ = word(limits, "limit_id")
    model = (word(limits, "limit_name") or id_).lower() if id_ not in _USUAL else ""
    for slot in _SLOTS:
        window = table(limits, slot)
        span_s = int(number(window, "window_minutes") * MINUTE_S)
        at = number(window, "resets_at") or number(window, "resets_in_seconds")
        used = window.get("used_percent")
        if span_s:
            until = resets.of_number(at, now) if at else None
            found.append(_percent(span_s, used, until, now, model=model, origin="log"))
    return tuple(found)


def used_up_until(told: Iterable[Told]) -> datetime | None:
    """When the last of the limits of which nothing is left ends; None: none, or nobody says."""
    ends = [one.resets_at for one in told if one.resets_at and _is_used_up(one)]
    return max(ends, default=None)


def error_of(text: str) -> Json:
    """The error of a body, which Google puts into a list; empty: it has none."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    body = body[0] if isinstance(body, list) and body else body
    return table(body, "error") or (body if isinstance(body, dict) else {})


def _is_used_up(told: Told) -> bool:
    return told.limit is not None and told.used is not None and told.used >= told.limit


def _of_units(headers: Mapping[str, str], now: datetime, model: str, server: str) -> Iterator[Told]:
    """OpenAI's form, and what others made of it."""
    for name in headers:
        if not (found := re.fullmatch(_OF_UNIT, name)):
            continue
        unit: Unit = "requests" if found["unit"] == "req" else "tokens"
        limit, used = _limit(headers, name)
        reset = headers.get(name.replace("-limit-", "-reset-"), "")
        until = resets.of_value(reset, now)
        span_s = _SPANS.get(found["span"] or "")
        if span_s is None and found["span"] is None:
            is_groq = "groq" in server
            span_s = _GROQ[unit] if is_groq else _span(limit, used, reset, until, now)
        if limit is not None and span_s:
            yield _told(unit, span_s, limit, used, until, now, model=model)


def _span(
    limit: int | None, used: int | None, reset: str, until: datetime | None, now: datetime
) -> int:
    """The length of a window that is not named. Where it fills up again bit by bit, as at OpenAI,
    what was used takes its share of the window to come back; a duration tells that it does.
    """
    if until is None:
        return MINUTE_S
    seconds = (until - now).total_seconds()
    if limit and used and reset[-1:].isalpha():
        whole_s = seconds * limit / used
        if abs(whole_s / DAY_S - 1) < 0.02:
            return DAY_S
    return MINUTE_S if seconds <= _SOON_S else DAY_S


def _plain(
    headers: Mapping[str, str], now: datetime, words: str, origin: str = "header"
) -> Iterator[Told]:
    """OpenRouter's: one limit, of the account, that the words or its end tell from others."""
    for form in _PLAIN:
        limit, used = _limit(headers, form.format("limit"))
        until = resets.of_value(headers.get(form.format("reset"), ""), now)
        span_s = _span_in_words(words) or _span_by_end(until, now)
        if limit is not None and span_s:
            yield _told("requests", span_s, limit, used, until, now, origin=origin)
            return


def _span_in_words(words: str) -> int:
    if re.search(r"per[- ]day|daily", words, re.IGNORECASE):
        return DAY_S
    return MINUTE_S if re.search(r"per[- ]min", words, re.IGNORECASE) else 0


def _span_by_end(until: datetime | None, now: datetime) -> int:
    """Soon: it is a minute's. At midnight: a day's. Of others nobody knows."""
    if until is None:
        return 0
    if (until - now).total_seconds() <= _SOON_S:
        return MINUTE_S
    return DAY_S if until.timestamp() % DAY_S < 1 else 0


def _anthropic(headers: Mapping[str, str], now: datetime, model: str) -> Iterator[Told]:
    """Its `tokens` are whichever of input and output has the least left."""
    units: tuple[Unit, ...] = ("requests", "tokens")
    for unit in units:
        limit, used = _limit(headers, _ANTHROPIC.format(unit, "limit"))
        until = resets.of_value(headers.get(_ANTHROPIC.format(unit, "reset"), ""), now)
        if limit is not None:
            yield _told(unit, MINUTE_S, limit, used, until, now, model=model)


def _subscriptions(headers: Mapping[str, str], now: datetime) -> Iterator[Told]:
    """Of a call that is made with the login of an agent."""
    for name, span_s in _UNIFIED.items():
        share = _float(headers.get(f"anthropic-ratelimit-unified-{name}-utilization"))
        until = resets.of_value(headers.get(f"anthropic-ratelimit-unified-{name}-reset", ""), now)
        if share is not None:
            yield _percent(span_s, share * _PERCENT, until, now, origin="header")
    for slot in _SLOTS:
        minutes = _float(headers.get(f"x-codex-{slot}-window-minutes"))
        used = _float(headers.get(f"x-codex-{slot}-used-percent"))
        until = resets.of_value(headers.get(f"x-codex-{slot}-reset-at", ""), now)
        if minutes and used is not None:
            yield _percent(int(minutes * MINUTE_S), used, until, now, origin="header")


def _of_window(name: str, window: Json, now: datetime, *, is_over: bool) -> Told | None:
    """`seven_day_opus` is the week of one family of models. `utilization` is a share of 1."""
    kind = next((one for one in _EVENTS if name == one or name.startswith(f"{one}_")), "")
    if not kind or not window:
        return None
    share = window.get("utilization")
    used = share * _PERCENT if is_number(share) else window.get("used_percentage")
    at = number(window, "resetsAt") or number(window, "resets_at")
    until = resets.of_number(at, now) if at else None
    model = name.removeprefix(kind).strip("_")
    used = _PERCENT if is_over else used
    return _percent(_EVENTS[kind], used, until, now, model=model, origin="event")


def _google(error: Json, now: datetime, model: str) -> Iterator[Told]:
    """Its quotas are told by name, as `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. The
    delay that it tells is of no use to one of a day, which ends at midnight in California.
    """
    details = objects(error, "details")
    delay = next((word(one, "retryDelay") for one in details if "retryDelay" in one), "")
    for violation in (one for detail in details for one in objects(detail, "violations")):
        name = word(violation, "quotaId")
        is_day = "PerDay" in name
        unit: Unit = "tokens" if "Token" in name else "requests"
        limit = _whole(word(violation, "quotaValue"))
        if limit is None:
            limit = _limit_in_words(word(error, "message"), word(violation, "quotaMetric"))
        if is_day or "PerMinute" in name:
            until = resets.midnight(_GOOGLE_ZONE, now) if is_day else resets.of_value(delay, now)
            used = limit if unit == "requests" else None
            span_s = DAY_S if is_day else MINUTE_S
            yield _told(unit, span_s, limit, used, until, now, model=model, origin="body")


def _limit_in_words(words: str, metric: str) -> int | None:
    """`* Quota exceeded for metric: …/generate_content_free_tier_requests, limit: 0, model: …`"""
    found = re.search(rf"{re.escape(metric)}, limit: (\d+)", words) if metric else None
    return _whole(found[1]) if found else None


def _sentence(words: str, model: str) -> Iterator[Told]:
    """Groq and OpenAI name the one that was reached, also those that no header tells. That a call
    may be tried again is no end of the window.
    """
    if found := re.search(_SENTENCE, words, re.IGNORECASE):
        unit: Unit = "requests" if found["unit"].lower() == "req" else "tokens"
        period, rolling_s = _period(_SPANS[found["span"].lower()])
        limit, used = int(found["limit"]), int(found["used"])
        yield Told(unit, period, limit, used, None, rolling_s, model, "body")


def _limit(headers: Mapping[str, str], name: str) -> tuple[int | None, int | None]:
    """What a header limits, and how much of it is used."""
    limit = _whole(headers.get(name, ""))
    left = _whole(headers.get(name.replace("-limit", "-remaining"), ""))
    return limit, None if limit is None or left is None else max(0, limit - left)


def _told(
    unit: Unit,
    span_s: int,
    limit: int | None,
    used: int | None,
    until: datetime | None,
    now: datetime,
    *,
    model: str = "",
    origin: str = "header",
) -> Told:
    period, rolling_s = _period(span_s)
    return Told(unit, period, limit, used, _end(until, span_s, now), rolling_s, model, origin)


def _filled(told: Told, other: Told) -> Told:
    """With what only the other tells, of the same window."""
    if told.resets_at and other.resets_at and told.resets_at != other.resets_at:
        return told
    return replace(
        told,
        limit=other.limit if told.limit is None else told.limit,
        used=other.used if told.used is None else told.used,
        resets_at=told.resets_at or other.resets_at,
    )


def _percent(
    span_s: int,
    used: Any,
    until: datetime | None,
    now: datetime,
    *,
    model: str = "",
    origin: str,
) -> Told:
    """Of a subscription. Only what is all used counts as that; extra usage is more than all. What
    was used of a window that is over says nothing of the next one.
    """
    is_told = is_number(used) and not (until and until <= now)
    share = int(min(_PERCENT, max(0, round(used, 6)))) if is_told else None
    end = _end(until, span_s, now)
    return Told("percent", "rolling", _PERCENT, share, end, span_s, model, origin)


def _period(span_s: int) -> tuple[Period, int]:
    if span_s in (MINUTE_S, DAY_S):
        return ("minute" if span_s == MINUTE_S else "day"), 0
    return "rolling", span_s


def _end(until: datetime | None, span_s: int, now: datetime) -> datetime | None:
    """None for what cannot be the end of a window of that length: one that is over, or that has
    not begun.
    """
    return until if until and now < until <= now + timedelta(seconds=2 * span_s) else None


def _whole(text: str) -> int | None:
    """A count; a negative one is none."""
    value = _float(text)
    return max(0, int(value)) if value is not None else None


def _float(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if is_number(value) else None
