"""Showing something again whenever it changed, until Ctrl-C or until nobody reads it."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import TextIO

from ai_sessions.cli.output import Output

_EVERY_S = 2.0
#: To the top left corner, and everything below it away.
_CLEAR = "\x1b[H\x1b[2J"


def _pause() -> None:
    time.sleep(_EVERY_S)


def _is_read(stdout: TextIO) -> bool:
    """False once the reader of a pipe has gone, which writing alone would tell too late."""
    try:
        number = stdout.fileno()
    except (OSError, ValueError):
        return True
    poll = select.poll()
    poll.register(number, 0)
    return not any(what & (select.POLLERR | select.POLLHUP) for _number, what in poll.poll(0))


def watch(
    out: Output,
    state: Callable[[], object],
    show: Callable[[], None],
    pause: Callable[[], None] = _pause,
) -> None:
    """Call `show` at once, and again each time `state` has become another.

    On a terminal in place of the last one, in a pipe below it.
    """
    last: object = None
    first = True
    try:
        while True:
            now = state()
            if first or now != last:
                out.raw(_CLEAR if out.can_be_cleared() else "" if first else "\n")
                show()
                out.flush()
            first, last = False, now
            pause()
            if not _is_read(out.stdout):
                return
    except KeyboardInterrupt:
        return
