"""The programs that everything stands on: git and its identity, Python, bash, what was compiled."""

import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ai_sessions import git
from ai_sessions.compiled import build, library
from ai_sessions.diagnosis.checks import Check
from ai_sessions.errors import AiSessionsError
from ai_sessions.processes.asking import first_line

_GET = "apt-get install {0}, or: brew install {0}"
_NAME = 'git config --global user.name "Your Name"'
_MAIL = "git config --global user.email you@example.com"


def programs(environment: Mapping[str, str], folder: Path) -> Iterator[Check]:
    """`folder`: where we are; a repository may have an identity of its own."""
    yield (found := _version("git", environment, ("git version ", "")))
    if found.status == "ok":
        yield _identity(folder)
    yield Check("python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield _version("bash", environment, ("GNU bash, version ", " "))
    yield Check("imports", "ok", _imports(environment))


def _imports(environment: Mapping[str, str]) -> str:
    """What reads the logs of agents, and why."""
    if library.loaded() is not None:
        return f"compiled scan of agents' logs ({build.file()})"
    if not build.compiler(environment):
        return "Python reads agents' logs: there is no C compiler (cc) for the compiled scan"
    return "Python reads agents' logs: the compiled scan was not made, or does not load"


def _version(name: str, environment: Mapping[str, str], around: tuple[str, str]) -> Check:
    """`around`: what stands before its version in the first line it prints, and behind it."""
    path = shutil.which(name, path=environment.get("PATH", ""))
    if not path:
        return Check(name, "missing", "not on your PATH", _GET.format(name))
    before, behind = around
    told = first_line([path, "--version"], environment).removeprefix(before)
    version = told.partition(behind)[0] if behind else told
    return Check(name, "ok", f"{version or 'version unknown'} ({path})")


def _identity(folder: Path) -> Check:
    try:
        who = git.identity(folder)
    except AiSessionsError as error:
        return Check("identity", "missing", error.message, error.hint)
    if who:
        return Check("identity", "ok", who)
    told = "git does not know who you are, so nothing can be committed"
    return Check("identity", "missing", told, f"{_NAME}; {_MAIL}")
