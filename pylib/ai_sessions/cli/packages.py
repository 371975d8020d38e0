"""The packages of `.venv`, installed anew when they are gone."""

import os
import sys

from ai_sessions.cli.called import VARIABLE

_BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bootstrap.py")
_REPAIRED = "AI_SESSIONS_REPAIRED"


def repair(called: str) -> None:
    """Set the checkout up again and begin the same command anew; returns when that cannot help.

    For an environment that lost its packages, or got another version of Python under it.
    `called`: how the user called us, for the process that begins anew.
    """
    in_checkout = sys.flags.no_site and os.path.exists(_BOOTSTRAP)  # as launch.py is started
    if not in_checkout or _REPAIRED in os.environ:
        return
    import subprocess

    base = getattr(sys, "_base_executable", sys.executable)
    if subprocess.call([base, "-I", os.path.normpath(_BOOTSTRAP), "--core"]) == 0:
        again = [sys.executable, *sys.orig_argv[1:]]
        told = {**os.environ, _REPAIRED: "1", VARIABLE: called}
        os.execve(sys.executable, again, told)  # noqa: S606
