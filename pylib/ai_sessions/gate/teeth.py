"""Teeth: a test that nothing could make fail is no test. Judged without a model."""

from collections.abc import Collection

from ai_sessions.gate.verdict import Scope, Verdict
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run


def judge_teeth(
    scope: Scope,
    baseline: Run | None,
    red: Run,
    survivors: Collection[str],
    *,
    strict: bool = False,
) -> Verdict:
    """New tests that passed before the work, and sources nothing notices.

    `survivors`: changed source files whose old version, put back, made no test fail.
    """
    known = {case.id for case in baseline.cases} if baseline else set()
    early = sorted(red.ids("passed") - known)
    told: list[str] = []
    if early:
        told.append(f"{scope.task}: {listed(early)} passed before the work was done")
    if survivors:
        told.append(f"{scope.task}: no test notices the old version of {listed(sorted(survivors))}")
    if not told:
        return Verdict(True, f"{scope.task}: every changed file is noticed by a test")
    reason = "; ".join([told[0], *(line.partition(": ")[2] for line in told[1:])])
    return Verdict(not strict, reason, reason, "teeth" if strict else "", tuple(told))
