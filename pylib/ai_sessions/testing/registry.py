"""Which runner reads a command: the one that the plan names, or the one that knows the command."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ai_sessions.errors import ConfigError
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Run, Runner
from ai_sessions.testing.runners.bats import Bats
from ai_sessions.testing.runners.cargo import Cargo
from ai_sessions.testing.runners.go import Go
from ai_sessions.testing.runners.node import Node
from ai_sessions.testing.runners.opaque import Opaque
from ai_sessions.testing.runners.pytest import Pytest
from ai_sessions.testing.runners.unittest import Unittest


class Kind(Protocol):
    """How a runner is made; `environ` is the environment that tests start from."""

    name: str

    def __call__(self, environ: Mapping[str, str]) -> Runner: ...

    def recognises(self, command: Sequence[str]) -> bool: ...


#: In the order in which they are asked whether they know a command.
KINDS: tuple[Kind, ...] = (Pytest, Unittest, Bats, Node, Go, Cargo, Opaque)
#: Runners that can make a tool report from behind a wrapper such as `make test`.
_THROUGH_WRAPPERS = ("pytest", "node", "opaque")


def runner_of(command: Sequence[str], environ: Mapping[str, str], name: str = "") -> Runner:
    """The runner called `name`; without a name the one that knows `command`, else `opaque`.

    `environ`: what tests start from; secrets and the exceptions from them: see `environment`.
    Raises `ConfigError` for an unknown name, or one that cannot read this command.
    """
    if not name:
        return next((kind for kind in KINDS if kind.recognises(command)), Opaque)(environ)
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is None:
        known = ", ".join(kind.name for kind in KINDS)
        raise ConfigError(f"no test runner {name!r}", f"there are: {known}")
    if name not in _THROUGH_WRAPPERS and not kind.recognises(command):
        raise ConfigError(
            f"runner {name} cannot count the tests of: {' '.join(command)}",
            f"name {name} in the command itself, or say runner: opaque",
        )
    return kind(environ)


def run_tests(
    command: Command,
    tests: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    timeout_s: float,
) -> Run:
    """Run a plan's command on `tests`. `timeout_s`: used when the plan names no limit."""
    words = command.with_tests(tests)
    runner = runner_of(words, environ, command.runner)
    return runner.run(words, cwd, command.timeout_s or timeout_s)
