"""Starting an agent's command: where it is, which release it is, and the call itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ai_sessions.errors import ProviderError
from ai_sessions.providers import process, reading
from ai_sessions.providers.contract import Request


def found(command: str, environment: Mapping[str, str], install: str) -> str:
    """The path of `command`. Raises `ProviderError` that says how to `install` it."""
    path = shutil.which(command, path=environment.get("PATH", os.defpath))
    if path is None:
        raise ProviderError(
            f"{command} is not installed (not on your PATH)",
            f"{install}, or --provider openai, or: make demo",
        )
    return path


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    request: Request,
    on_line: Callable[[str], None],
) -> process.Ended:
    """Run `argv` for a request, its prompt on standard input."""
    command = process.Command(
        argv,
        cwd=request.cwd,
        environment=environment,
        stdin=request.prompt,
        timeout_s=request.timeout_s,
        silence_s=request.silence_s,
        log_dir=request.log_dir,
    )
    return process.run(command, on_line)


def release(path: str) -> str:
    """The release of a command that npm installed; empty when it came some other way.

    Asking the command itself (`--version`) would take some of them seconds.
    """
    file = Path(path).resolve()
    for folder in file.parents[:4]:
        try:
            package = json.loads((folder / "package.json").read_bytes())
        except (OSError, ValueError):
            continue
        if Path(path).name in reading.part(package, "bin"):
            return reading.word(package, "version")
    return ""
