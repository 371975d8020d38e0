"""`model_usage.json`: what was used of each model, in the form that other programs read and write.

It is an export of the ledger. It is read once, when the ledger sees it for the first time; from
then on only to write again what it says beside our facts, as it says it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ai_sessions import times
from ai_sessions.errors import ConfigError
from ai_sessions.rotation.records import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    Plain = dict[str, Any]

NAME = "model_usage.json"
#: Whole numbers up to here are the same in every program that reads JSON.
_MOST = 2**53
#: Means that differ by less are the same; the sums that they are made of are rounded.
_SAME = 1e-9


def tallies(found: Plain, path: str, zone: tzinfo | None = None) -> dict[str, Tally]:
    """What a usage file says, by its names of models. `zone`: of its times; None: this machine's.

    Raises `ConfigError` for the first value that is wrong.
    """
    return {name: _tally(facts, f"{path}: {name}", zone) for name, facts in found.items()}


def plain(counted: Mapping[str, Tally], before: Plain, zone: tzinfo | None = None) -> Plain:
    """The content of a usage file. `before`: what it holds now. Its order, what it says of other
    models and its spelling of numbers that have not changed stay.
    """
    ours = {
        name: _facts(name, one, _object(before.get(name)), zone) for name, one in counted.items()
    }
    return {**before, **ours}


def _facts(name: str, tally: Tally, before: Plain, zone: tzinfo | None) -> Plain:
    ours = {
        "model_name": before.get("model_name", name),
        "tokens_used_today": tally.day_tokens,
        "requests_today": tally.day_requests,
        "total_tokens": tally.tokens,
        "total_requests": tally.requests,
        "last_used": _shown(tally.last_used, before.get("last_used"), zone),
        "avg_latency_ms": _spelled(tally.avg_latency_ms, before.get("avg_latency_ms"), _short),
        "success_rate": _spelled(tally.success_rate, before.get("success_rate"), _rounded),
    }
    return {**before, **ours}


def _spelled(value: float, before: Any, spell: Callable[[float], float]) -> float:
    """The number as it is spelled already, where it is the same one."""
    if isinstance(before, (int, float)) and math.isclose(value, before, rel_tol=_SAME):
        return before
    return spell(value)


def _short(value: float) -> float:
    """Whole milliseconds as a whole number, as `850`."""
    return int(value) if value.is_integer() else round(value, 3)


def _rounded(value: float) -> float:
    return round(value, 6)


def _shown(at: datetime | None, before: Any, zone: tzinfo | None) -> str | None:
    if isinstance(before, str) and times.read(before, zone) == at:
        return before
    return _stamp(at, zone) if at else None


def _stamp(at: datetime, zone: tzinfo | None) -> str:
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _object(value: Any) -> Plain:
    return value if isinstance(value, dict) else {}


def _tally(facts: Any, where: str, zone: tzinfo | None) -> Tally:
    if not isinstance(facts, dict):
        raise _wrong(where, "the model", facts, "an object with its counts")
    return Tally(
        requests=_count(facts, "total_requests", where),
        tokens=_count(facts, "total_tokens", where),
        day_requests=_count(facts, "requests_today", where),
        day_tokens=_count(facts, "tokens_used_today", where),
        avg_latency_ms=_number(facts, "avg_latency_ms", 0.0, _MOST, where),
        success_rate=_number(facts, "success_rate", 1.0, 1, where),
        last_used=_time(facts, where, zone),
    )


def _count(facts: Plain, name: str, where: str) -> int:
    value = facts.get(name, 0)
    if type(value) not in (int, float) or not 0 <= value < _MOST or value != int(value):
        raise _wrong(where, name, value, "a whole number from 0")
    return int(value)


def _number(facts: Plain, name: str, default: float, most: int, where: str) -> float:
    value = facts.get(name, default)
    if type(value) not in (int, float) or not 0 <= value <= most:
        raise _wrong(where, name, value, f"a number from 0 to {most}")
    return float(value)


def _time(facts: Plain, where: str, zone: tzinfo | None) -> datetime | None:
    value = facts.get("last_used")
    if value in (None, ""):
        return None
    at = times.read(value, zone)
    if at is None:
        raise _wrong(where, "last_used", value, "a time such as 2025-01-15T14:22:15")
    return at


def _wrong(where: str, name: str, value: Any, wanted: str) -> ConfigError:
    hint = "mend it, or remove the file: the counts shown begin again then; it was left as it is"
    return ConfigError(f"{where}: {name} is {str(value)[:60]!r}, not {wanted}", hint)
