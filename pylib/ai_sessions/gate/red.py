"""Red: tests only, and at least one new one fails for want of the work."""

from collections.abc import Collection

from ai_sessions.gate.frozen import work_of
from ai_sessions.gate.missing import missing_names, whose
from ai_sessions.gate.runs import counts, crash, is_file, run_class, tail
from ai_sessions.gate.verdict import Scope, Verdict, quoted, refused
from ai_sessions.plan import paths
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Case, Run

_PROVES_NOTHING = (
    "the new tests pass before the work is done: they prove nothing, or the feature already exists"
)
_ASK_FOR_FAILING = (
    "The tests must fail now, on an assertion about behaviour that is not there yet. "
    "Write at least one test that fails until the task is done."
)


def judge_red_changes(scope: Scope, changed: Collection[str], said: str = "") -> Verdict:
    """What the model changed when it was asked for tests. Judged before anything is run."""
    touched = work_of(changed)
    tests = [path for path in touched if paths.matches(path, scope.tests)]
    outside = [path for path in touched if path not in tests]
    if outside:
        reason = (
            f"{listed(outside)} changed while only tests were asked for "
            f"(files.tests: {', '.join(scope.tests) or 'none'}); nothing was run"
        )
        feedback = f"Undo these changes and write only the tests: {', '.join(outside)}"
        return refused(scope, "outside", reason, feedback, paths=tuple(outside))
    if not tests:
        reason = f"no test file changed; nothing was run{quoted(said)}"
        feedback = f"No file changed. Write the tests into: {', '.join(scope.tests)}"
        return refused(scope, "nothing_changed", reason, feedback)
    return Verdict(True, f"{scope.task}: {listed(tests)} changed", paths=tuple(tests))


def judge_red(
    scope: Scope,
    baseline: Run | None,
    red: Run,
    changed: Collection[str],
    existing: Collection[str],
    said: str = "",
) -> Verdict:
    """Whether the new tests fail for want of the work.

    `baseline`: the same command before; None when it could not be run. `changed`: paths the model
    changed. `existing`: all paths of the repository. `said`: what the model said of itself.
    """
    verdict = _judge_written(scope, changed, existing, said)
    if not verdict.ok:
        return verdict
    found = run_class(red)
    if found == "crash":
        return refused(scope, "crash", crash(red), tail(red))
    if found == "none":
        return refused(scope, "none", f"no test ran ({counts(red)}){quoted(said)}", tail(red))
    if found == "pass":
        return refused(scope, "pass", _PROVES_NOTHING, _ASK_FOR_FAILING)
    if red.opaque:
        return _judge_opaque(scope, baseline, red)
    return _judge_new(scope, baseline, red, changed, existing)


def _judge_written(
    scope: Scope, changed: Collection[str], existing: Collection[str], said: str
) -> Verdict:
    """The same after a run: a test file that was deleted fails too, and proves nothing."""
    verdict = judge_red_changes(scope, changed, said)
    if verdict.ok and set(verdict.paths).isdisjoint(existing):
        reason = f"{listed(verdict.paths)} deleted, and no test file written"
        return refused(scope, "none", reason, f"Write the tests into: {', '.join(scope.tests)}")
    return verdict


def new_failures(baseline: Run | None, red: Run, changed: Collection[str]) -> tuple[Case, ...]:
    """The cases that fail at red because of this step; what failed before is not among them.

    A file that does not start has only its path for an id, so it counts when it was changed.
    """
    before = baseline.ids("failed", "error") if baseline else frozenset()
    return tuple(
        case
        for case in red.cases
        if case.outcome in ("failed", "error")
        and (case.id not in before or (is_file(case.id) and case.id in changed))
    )


def _judge_opaque(scope: Scope, baseline: Run | None, red: Run) -> Verdict:
    """Only the exit code speaks, so a command that failed before is taken with a warning."""
    told = f"{scope.task}: the command failed before the tests were written too (opaque)"
    failed = baseline is not None and run_class(baseline) == "fail"
    reason = f"{scope.task}: red ({counts(red)})"
    return Verdict(True, reason, tail(red), warnings=(told,) if failed else ())


def _judge_new(
    scope: Scope,
    baseline: Run | None,
    red: Run,
    changed: Collection[str],
    existing: Collection[str],
) -> Verdict:
    new = new_failures(baseline, red, changed)
    if not new:
        return _nothing_new(scope, baseline, red)
    for case in new:
        if case.outcome == "error" and (wrong := unexplained(scope, case, existing)):
            return refused(scope, "error", wrong, f"{wrong}\n\n{tail(red)}")
    gone = _gone(scope, baseline, red)
    return Verdict(True, f"{scope.task}: red ({counts(red)})", tail(red), warnings=gone)


def _gone(scope: Scope, baseline: Run | None, red: Run) -> tuple[str, ...]:
    """A warning when tests that passed before are not there: renaming is fine, deleting is not."""
    before = baseline.ids("passed") if baseline else frozenset()
    gone = sorted(before - red.ids("passed", "failed", "error"))
    hidden = any(is_file(id_) for id_ in red.ids("error"))
    if not gone or hidden:
        return ()
    return (f"{scope.task}: {listed(gone)} passed before and is gone, renamed or skipped",)


def _nothing_new(scope: Scope, baseline: Run | None, red: Run) -> Verdict:
    failing = sorted(red.ids("failed", "error"))
    if not failing:
        reason = f"every test passes and the command exits {red.exit_code}: that proves nothing"
        return refused(scope, "exit", reason, tail(red))
    passed = red.ids("passed") - (baseline.ids("passed") if baseline else frozenset())
    reason = f"no new test fails; {listed(failing)} failed before"
    if passed:
        reason += f", and the new {listed(sorted(passed))} passes already"
    return refused(scope, "old_failures", reason, _ASK_FOR_FAILING)


def unexplained(scope: Scope, case: Case, existing: Collection[str]) -> str:
    """Why a case that could not start is no proof; empty when the task makes what is missing."""
    found = {whose(name, scope.sources, existing) for name in missing_names(case.message)}
    if "ours" in found:
        return ""
    first = next(iter(case.message.strip().splitlines()), "no reason given")
    told = f"{case.id} could not start: {first}"
    if "there" in found:
        return f"{told}, but it is there: the import itself is wrong"
    if found:
        sources = ", ".join(scope.sources) or "none"
        return f"{told}, which this task does not make (files.src: {sources})"
    return told
