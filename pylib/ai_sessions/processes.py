"""Short questions to other programs, with an end to the waiting."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

_PATIENCE_S = 5.0


def first_line(
    words: Sequence[str], environment: Mapping[str, str], timeout_s: float = _PATIENCE_S
) -> str:
    """The first line that a program prints; empty when it cannot be run, fails or takes too long.

    One that takes too long is ended together with what it has started.
    """
    try:
        process = subprocess.Popen(
            words,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return ""
    with process:
        try:
            told, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return ""
    lines = told.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines and process.returncode == 0 else ""
