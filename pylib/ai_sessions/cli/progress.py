"""The progress line while a provider works: phase, time, tokens, cost, last tool.

On a terminal it is one line that is rewritten at most ten times a second; elsewhere each phase is
one line, so that a log stays readable.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from ai_sessions import money
from ai_sessions.cli.terminal import is_ci, plain
from ai_sessions.display.columns import cut
from ai_sessions.providers.contract import Event

_PAUSE_S = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    """State of the line between two events."""

    def __init__(
        self,
        stream: TextIO,
        environment: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        *,
        verbose: bool = False,
    ) -> None:
        self._stream = stream
        self._verbose = verbose
        self._clock = clock
        plain_lines = environment.get("TERM") == "dumb" or is_ci(environment)
        self._live = stream.isatty() and not plain_lines
        self._began = clock()
        self._drawn_at = -1.0
        self._drawn = False
        self._phase = self._tool = self._amounts = ""

    def phase(self, text: str) -> None:
        """A new phase begins; the time counts from here."""
        self._phase, self._tool, self._amounts = text, "", ""
        self._began = self._clock()
        if not self._live:
            self._write(f"{plain(text)}\n")
        else:
            self._draw(now=True)

    def step(self, text: str) -> None:
        """One of many small steps of our own: shown on a terminal alone, the time runs on."""
        if self._live:
            self._phase = text
            self._draw()

    def seen(self, event: Event) -> None:
        """Take in what happened; text that streams in changes nothing but the time."""
        if event.kind == "retry":
            self.clear()
            self._write(f"retry: {plain(event.text)}\n")
        elif event.kind == "switch":
            self.clear()
            self._write(f"{plain(event.text)}\n")
        elif event.kind == "phase":
            self.phase(event.text)
        elif event.kind in ("tool", "note"):
            self._used(event.text)
        if event.usage or event.cost_nusd is not None:
            self._amounts = _amounts(event)
        if self._live:
            self._draw()

    def _used(self, tool: str) -> None:
        """What the agent does now: a part of the line, and with --verbose a line that stays."""
        self._tool = tool
        if self._verbose:
            self.clear()
            self._write(f"  {plain(tool).replace(chr(10), ' ')}\n")

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._drawn:
            self._write(_CLEAR)
            self._drawn = False

    def _draw(self, now: bool = False) -> None:
        moment = self._clock()
        if not now and moment - self._drawn_at < _PAUSE_S:
            return
        self._drawn_at, self._drawn = moment, True
        parts = [self._phase, _elapsed(moment - self._began), self._amounts, self._tool]
        line = "  ".join(part for part in parts if part)
        room = shutil.get_terminal_size().columns - 1
        self._write(_CLEAR + cut(plain(line).replace("\n", " "), room, ""))

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._live = False  # nobody looks any more; the work goes on


def _amounts(event: Event) -> str:
    tokens = f"{event.usage.total_tokens:,} tokens" if event.usage else ""
    cost = money.shown(event.cost_nusd) if event.cost_nusd is not None else ""
    return "  ".join(part for part in (tokens, cost) if part)


def _elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
