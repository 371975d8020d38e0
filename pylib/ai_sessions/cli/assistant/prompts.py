"""The questions of `--init`: asked on a terminal, answered by the lines of a pipe elsewhere."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ai_sessions.cli.terminal import without_pictures
from ai_sessions.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.cli.output import Output

_WITHOUT_TERMINAL = "assistant.sh --init --name Declan --assistant Brakel --model 1"


def asker(out: Output) -> Callable[[str], str]:
    """What asks a question on stderr and returns the line that was answered.

    It raises `UsageError` where there is nobody to answer, and `KeyboardInterrupt` for Ctrl-D at a
    prompt.
    """

    def ask(question: str) -> str:
        _write(without_pictures(out.readable(question), os.environ))
        line = "" if sys.stdin.closed else sys.stdin.readline()
        if not sys.stdin.isatty():
            _write(line.rstrip("\n") + "\n")  # as it would look had it been typed
        elif not line:
            _write("\n")
            raise KeyboardInterrupt
        if not line:
            words = " ".join(word for word in question.split() if word.isascii())
            raise UsageError(f"nobody answers: {words}", _WITHOUT_TERMINAL)
        return line.strip()

    return ask


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
