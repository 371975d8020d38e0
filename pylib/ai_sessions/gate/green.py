"""Green: the tests that were red pass, untouched, and nothing else got worse."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from ai_sessions.gate.frozen import work_of
from ai_sessions.gate.runs import counts, crash, is_file, run_class, tail, under
from ai_sessions.gate.skips import newly_skipped
from ai_sessions.gate.suite import judge_suite
from ai_sessions.gate.verdict import Scope, Verdict, quoted, refused
from ai_sessions.plan import paths
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run


def judge_green_changes(
    scope: Scope,
    changed: Collection[str],
    frozen_before: Mapping[str, str],
    frozen_after: Mapping[str, str],
    said: str = "",
    *,
    strict_files: bool = False,
) -> Verdict:
    """What the model changed when it was asked for the work. Judged before anything is run."""
    edited = sorted(
        path
        for path in {*frozen_before, *frozen_after}
        if frozen_before.get(path) != frozen_after.get(path)
    )
    if edited:
        reason = f"{listed(edited)} changed after red; frozen tests may not be edited"
        feedback = f"Leave the tests as they are; these were put back: {', '.join(edited)}"
        return refused(scope, "frozen", reason, feedback, paths=tuple(edited))
    touched = work_of(changed)
    if not touched:
        reason = f"no file changed after red{quoted(said)}"
        feedback = f"No file changed. Do the work in: {', '.join(scope.sources)}"
        return refused(scope, "nothing_changed", reason, feedback)
    # what is new among the tests are snapshots; anything else was refused as frozen
    allowed = (*scope.sources, *scope.tests, *scope.snapshots)
    outside = tuple(path for path in touched if not paths.matches(path, allowed))
    if not outside:
        return Verdict(True, f"{scope.task}: {listed(touched)} changed", paths=tuple(touched))
    reason = f"{listed(outside)} changed outside files.src ({', '.join(scope.sources) or 'none'})"
    if strict_files:
        feedback = f"Undo these changes, they are not this task's: {', '.join(outside)}"
        return refused(scope, "outside", reason, feedback, paths=outside)
    return Verdict(True, f"{scope.task}: {reason}", warnings=(f"{scope.task}: {reason}",))


def judge_green(
    scope: Scope,
    baseline: Run | None,
    red: Run,
    green: Run,
    suite_before: Run | None,
    suite_after: Run | None,
    frozen_before: Mapping[str, str],
    frozen_after: Mapping[str, str],
    changed: Collection[str],
    said: str = "",
    *,
    strict_files: bool = False,
) -> Verdict:
    """Whether the tests that were red pass now, untouched, and the suite has no new failure.

    The suites are None where the plan has none; `frozen_*`: digest by path (`frozen`).
    """
    first = judge_green_changes(
        scope, changed, frozen_before, frozen_after, said, strict_files=strict_files
    )
    if not first.ok:
        return first
    for verdict in (
        _judge_tests(scope, baseline, red, green),
        judge_suite(scope, baseline, suite_before, suite_after),
    ):
        if not verdict.ok:
            return replace(verdict, warnings=(*first.warnings, *verdict.warnings))
    warnings = (*first.warnings, *verdict.warnings)
    reason = f"{scope.task}: green ({counts(green)}; was {counts(red)})"
    return Verdict(True, reason, warnings=warnings)


def _judge_tests(scope: Scope, baseline: Run | None, red: Run, green: Run) -> Verdict:
    found = run_class(green)
    if found == "crash":
        return refused(scope, "crash", crash(green), tail(green))
    if green.opaque and found == "none":
        return refused(scope, "none", f"no test ran ({counts(green)})", tail(green))
    if green.opaque:
        ok = found == "pass"
        reason = f"the command still fails ({counts(green)})"
        return Verdict(True, "") if ok else refused(scope, "red", reason, tail(green))
    before = baseline.ids("failed", "error") if baseline else frozenset()
    proof = {case.id for case in red.cases if case.outcome in ("failed", "error")} - {
        id_ for id_ in before if not is_file(id_)
    }
    return (
        _still_red(scope, proof, green)
        or _never_seen(scope, baseline, red, green)
        or _gone(scope, red, green)
        or _broken(scope, before, green)
        or Verdict(True, "")
    )


def _still_red(scope: Scope, proof: Iterable[str], green: Run) -> Verdict | None:
    """A refusal when a test that was red fails, is skipped or is gone."""
    failing = sorted(id_ for id_ in proof if under(id_, green.ids("failed", "error")))
    if failing:
        reason = f"{listed(failing)} still fails ({counts(green)})"
        return refused(scope, "red", reason, tail(green))
    # of a file that could not start at red nobody knows which of its tests skip themselves
    skipped = sorted(id_ for id_ in proof if id_ in green.ids("skipped"))
    if skipped:
        reason = f"{listed(skipped)} is skipped now; a skipped test proves nothing"
        return refused(scope, "skipped", reason, tail(green))
    absent = sorted(id_ for id_ in proof if not under(id_, green.ids("passed")))
    if absent:
        reason = f"{listed(absent)} was red and did not run again ({counts(green)})"
        return refused(scope, "fewer", reason, tail(green))
    return None


def _never_seen(scope: Scope, baseline: Run | None, red: Run, green: Run) -> Verdict | None:
    """A refusal when tests are skipped that no run before told of, as their file could not start.
    They are frozen, so no further try can mend that.
    """
    skipped = sorted(newly_skipped(baseline, green) - {case.id for case in red.cases})
    if not skipped:
        return None
    reason = f"{listed(skipped)} is skipped and was never seen to fail, so it proves nothing"
    return refused(scope, "unseen_skip", reason, tail(green))


def _gone(scope: Scope, red: Run, green: Run) -> Verdict | None:
    """A refusal when tests that ran at red did not run at green."""
    ran = red.ids("passed", "failed", "error") - green.ids("passed", "failed", "error")
    gone = sorted(id_ for id_ in ran if not is_file(id_))
    if not gone:
        return None
    reason = f"fewer tests ran than at red: {listed(gone)} is gone or skipped"
    return refused(scope, "fewer", reason, tail(green))


def _broken(scope: Scope, before: Collection[str], green: Run) -> Verdict | None:
    """A refusal when something else fails that did not fail at the baseline."""
    failing = sorted(green.ids("failed", "error") - set(before))
    if failing:
        reason = f"{listed(failing)} fails now and passed before"
        return refused(scope, "broken", reason, tail(green))
    if green.exit_code and not green.coverage and not green.ids("failed", "error"):
        reason = f"every test passes and the command exits {green.exit_code}"
        return refused(scope, "exit", reason, tail(green))
    return None
