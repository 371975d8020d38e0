"""Whether any test can run here at all, judged before anybody is asked for work."""

import re
from collections.abc import Collection, Sequence

from ai_sessions.gate.missing import missing_names, whose
from ai_sessions.gate.runs import (
    NOT_EXECUTABLE,
    NOT_FOUND,
    TIMED_OUT,
    crash,
    is_file,
    run_class,
    tail,
)
from ai_sessions.gate.verdict import Scope, Verdict, refused
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths
from ai_sessions.testing.contract import Run

#: What tools say when they, their plug-ins, or packages that a project is built with are not here.
_NOT_HERE = re.compile(
    r"No module named [\w.]+$|ImportError while loading conftest|unrecognized arguments: "
    r"|could not determine executable|Missing script: |[/\\]node_modules[/\\]\S*' *$"
    r"|failed to (?:get|download|fetch|query|update|load source|select a version)\b"
    r"|no matching package|Unable to update|Could not (?:resolve host|connect)"
    r"|dial tcp|missing go\.sum entry|go\.mod file not found|cannot find main module"
    r"|requires go >= |toolchain not available|module lookup disabled"
    # managers of versions, which stand in for a tool that they have not
    r"|rustup could not choose|toolchain '[^']+' is not installed"
    r"|^(?:py|rb|nod|go)env: |No version is set for command|^Volta error: |^mise ERROR ",
    re.MULTILINE,
)
_TESTS = ("test_*", "*_test.*", "*.test.*", "*.spec.*", "*.bats")


@dataclass(frozen=True, slots=True)
class Planned:
    """What the tasks of a plan write: patterns of sources and tests. `existing`: all paths that are
    there.
    """

    files: Sequence[str]
    existing: Collection[str]


def judge_baseline(scope: Scope, tests: Run | None, suite: Run | None, plan: Planned) -> Verdict:
    """Whether the tests of a task and the suite can run here. What a task of the plan is going to
    make, and one broken file among others, is no reason to refuse.
    """
    of_tests = cannot_run(tests, plan) if tests else ""
    of_suite = cannot_run(suite, plan) if suite else ""
    if tests and of_tests and (is_certain(tests, plan) or not _others_run(scope, suite, plan)):
        return _refused(scope, "no test can run here", of_tests, tests)
    some_run = tests and tests.ids("passed", "failed", "skipped")
    if suite and of_suite and (of_tests or not some_run or _is_absent(suite)):
        return _refused(scope, "the suite cannot run here", of_suite, suite)
    return Verdict(True, "")


def cannot_run(run: Run, plan: Planned) -> str:
    """Why a run came to nothing and will again; empty when it tested something, or ended early."""
    found = run_class(run)
    if found == "error":
        return _nothing_starts(run, plan)
    if (
        found != "crash"
        or run.exit_code == TIMED_OUT
        or run.exit_code > 128
        or _is_to_come(run, plan)
    ):
        return ""
    return crash(run)


def is_certain(run: Run, plan: Planned) -> bool:
    """True when a run that came to nothing says that a tool or a package is not here."""
    if _is_absent(run):
        return True
    names = missing_names(run.output)
    if names:
        return not any(whose(name, plan.files, plan.existing) == "ours" for name in names)
    return bool(_NOT_HERE.search(run.output))


def _others_run(scope: Scope, suite: Run | None, plan: Planned) -> bool:
    """True when the suite runs, or nobody can tell: it has no tests yet, as the task has none."""
    if suite is None:
        there = [path for path in plan.existing if paths.matches(path, scope.tests)]
        return not there
    found = run_class(suite)
    return found in ("pass", "none") or bool(suite.ids("passed", "failed", "skipped"))


def _nothing_starts(run: Run, plan: Planned) -> str:
    """The first error where every test file there is lacks something that no task makes."""
    if run.ids("passed", "failed", "skipped") or _others(run, plan.existing):
        return ""
    for case in run.cases:
        names = missing_names(case.message)
        whose_ = {whose(name, plan.files, plan.existing) for name in names}
        if not names or "ours" in whose_:
            return ""
    first = run.cases[0]
    return f"{first.id}: {next(iter(first.message.strip().splitlines()), '')}"


def _others(run: Run, existing: Collection[str]) -> bool:
    """True when there are test files besides those that could not start: tools may stop at the
    first broken one.
    """
    if any(not is_file(case.id) or "." not in case.id.rpartition("/")[2] for case in run.cases):
        return False
    broken = run.ids("error")
    names = (path for path in existing if path not in broken)
    return any(paths.matches(path.rpartition("/")[2], _TESTS) for path in names)


def is_absent(run: Run, program: str) -> bool:
    """True when it is this program that was not found, not something that it needs."""
    return run.exit_code == NOT_FOUND and run.output.startswith(f"{program}: command not found")


def _is_absent(run: Run) -> bool:
    return run.exit_code in (NOT_FOUND, NOT_EXECUTABLE)


def _is_to_come(run: Run, plan: Planned) -> bool:
    """True when what was not found is a file that a task of the plan writes."""
    last = next(iter(reversed(run.output.strip().splitlines())), "")
    words = (word.removeprefix("./") for word in run.command)
    to_come = (
        word for word in words if word not in plan.existing and paths.matches(word, plan.files)
    )
    return _is_absent(run) and any(word in last for word in to_come)


def _refused(scope: Scope, told: str, reason: str, run: Run) -> Verdict:
    return refused(scope, "unable", f"{told}: {reason}", tail(run))
