"""The limits of a subscription, from codex's own log of a thread: how much is used, until when, and
which of them stopped it.

Its stream tells the end to the minute and in words, or not at all; the log has figures.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.disk import files
from ai_sessions.providers import rate_limits, resets
from ai_sessions.providers.fields import number, record, table, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from ai_sessions.records import Json, Told

_END_BYTES = 1 << 18
_WINDOWS = ("primary", "secondary")
_ALL_USED = 100
#: Minutes of a window -> its name, the same as claude's; what is neither is not named.
_NAMES = {300: "five_hour", 10080: "seven_day"}


def of_thread(
    logs: Iterable[Path], thread: str, now: datetime
) -> tuple[datetime, str] | tuple[None, str]:
    """When the limit ends, and which it is; None: the log does not say. `logs`: of all threads."""
    for event in _of_thread(logs, thread):
        return max(_used_up(_limits(event), now), default=(None, ""), key=lambda one: str(one[0]))
    return None, ""


def told(logs: Iterable[Path], thread: str, since: datetime, now: datetime) -> tuple[Told, ...]:
    """What the log has of limits since a time; what is older may stand there once more. Some models
    have limits of their own, under another id.
    """
    found: dict[str, tuple[Told, ...]] = {}
    for event in _of_thread(logs, thread):
        at = times.read(word(event, "timestamp"))
        if at is not None and at >= since:
            limits = _limits(event)
            found.setdefault(word(limits, "limit_id"), rate_limits.of_slots(limits, now))
    return tuple(one for limits in found.values() for one in limits)


def _of_thread(logs: Iterable[Path], thread: str) -> Iterator[Json]:
    """The events of a thread that tell of limits, the last first."""
    for path in logs:
        if thread and path.stem.endswith(thread):
            yield from _events(path)
            return


def _limits(event: Json) -> Json:
    return table(table(event, "payload"), "rate_limits")


def _events(path: Path) -> Iterator[Json]:
    with contextlib.suppress(OSError):
        fd = files.open_safely(path, os.O_RDONLY)
        try:
            end = os.pread(fd, _END_BYTES, max(0, os.fstat(fd).st_size - _END_BYTES))
        finally:
            os.close(fd)
        for line in reversed(end.split(b"\n")):
            if b'"rate_limits"' in line:
                event = record(line.decode("utf-8", "replace")) or {}
                if _limits(event):
                    yield event


def _used_up(limits: Json, now: datetime) -> Iterator[tuple[datetime, str]]:
    """The windows of which nothing is left."""
    for name in _WINDOWS:
        window = table(limits, name)
        at = number(window, "resets_at") or number(window, "resets_in_seconds")
        if number(window, "used_percent") >= _ALL_USED and at:
            until = resets.of_number(at, now)
            if until:
                yield until, _NAMES.get(int(number(window, "window_minutes")), "")
