"""Running a task's tests and the suite, and the form in which such a run is kept as evidence."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ai_sessions import environment, gate
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import Command, Plan, Task
from ai_sessions.records import Json
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import Finished, environment_for_tests, execute
from ai_sessions.testing.registry import run_tests
from ai_sessions.workflow import python_sources
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log

_OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped")
#: Ids of passing tests are left out of the record of a suite larger than this.
_MOST_IDS = 2000


@dataclass(frozen=True, slots=True)
class Runs:
    """Where and how tests run. `phase` is told what begins."""

    space: Workspace
    plan: Plan
    environ: Mapping[str, str]
    timeout_s: float
    cwd: Path
    phase: Callable[[str], None] = lambda _text: None
    most_s: float = math.inf
    """No run may take longer, whatever its command says."""

    @property
    def withheld(self) -> tuple[str, ...]:
        """The variables that the commands are not given."""
        return environment.withheld(self.environ)

    def elsewhere(self, cwd: Path) -> "Runs":
        """The same in another checkout; logs still go to our workspace."""
        return replace(self, cwd=cwd)

    def within(self, most_s: float) -> "Runs":
        """The same with less time."""
        return replace(self, most_s=most_s)

    def recording(self) -> "Runs | None":
        """The same where test tools write the snapshots that are missing; None where the user has
        said which it is to be.
        """
        if "CI" in self.environ:
            return None
        return replace(self, environ={**self.environ, "CI": ""})

    def tests(self, task: Task, step: str) -> Run:
        """Run what proves `task`; the plan has been checked, so there is something."""
        command = self.plan.test_of(task)
        if command is None:
            raise ValueError(f"{task.id} has no test command")
        self.phase(f"{task.id} tests ({step})")
        return self._run(command, task)

    def whole_files(self, task: Task, files: Sequence[str], step: str) -> Run:
        """Run all tests in these files, whichever of them prove the task."""
        return self.tests(replace(task, tests=tuple(files)), step)

    def suite(self, step: str) -> Run | None:
        """Run all tests; None when the plan names no suite."""
        if self.plan.suite is None:
            return None
        self.phase(f"suite ({step})")
        return self._run(self.plan.suite, None)

    def setup(self, command: Command) -> Finished:
        """Prepare a fresh checkout; its output is kept in the logs."""
        self.phase("set-up")
        environ = environment_for_tests(self.environ)
        done = execute(command.cmd, self.cwd, command.timeout_s or self.timeout_s, environ)
        save_log(self.space, "set-up.txt", done.output)
        return done

    def leading_back(self) -> tuple[str, ...]:
        """Packages that the commands import from the working tree, though they run elsewhere."""
        repo = Path(self.space.repo)
        commands = dict.fromkeys(command.cmd for command in self.plan.commands())
        found = (
            name
            for words in commands
            for name in python_sources.leading_back(repo, self.cwd, self.environ, words)
        )
        return tuple(dict.fromkeys(found))

    def kept(self, run: Run, task: str, step: str) -> dict[str, Any]:
        """A run as evidence, its output in a log."""
        log = save_log(self.space, f"{task}-{step}.txt", run.output)
        return seen(run, log)

    def _run(self, command: Command, task: Task | None) -> Run:
        tests = task.tests if task else ()
        repo = Path(self.space.repo)
        environ = python_sources.environment(repo, self.cwd, self.environ, command.cmd)
        most_s = min(command.timeout_s or self.timeout_s, self.most_s)
        return run_tests(replace(command, timeout_s=most_s), tests, self.cwd, environ, most_s)


def told(run: Run | None) -> str:
    """`3 passed, 1 failed`; a run that was not made says so."""
    return gate.counts(run) if run else "not run"


# -- runs as evidence


def seen(run: Run, log: str) -> dict[str, Any]:
    """A run of tests as evidence. `log`: where its whole output is kept."""
    named = _OUTCOMES if len(run.cases) <= _MOST_IDS else ("failed", "error")
    return {
        "command": list(run.command),
        "exit": run.exit_code,
        "class": gate.run_class(run),
        "counts": _counts(run),
        "ids": {name: sorted(run.ids(name)) for name in named if run.ids(name)},
        "opaque": run.opaque,
        "counted": run.counted,
        "duration_ms": run.duration_ms,
        "log": log,
        **({"coverage": run.coverage} if run.coverage else {}),
        **({"exceptions": kinds} if (kinds := _exceptions(run)) else {}),
    }


def run_of(record: Json) -> Run:
    """The run that `seen` recorded, without its output; of messages the kind of exception alone."""
    kinds = record.get("exceptions") or {}
    cases = tuple(
        Case(id_, name, kinds.get(id_, ""))
        for name in _OUTCOMES
        for id_ in (record.get("ids") or {}).get(name, ())
    )
    return Run(
        tuple(record["command"]),
        record["exit"],
        cases,
        record["duration_ms"],
        "",
        opaque=record["opaque"],
        counted=record["counted"],
        coverage=record.get("coverage", ""),
    )


def _exceptions(run: Run) -> dict[str, str]:
    """By test that failed the kind of exception, where the runner tells it."""
    failing = (case for case in run.cases if case.outcome in ("failed", "error"))
    return {case.id: kind for case in failing if (kind := gate.exception(case.message))}


def _counts(run: Run) -> dict[str, int]:
    """Number of tests by outcome, none left out."""
    return {name: sum(case.outcome == name for case in run.cases) for name in _OUTCOMES}
