"""Lines that a person types: editing and history, pasted text in one piece."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ai_sessions import signals

if TYPE_CHECKING:
    from types import FrameType

PROMPT = "> "
#: Seconds in which the next line of a pasted text has come, where a terminal does not mark it.
_PASTED_S = 0.02
_PLAIN_TERMINALS = ("dumb", "linux")


class Reader:
    """Reads what is typed, with the line editing of `readline` where stdin and stdout are a
    terminal. `history`: what was asked before, the oldest first; none of it goes into a file.
    """

    def __init__(self, history: Iterable[str] = ()) -> None:
        self._left = ""
        self._edits = sys.stdin.isatty() and sys.stdout.isatty() and _has_readline()
        self._marks_pasted = False
        """The terminal says where a pasted text ends, so that it comes in one piece."""
        if self._edits:
            self._prepare(history)

    def _prepare(self, history: Iterable[str]) -> None:
        import readline

        readline.set_auto_history(False)
        if "libedit" not in (readline.__doc__ or ""):
            readline.parse_and_bind("set enable-bracketed-paste on")
            readline.parse_and_bind("tab: self-insert")
            self._marks_pasted = os.environ.get("TERM", "dumb") not in _PLAIN_TERMINALS
        for text in history:
            readline.add_history(text)

    def read(self) -> str:
        """What was typed up to Enter, or pasted at once.

        Raises `EOFError` at the end, and `KeyboardInterrupt` for Ctrl-C.
        """
        self._left = ""
        with self._interruption_seen():
            lines = [self._line(PROMPT)]
            while self._has_more():
                lines.append(self._line(""))
        text = "\n".join(lines)
        if self._edits and text.strip():
            import readline

            readline.add_history(text)
        return text

    def is_empty(self) -> bool:
        """Nothing stood behind the prompt when reading was interrupted."""
        return not self._left

    def _interruption_seen(self) -> AbstractContextManager[None]:
        """Note what is in the line when Ctrl-C comes: afterwards `readline` has forgotten it."""
        if not self._edits:
            return contextlib.nullcontext()
        return signals.on_interrupt(self._interrupted)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        import readline

        self._left = readline.get_line_buffer()
        raise KeyboardInterrupt

    def _line(self, prompt: str) -> str:
        if self._edits:
            return input(prompt)
        sys.stderr.write(prompt)  # stdout is the answer
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def _has_more(self) -> bool:
        if not self._edits or self._marks_pasted:
            return False
        return bool(select.select([sys.stdin], [], [], _PASTED_S)[0])


def _has_readline() -> bool:
    """Some builds of Python are made without it."""
    return importlib.util.find_spec("readline") is not None
