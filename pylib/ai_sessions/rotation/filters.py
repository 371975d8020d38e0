"""Why a model may not answer a call: hard limits, which no strategy weighs against anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.rotation import breaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ai_sessions.rotation.records import Candidate, ModelState, Need, WindowState

_ALL = 100
#: Why one cannot be asked that waits for the user alone.
NO_KEY = "has no key"
_PERIODS = {"minute": "this minute", "day": "today", "rolling": "in this window"}


def reason(candidate: Candidate, need: Need, now: datetime, tried: Sequence[str] = ()) -> str:
    """Why it may not answer, for people; empty: it may."""
    now = now.astimezone(UTC)  # between times of one zone Python counts by its clocks
    if candidate.key in tried:
        return "was asked already"
    return (
        _absent(candidate)
        or _unfit(candidate, need)
        or _closed(candidate.state, now)
        or next((full(one, candidate, need, now) for one in _full(candidate, need, now)), "")
    )


def free_at(candidate: Candidate, need: Need, now: datetime) -> datetime | None:
    """When it may answer again; None: it may now, or nobody knows, or never."""
    now = now.astimezone(UTC)
    if _absent(candidate) or _unfit(candidate, need):
        return None
    times_ = [one.resets_at for one in _full(candidate, need, now)]
    state = candidate.state
    times_ += [state.open_until] * breaker.is_open(state, now)
    times_ += [state.probe_until] * breaker.is_probed(state, now)
    known = [at for at in times_ if at is not None]
    return max(known) if known and len(known) == len(times_) else None


def sole(candidates: Sequence[Candidate], need: Need) -> str:
    """The key of the one candidate that can hold this call, limits aside; empty: any other can."""
    fit = [one.key for one in candidates if not (_absent(one) or _unfit(one, need))]
    return fit[0] if len(fit) == 1 < len(candidates) else ""


def takes(window: WindowState, candidate: Candidate, need: Need) -> int:
    """How much of a window's unit a call takes, at least 1: a full window takes no call."""
    if window.unit == "tokens":
        return max(1, need.tokens)
    return (candidate.price_nusd or 1) if window.unit == "nusd" else 1


def full(window: WindowState, candidate: Candidate, need: Need, now: datetime) -> str:
    """What is said of a window that has no room for a call."""
    limit, amount = limit_of(window) or 0, takes(window, candidate, need)
    said = (
        f"{window.used + window.held:,} of {limit:,} {window.unit} used {_PERIODS[window.period]}"
    )
    if amount > limit:
        said = f"takes {amount:,} of {limit:,} {window.unit}"
    at = window.resets_at
    return f"{said}, free in {times.lasting((at - now).total_seconds())}" if at else said


def limit_of(window: WindowState) -> int | None:
    """The limit, of a percentage 100; None: nobody knows."""
    return _ALL if window.limit is None and window.unit == "percent" else window.limit


def _absent(candidate: Candidate) -> str:
    if not candidate.enabled:
        return "is switched off"
    return "" if candidate.has_key else NO_KEY


def _unfit(candidate: Candidate, need: Need) -> str:
    model = candidate.model
    if need.free_only and candidate.state.has_billed:
        return "has billed an answer, though it is listed as free"
    if need.free_only and (not model.free or candidate.price_nusd):
        return "costs money"
    if model.window is not None and need.least_window > model.window:
        return f"holds {model.window:,} tokens of {need.least_window:,}"
    wanted = [name for name in ("tools", "vision", "json") if getattr(need, name)]
    lacks = [name for name in wanted if model.capabilities and name not in model.capabilities]
    return f"cannot do {' and '.join(lacks)}" if lacks else ""


def _closed(state: ModelState, now: datetime) -> str:
    if breaker.is_open(state, now) and state.open_until is not None:
        left = times.lasting((state.open_until - now).total_seconds())
        return f"pauses for {left}: {state.why}" if state.why else f"pauses for {left}"
    if breaker.is_probed(state, now):
        return "another call tries whether it answers again"
    return ""


def _full(candidate: Candidate, need: Need, now: datetime) -> Iterator[WindowState]:
    for window in candidate.windows:
        limit = limit_of(window)
        if limit is None or _is_over(window, now):
            continue
        if window.used + window.held + takes(window, candidate, need) > limit:
            yield window


def _is_over(window: WindowState, now: datetime) -> bool:
    """A percentage is told, not counted: past its reset it says nothing."""
    return window.unit == "percent" and window.resets_at is not None and window.resets_at <= now
