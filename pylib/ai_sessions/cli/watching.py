"""Showing something again whenever it changed, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable

from ai_sessions.cli.output import Output

_EVERY_S = 2.0
#: To the top left corner, and everything below it away.
_CLEAR = "\x1b[H\x1b[2J"


def _pause() -> None:
    time.sleep(_EVERY_S)


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
                out.raw(_CLEAR if out.is_terminal() else "" if first else "\n")
                show()
                out.flush()
            first, last = False, now
            pause()
    except KeyboardInterrupt:
        return
