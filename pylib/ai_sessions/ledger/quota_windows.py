"""Limits of providers as windows of the ledger: whose they are, when they begin, when they reset.

Requests and tokens are counted by quarters of an hour, of which a day of every time zone is a whole
number, and by minutes where a limit is one of a minute. Times are microseconds since 1970.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from functools import lru_cache

from ai_sessions import times
from ai_sessions.catalog.rotation import PoolLimit
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import pools, subscriptions
from ai_sessions.ledger.contract import Need, Window
from ai_sessions.rotation.records import WindowState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime, tzinfo

    from ai_sessions.rotation import records
    from ai_sessions.rotation.records import Place

    #: Quota, unit, period, seconds of a rolling window.
    Key = tuple[str, str, str, int]

_US = 1_000_000
_DAY_US = 86_400 * _US
#: Nothing may be held: the provider has said so, whatever we have counted.
_NOTHING = 0
#: Midnights that are this close are the same one.
_SAME_US = 120 * _US
#: A try whether a model answers again is over after this time, whatever became of it.
_PROBED_US = 15 * pools.MINUTE_US
#: Clocks may differ by so much.
_AHEAD_US = 5 * pools.MINUTE_US


@dataclass(frozen=True, slots=True)
class Learned:
    """What providers have said of one limit; None and 0: nothing."""

    limit: int | None = None
    origin: str = ""
    used: int | None = None
    """Percent of a subscription, which nobody but the provider can count."""
    resets_at: int = 0
    shut_until: int = 0
    """Calls are refused until then, whatever is counted."""
    at: int = 0
    """When it was said."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that holds for a call, as it is written and as it was learned."""

    key: Key
    written: PoolLimit
    learned: Learned = Learned()

    @property
    def amount(self) -> int | None:
        """What a user has written counts more than what is learned, and that more than the rest."""
        if self._is_learned and self.key[1] == "percent":
            return self.learned.limit or 100
        return self.learned.limit if self._is_learned else self.written.amount

    @property
    def origin(self) -> str:
        return self.learned.origin if self._is_learned else self.written.origin

    @property
    def _is_learned(self) -> bool:
        if self.key[1] == "percent":
            return self.learned.used is not None
        return self.written.origin != "user" and self.learned.limit is not None

    @property
    def unit(self) -> str:
        """As the ledger counts it."""
        return pools.quota_unit(self.key[1], self.key[2])

    def is_shut(self, now: int) -> bool:
        return self.learned.shut_until > now

    def span(self, now: int) -> tuple[int, int]:
        """From when to when the window lasts that `now` lies in.

        What a provider has said of its reset counts more than the calendar.
        """
        length = pools.MINUTE_US
        if self.key[2] == "minute":
            begin = now - now % length
            return begin, begin + length
        said = self.learned.resets_at
        if self.key[2] == "day":
            begin, end = day(self.written.zone, now)
            if said <= now or abs(said - end) <= _SAME_US:
                return begin, end
            return min(begin, said - _DAY_US), said
        length = self.written.rolling_s * _US
        if said > now:
            return min(now, said - length), said
        begin = now - length
        return begin - begin % pools.BUCKET_US, now + length


def us(at: datetime) -> int:
    return times.in_microseconds(at)


def day(zone: str, now: int) -> tuple[int, int]:
    """When the day of a time zone begins and ends: it has 23 or 25 hours when the clocks change."""
    return _day(zone, now - now % pools.BUCKET_US)


@lru_cache(maxsize=64)
def _day(zone: str, bucket: int) -> tuple[int, int]:
    """The same for a whole bucket: in no zone a day begins within one."""
    begin, end = times.spanned(times.at_microseconds(bucket), "day", _zone(zone))
    return us(begin), us(end)


def day_of_place(place: Place, now: int) -> tuple[int, int]:
    """The day in which the provider counts."""
    return day(zone_of(place), now)


def zone_of(place: Place) -> str:
    """The zone of the provider's days."""
    written = (*place.model.limits, *place.pool.limits)
    return next((one.zone for one in written if one.period == "day"), "UTC")


def is_ahead(at: int, now: int) -> bool:
    """Whether it was said at a time that is still to come: a clock was wrong, then or now."""
    return at > now + _AHEAD_US


def limits(place: Place, learned: Mapping[Key, Learned], now: int) -> tuple[Limit, ...]:
    """Every limit that a call there counts in: of the account, then of the model alone."""
    found: dict[Key, PoolLimit] = {}
    for quota, written in (
        (place.quota, place.pool.limits),
        (place.own_quota, place.model.limits),
    ):
        for one in written:
            if one.free_only and not place.model.free:
                continue
            key: Key = (quota, one.unit, one.period, one.rolling_s)
            if key not in found or _rank(one) < _rank(found[key]):
                found[key] = one
        for other in learned:
            if other[0] == quota and other not in found:
                found[other] = _unwritten(other, zone_of(place))
    return tuple(Limit(key, one, _in_time(learned.get(key), now)) for key, one in found.items())


def _in_time(learned: Learned | None, now: int) -> Learned:
    """What was said without the times that a wrong clock has made of it."""
    if learned is None or not is_ahead(learned.at, now):
        return learned or Learned()
    return replace(learned, resets_at=0, shut_until=0, used=None)


def state(limit: Limit, used: int, held: int, oldest: int | None, now: int) -> WindowState:
    """How a limit stands. `oldest`: begin of the first bucket in which anything was used."""
    begin, end = limit.span(now)
    resets = _reset(limit, end, oldest, now)
    amount = limit.amount
    if limit.key[1] == "percent":
        used = limit.learned.used or 0
        if amount is not None and limit.learned.used is not None and _is_over(limit, now):
            used, amount = 0, None
    if limit.is_shut(now):
        resets = limit.learned.shut_until
        amount = used + held if amount is None else amount
        used = max(used, amount - held)
    return WindowState(
        pool=limit.key[0],
        unit=limit.written.unit,
        period=limit.written.period,
        limit=amount,
        used=max(0, used),
        held=held,
        begins_at=times.at_microseconds(begin),
        resets_at=None if resets is None else times.at_microseconds(resets),
        origin=limit.origin,
        rolling_s=limit.key[3],
    )


def needs(
    place: Place, need: records.Need, found: Iterable[Limit], now: int, nusd: int = 0
) -> tuple[Need, ...]:
    """What a call holds: of its account and of its model in any case, since a limit on them may be
    learned tomorrow that counts from today.
    """
    amounts = {"requests": 1, "tokens": need.tokens, "nusd": nusd}
    units = {(quota, unit) for quota in (place.quota, place.own_quota) for unit in amounts}
    units -= {(place.quota, "nusd"), (place.own_quota, "nusd")}
    units |= {(one.key[0], one.unit) for one in found if one.key[1] in amounts}
    return tuple(
        Need(quota, amounts[unit.partition("/")[0]], now - now % pools.bucket_us(unit), unit)
        for quota, unit in sorted(units)
    )


def windows(found: Iterable[Limit], now: int) -> Iterator[Window]:
    """What must have room for a call."""
    for one in found:
        begin, end = one.span(now)
        amount = _NOTHING if one.is_shut(now) else one.amount
        if amount is not None and one.key[1] != "percent":
            yield Window(one.key[0], amount, begin, end, one.unit)


def probe(place: Place, now: int) -> tuple[Need, Window]:
    """What one call at a time may hold: whether the model answers again."""
    begin = now - now % pools.MINUTE_US
    span = (begin - _PROBED_US, begin + _PROBED_US)
    need = Need(place.own_quota, 1, begin, pools.PROBE)
    return need, Window(place.own_quota, 1, *span, pools.PROBE)


def _rank(limit: PoolLimit) -> tuple[bool, bool, int]:
    """Of two limits of one window the user's counts, else the lower."""
    amount = limit.amount
    return limit.origin != "user", amount is None, amount or 0


def _unwritten(key: Key, zone: str) -> PoolLimit:
    """A limit of which the catalog knows nothing."""
    _quota, unit, period, rolling_s = key
    return PoolLimit(unit, period, zone=zone, rolling_s=rolling_s)  # type: ignore[arg-type]


def _reset(limit: Limit, end: int, oldest: int | None, now: int) -> int | None:
    said = limit.learned.resets_at
    if limit.key[2] != "rolling" or said > now:
        return end
    if oldest is None or limit.key[1] == "percent":
        return None
    return oldest + pools.BUCKET_US + limit.written.rolling_s * _US


def _is_over(limit: Limit, now: int) -> bool:
    """Whether what was said of a subscription is of a window that has ended."""
    known = limit.learned
    return subscriptions.is_over(known.resets_at, known.at, limit.written.rolling_s, now)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if name == "UTC":
        return UTC
    return ZoneInfo(name)
