"""A model that fails twice in a row pauses, longer each time; at the end one call tries it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from ai_sessions.rotation.records import ModelState

#: Failures in a row that open it.
_ROW = 2
_FIRST_S, _LONGEST_S = 30.0, 600.0
#: Clients that failed together come back apart: up to a fifth earlier or later.
_JITTER = 0.2
_DOUBLINGS = 30
#: A pause that was made this long after now was made by a clock that was wrong since.
_AHEAD = timedelta(minutes=5)
#: No probe takes longer.
_LONGEST_PROBE = timedelta(hours=1)


def is_open(state: ModelState, now: datetime) -> bool:
    """No call until `open_until`."""
    now = now.astimezone(UTC)  # between times of one zone Python counts by its clocks
    if state.open_until is None or state.open_until <= now:
        return False
    return state.counted_at is None or state.counted_at <= now + _AHEAD


def is_half_open(state: ModelState, now: datetime) -> bool:
    """The pause that we guessed is over: the next call is its one probe."""
    return state.open_until is not None and not state.is_off and not is_open(state, now)


def is_probed(state: ModelState, now: datetime) -> bool:
    """A call under way is that probe."""
    if state.probe_until is None or not is_half_open(state, now):
        return False
    now = now.astimezone(UTC)
    return now < state.probe_until <= now + _LONGEST_PROBE


def pause_until(state: ModelState, now: datetime) -> datetime | None:
    """When it may be tried after one more failure; None: it stays closed."""
    if state.failures_in_a_row + 1 < _ROW:
        return None
    now = now.astimezone(UTC)
    spread = 1 + _JITTER * (2 * _chance(now) - 1)
    return now + timedelta(seconds=min(_LONGEST_S, spread * doubled_s(state.trips)))


def doubled_s(times: int) -> float:
    """The pause in seconds after it was doubled so often."""
    return min(_LONGEST_S, _FIRST_S * 2.0 ** min(times, _DOUBLINGS))


def _chance(now: datetime) -> float:
    """0 to 1, by the clock's microseconds: another for each call, the same for a test."""
    return crc32(now.isoformat().encode()) / 0xFFFFFFFF
