"""The limit that stopped a thread of codex, from its own log: which window, and until when.

Its stream tells the end to the minute and in words, or not at all; the log has it as a number.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ai_sessions.disk import files
from ai_sessions.providers import resets
from ai_sessions.providers.fields import number, record, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from ai_sessions.records import Json

_END_BYTES = 1 << 18
_WINDOWS = ("primary", "secondary")
_ALL_USED = 100
#: Minutes of a window -> its name, the same as claude's; what is neither is not named.
_NAMES = {300: "five_hour", 10080: "seven_day"}


def of_thread(
    logs: Iterable[Path], thread: str, now: datetime
) -> tuple[datetime, str] | tuple[None, str]:
    """When the limit ends, and which it is; None: the log does not say. `logs`: of all threads."""
    for path in logs:
        if thread and path.stem.endswith(thread):
            for limits in _told(path):
                return max(_used_up(limits, now), default=(None, ""), key=lambda one: str(one[0]))
    return None, ""


def _told(path: Path) -> Iterator[Json]:
    """What the log says of limits, the last first."""
    with contextlib.suppress(OSError):
        fd = files.open_safely(path, os.O_RDONLY)
        try:
            end = os.pread(fd, _END_BYTES, max(0, os.fstat(fd).st_size - _END_BYTES))
        finally:
            os.close(fd)
        for line in reversed(end.split(b"\n")):
            if b'"rate_limits"' in line:
                event = record(line.decode("utf-8", "replace")) or {}
                if limits := table(table(event, "payload"), "rate_limits"):
                    yield limits


def _used_up(limits: Json, now: datetime) -> Iterator[tuple[datetime, str]]:
    """The windows of which nothing is left."""
    for name in _WINDOWS:
        window = table(limits, name)
        at = number(window, "resets_at") or number(window, "resets_in_seconds")
        if number(window, "used_percent") >= _ALL_USED and at:
            until = resets.of_number(at, now)
            if until:
                yield until, _NAMES.get(int(number(window, "window_minutes")), "")
