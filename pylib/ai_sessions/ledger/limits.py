"""Limits that providers named: which account and model, until when, and from which call.

A small file beside the budgets, for whoever shows limits or chooses who answers next. Light on
imports: `status` reads it.
"""

from __future__ import annotations

import os
from datetime import timedelta

from ai_sessions import times
from ai_sessions.disk import files
from ai_sessions.ledger import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    Plain = Mapping[str, Any]

_LOCK = "limits.lock"
_LOCK_WAIT_S = 5.0
_LONGEST_BYTES = 1 << 20
_KEY = ("provider", "account", "model", "window")
#: What is kept of a limit, and not a word that was said. `until`: RFC 3339; empty when nobody said.
#: `at`, `call`, `session`: of the call that came upon it.
FACTS = (*_KEY, "until", "at", "call", "session")
#: A limit whose end nobody told counts so long.
_UNTOLD = timedelta(hours=1)


def note(root: Path | str, limit: Plain) -> None:
    """Keep a limit, in place of what was known of it. Raises `StorageError`, `LockBusy`."""
    kept = {name: str(limit.get(name) or "") for name in FACTS}
    _change(root, lambda known: [*(one for one in known if _key(one) != _key(kept)), kept])


def lift(root: Path | str, provider: str, account: str, model: str) -> None:
    """Forget the limits of a model that has answered. Raises as `note`."""
    answered = [(provider, account, named) for named in ("", model)]
    if any(_key(one)[:3] in answered for one in _read(root)):
        _change(root, lambda known: [one for one in known if _key(one)[:3] not in answered])


def reached(root: Path | str, now: datetime) -> list[dict[str, str]]:
    """The limits that hold, the last to end first. What cannot be read counts as none."""
    held = [one for one in _read(root) if holds(one, now)]
    return sorted(held, key=lambda one: one["until"], reverse=True)


def holds(limit: Plain, now: datetime) -> bool:
    """Whether it has not ended yet."""
    until = times.read(limit["until"])
    if until is None:
        at = times.read(limit["at"])
        until = at + _UNTOLD if at else None
    return until is not None and until > now


def told(limit: Plain, now: datetime) -> str:
    """For people: `limit reached until 15:00 (in 2 h 10 min)`."""
    until = times.read(limit["until"])
    return f"limit reached until {times.ahead(until, now)}" if until else "limit reached"


def _key(limit: Plain) -> tuple[str, ...]:
    return tuple(limit[name] for name in _KEY)


def _read(root: Path | str) -> list[dict[str, str]]:
    import json

    try:
        found = json.loads(files.read_bytes(_path(root), _LONGEST_BYTES))
        return [{name: str(one[name]) for name in FACTS} for one in found["limits"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _change(
    root: Path | str, changed: Callable[[Iterable[dict[str, str]]], list[dict[str, str]]]
) -> None:
    import json
    from pathlib import Path

    from ai_sessions.disk import locks

    folder = Path(_path(root)).parent
    files.make_folders(folder.parent)
    files.make_folder(folder)
    with (
        files.reported(_path(root)),
        locks.held(folder / _LOCK, _LOCK_WAIT_S, "the list of limits"),
    ):
        limits = changed(_read(root))
        files.replace(_path(root), json.dumps({"limits": limits}).encode(), sync=False)


def _path(root: Path | str) -> str:
    return f"{os.fspath(root)}/{LIMITS}"
