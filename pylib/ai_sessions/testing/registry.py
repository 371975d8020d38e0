"""Which runner reads a command: the one that the plan names, or the one that knows the command."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ai_sessions.errors import ConfigError
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Case, Run, Runner
from ai_sessions.testing.thresholds import with_coverage


class Kind(Protocol):
    """How a runner is made; `environ` is the environment that tests start from."""

    name: str

    def __call__(self, environ: Mapping[str, str]) -> Runner: ...

    def recognises(self, command: Sequence[str]) -> bool: ...


_OPAQUE = "opaque"
#: In the order in which they are asked whether they know a command. Each is the class of that name
#: in a file of that name, which is imported when it is asked for.
NAMES = ("pytest", "unittest", "django", "bats", "node", "go", "cargo", _OPAQUE)
#: Runners that can make a tool report from behind a wrapper such as `make test`.
_THROUGH_WRAPPERS = ("pytest", "node", _OPAQUE)


def runner_of(command: Sequence[str], environ: Mapping[str, str], name: str = "") -> Runner:
    """The runner called `name`; without a name the one that knows `command`, else `opaque`.

    `environ`: what tests start from; secrets and the exceptions from them: see `environment`.
    Raises `ConfigError` for an unknown name, or one that cannot read this command.
    """
    if not name:
        known = (kind for kind in map(_kind, NAMES) if kind.recognises(command))
        return next(known, _kind(_OPAQUE))(environ)
    if name not in NAMES:
        raise ConfigError(f"no test runner {name!r}", f"there are: {', '.join(NAMES)}")
    kind = _kind(name)
    if name not in _THROUGH_WRAPPERS and not kind.recognises(command):
        raise ConfigError(
            f"runner {name} cannot count the tests of: {' '.join(command)}",
            f"name {name} in the command itself, or say runner: opaque",
        )
    return kind(environ)


def _kind(name: str) -> Kind:
    module = import_module(f"ai_sessions.testing.runners.{name}")
    return cast("Kind", getattr(module, name.capitalize()))


def run_tests(
    command: Command,
    tests: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    timeout_s: float,
) -> Run:
    """Run a plan's command on `tests`. `timeout_s`: used when the plan names no limit.

    `cwd`: the repository or a checkout of it; the ids of cases begin there, wherever it runs.
    """
    words = command.with_tests(tests)
    runner = runner_of(words, environ, command.runner)
    run = runner.run(words, cwd / command.cwd, command.timeout_s or timeout_s)
    run = with_coverage(run)
    if not command.cwd:
        return run
    return replace(run, cases=tuple(_from(command.cwd, case) for case in run.cases))


def _from(folder: str, case: Case) -> Case:
    """A case of a part by its place in the repository."""
    file, *names = case.id.split("::")
    if file.startswith("/"):
        return case
    return replace(case, id="::".join([posixpath.normpath(f"{folder}/{file}"), *names]))
