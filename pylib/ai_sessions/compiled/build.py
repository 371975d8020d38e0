"""The compiled scan as a file: where it is kept, and how it is made.

Nothing needs it. Its name tells the source, the machine and the Python that it was made for, so
that one that no longer fits is never loaded; the next set-up makes another and removes the old one.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = Path(__file__).with_name("scan.c")
_PREFIX, _SUFFIX = "scan-", ".so"
_FLAGS = ("-std=c99", "-O3", "-fPIC", "-shared", "-fvisibility=hidden")
_PATIENCE_S = 60.0


def file() -> Path:
    """The compiled scan that fits, there or not. Raises `OSError` without its source."""
    return _place() / f"{_PREFIX}{_key()}{_SUFFIX}"


@cache
def _key() -> str:
    machine = f"{sys.platform}-{os.uname().machine}-{sys.implementation.cache_tag}"
    return f"{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}-{machine}"


def _place() -> Path:
    """The environment of a checkout; else the folder for what Python compiles."""
    package = SOURCE.resolve().parent
    environment = package.parents[2] / ".venv"
    is_checkout = package.parents[1].name == "pylib" and environment.is_dir()
    return environment if is_checkout else package / "__pycache__"


def compiler(environment: Mapping[str, str]) -> str:
    """The C compiler there is; empty for none. The `cc` of macOS without its tools asks for them in
    a window, so that it is left alone.
    """
    import shutil

    found = shutil.which("cc", path=environment.get("PATH", "")) or ""
    if sys.platform == "darwin" and found == "/usr/bin/cc":
        tools = ("/Library/Developer/CommandLineTools", "/Applications/Xcode.app")
        return found if any(map(os.path.isdir, tools)) else ""
    return found


def build(environment: Mapping[str, str]) -> bool:
    """Make it unless it is there; whether it is there now. Whatever is in the way is no error."""
    import contextlib
    import subprocess

    from ai_sessions.processes.asking import ask

    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        made = file()
        cc = "" if made.exists() else compiler(environment)
        if cc:
            made.parent.mkdir(exist_ok=True)
            draft = made.with_suffix(f".{os.getpid()}")
            try:
                words = [cc, *_FLAGS, "-o", os.fspath(draft), os.fspath(SOURCE)]
                if ask(words, None, environment, timeout_s=_PATIENCE_S).returncode == 0:
                    draft.replace(made)
                    _remove_others(made)
            finally:
                draft.unlink(missing_ok=True)
        return made.exists()
    return False


def _remove_others(made: Path) -> None:
    for other in made.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
        if other != made:
            other.unlink(missing_ok=True)
