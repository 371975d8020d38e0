"""The whole suite beside the task's own tests: no worse than before; old failures are only told."""

from collections.abc import Collection
from dataclasses import replace

from ai_sessions.gate.runs import TIMED_OUT, crash, run_class, tail
from ai_sessions.gate.verdict import Scope, Verdict, refused
from ai_sessions.plan import paths
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Case, Run, RunClass


def judge_suite(
    scope: Scope, baseline: Run | None, before: Run | None, after: Run | None
) -> Verdict:
    """Whether the suite is no worse than before the task. `after` None: the plan has no suite.

    `baseline`: the task's own tests before, which red may have rewritten.
    """
    if after is None:
        return Verdict(True, "")
    was, now = run_class(before) if before else "pass", run_class(after)
    if now in ("crash", "none") and was != now:
        reason = f"the suite does not run any more: {crash(after)}"
        return refused(scope, "suite", reason, tail(after))
    if after.coverage:
        return _judge_coverage(scope, baseline, before, after)
    if after.opaque or now in ("crash", "none"):
        return _judge_uncounted(scope, was, now, after)
    old = before.ids("failed", "error") if before else frozenset()
    worse = _worse(scope, baseline, before, after)
    if not worse and now == "fail" and was != "fail" and not after.ids("failed", "error"):
        worse = f"every test of the suite passes and its command exits {after.exit_code}"
    if worse:
        return refused(scope, "suite", worse, tail(after))
    still = sorted(old & after.ids("failed", "error"))
    told = f"{scope.task}: {listed(still)} failed before too"
    return Verdict(True, "", warnings=(told,) if still else ())


def with_red(before: Run, ids: Collection[str]) -> Run:
    """The suite before a task, as if these tests had been there and failed: other tasks have
    committed them since, and their work has not come. Its command failed then, too.
    """
    kept = tuple(case for case in before.cases if case.id not in ids)
    cases = (*kept, *(Case(id_, "failed") for id_ in sorted(ids)))
    shown = before.cases if before.opaque else cases
    return replace(before, cases=shown, exit_code=1, coverage="")


def _judge_coverage(scope: Scope, baseline: Run | None, before: Run | None, after: Run) -> Verdict:
    """Of a suite in which every test passes: nothing is lost, and coverage is no worse."""
    worse = "" if after.opaque else _worse(scope, baseline, before, after)
    was_missed = before is not None and (before.coverage or run_class(before) == "fail")
    if worse or not was_missed:
        told = f"every test of the suite passes, and it covers too little: {after.coverage}"
        return refused(scope, "suite", worse or told, tail(after))
    told = f"{scope.task}: the suite covers too little, and failed before too: {after.coverage}"
    return Verdict(True, "", warnings=(told,))


def steadied(first: Run, again: Run) -> tuple[Run, tuple[str, ...]]:
    """Two runs of a suite as one, in which a test fails that failed twice; and the ids of those
    that failed once and passed once.
    """
    by_chance = again.ids("failed", "error") & first.ids("passed")
    cases = tuple(
        replace(case, outcome="passed", message="") if case.id in by_chance else case
        for case in again.cases
    )
    run = replace(again, cases=cases)
    if by_chance and not run.ids("failed", "error"):
        run = replace(run, exit_code=0)
    once = by_chance | (first.ids("failed", "error") & again.ids("passed"))
    return run, tuple(sorted(once))


def is_worth_another(run: Run) -> bool:
    """True unless a suite that failed would do so once more: it took all its time, or covers too
    little.
    """
    return run.exit_code != TIMED_OUT and not run.coverage


def _judge_uncounted(scope: Scope, was: RunClass, now: RunClass, after: Run) -> Verdict:
    if now == "pass":
        return Verdict(True, "")
    if was == "pass":
        reason = f"the suite fails and passed before (exit {after.exit_code})"
        return refused(scope, "suite", reason, tail(after))
    how = "runs no test" if now == "none" else "failed before too and cannot be counted"
    return Verdict(True, "", warnings=(f"{scope.task}: the suite {how}: not verified",))


def _worse(scope: Scope, baseline: Run | None, before: Run | None, after: Run) -> str:
    """In what the suite is worse than before; empty when in nothing."""
    failed = before.ids("failed", "error") if before else frozenset()
    failing = sorted(after.ids("failed", "error") - failed)
    if failing:
        return f"the suite has new failures: {listed(failing)}"
    gone = _lost(scope, baseline, before, after)
    if gone:
        return f"the suite lost tests that passed before: {listed(gone)} is gone or skipped"
    return ""


def _lost(scope: Scope, baseline: Run | None, before: Run | None, after: Run) -> list[str]:
    """Tests of other files that passed before and did not pass now; red may rewrite its own."""
    if before is None:
        return []
    own = {case.id for case in baseline.cases} if baseline else set()
    gone = before.ids("passed") - after.ids("passed", "failed", "error") - own
    return sorted(id_ for id_ in gone if not paths.matches(id_.partition("::")[0], scope.tests))
