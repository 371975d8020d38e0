"""Facts of a session that people change: what it is called, what it is for, how long it lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions import labels
from ai_sessions.errors import UsageError
from ai_sessions.records import Change, Session, stamp

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

_STATUSES = ("active", "inactive")


def change(
    store: Store,
    now: datetime,
    name: str,
    values: Mapping[str, Any],
    expect: int | None = None,
) -> Session:
    """Set facts of a session, all in one write: those of `FACTS` that `values` has.

    An empty or missing (None) title, description or list of tags takes it away. `token_limit`: None
    is the window of the model; `expires_in_ms`: None is never. `expect`: number of the last entry
    that there may be. Raises `UsageError`, with nothing written, for a key that is none and a value
    that does not fit; `NotFound`; `Conflict` when somebody else wrote first.
    """
    found = [Change(key, _checked(key, value), stamp(now)) for key, value in values.items()]
    session = store.read(name)
    if not found:
        return session
    return store.append(name, found, expect=expect, uid=session.uid)


def _checked(key: str, value: Any) -> Any:
    if key not in FACTS:
        raise UsageError(f"no fact of a session: {key!r:.80}", f"there are: {', '.join(FACTS)}")
    return FACTS[key](value)


def _title(value: Any) -> str | None:
    return labels.line("title", value) if value not in ("", None) else None


def _description(value: Any) -> str | None:
    return labels.description(value) if value not in ("", None) else None


def _tags(value: Iterable[Any] | None) -> list[str]:
    return list(dict.fromkeys(map(labels.tag, value or ())))


def _limit(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 < value < 2**63):
        raise UsageError(f"a limit is a whole number of tokens above 0, not {value!r}")
    return value


def _life(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value <= 0):
        raise UsageError(f"not a time to expire after: {value!r} ms")
    return value


def _status(value: Any) -> str:
    if value not in _STATUSES:
        raise UsageError(f"no status to set: {value!r:.80}", f"there are: {', '.join(_STATUSES)}")
    return str(value)


def _pinned(value: Any) -> bool:
    if type(value) is not bool:
        raise UsageError(f"pinned is true or false, not {value!r:.80}")
    return value


FACTS: Mapping[str, Callable[[Any], Any]] = {
    "title": _title,
    "description": _description,
    "tags": _tags,
    "token_limit": _limit,
    "expires_in_ms": _life,
    "status": _status,
    "pinned": _pinned,
}
