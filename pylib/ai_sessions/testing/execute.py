"""Run one command of a project: no shell, no terminal, no keys, limited time and output."""

import errno
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ai_sessions import controls
from ai_sessions.environment import marked, without_git, without_secrets
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes import running
from ai_sessions.processes.output import Ends
from ai_sessions.stopping import Stop
from ai_sessions.testing.contract import Case, Run

NOT_EXECUTABLE = 126
NOT_FOUND = 127
_OUTPUT_BYTES = 1 << 20
_GRACE_S = 2.0

#: Facts about a tool around us that would mislead the same tool inside the tests.
_FOREIGN = (
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "NODE_TEST_CONTEXT"),
    *("PYTEST_CURRENT_TEST", "PYTEST_XDIST_*", "BATS_[!L]*"),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command did. `exit_code` as the shell says it; `output`: stdout and stderr, plain."""

    exit_code: int
    output: str
    duration_ms: int

    def run(
        self, command: Sequence[str], cases: Sequence[Case] | None, *, counted: bool = True
    ) -> Run:
        """The run of a plan's command, whatever was executed for it. `cases` None: no report of
        them could be read.
        """
        return Run(
            tuple(command),
            self.exit_code,
            tuple(cases or ()),
            self.duration_ms,
            self.output,
            counted=counted and cases is not None,
        )


def environment_for_tests(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without secrets and without what tools around us left there."""
    kept = {
        name: value
        for name, value in without_git(without_secrets(environ)).items()
        if not any(fnmatchcase(name.upper(), pattern) for pattern in _FOREIGN)
    }
    # Two edits within one second and of equal size would otherwise run the older byte code.
    kept.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    # Test tools then compare with recorded snapshots and write none, watch nothing, ask nothing.
    kept.setdefault("CI", "true")
    return marked(kept)


def execute(
    command: Sequence[str],
    cwd: Path,
    timeout_s: float,
    environ: Mapping[str, str],
    limit_bytes: int = _OUTPUT_BYTES,
    *,
    is_reported: Callable[[], bool] | None = None,
    stop: Stop | None = None,
) -> Finished:
    """Run `command`; everything it started is gone when this returns or raises.

    `is_reported`: whether the report that the command writes is whole. Processes that it left
    behind are given some time to finish it before they are killed. `stop` ends it all.
    Raises `ConfigError` when `cwd` is no folder; a command that cannot start is an exit code.
    """
    if not cwd.is_dir():
        raise ConfigError(f"{cwd} is not a folder")
    started = time.monotonic()
    said = Ends(limit_bytes)
    to_run = running.Command(
        command, cwd, environ, is_merged=True, timeout_s=timeout_s, grace_s=_GRACE_S, stop=stop
    )
    watch = running.Watch(is_reported=is_reported)
    try:
        with running.started(to_run, watch) as child:
            for _channel, data in child.output():
                said.add(data)
    except running.CannotStart as error:
        return _not_started(command, error)
    text = controls.plain(said.whole().decode("utf-8", "replace"))
    return Finished(child.ended().exit_code, text, round((time.monotonic() - started) * 1000))


def _not_started(command: Sequence[str], error: running.CannotStart) -> Finished:
    missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
    reason = "command not found" if missing else error.strerror
    name = command[0] if command else "(empty command)"
    return Finished(NOT_FOUND if missing else NOT_EXECUTABLE, f"{name}: {reason}\n", 0)
