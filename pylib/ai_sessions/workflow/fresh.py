"""The tests once more in a fresh checkout, when git ignores files that came with the work.

What git ignores is in no commit: tests that need it prove something that nobody else will get.
"""

from ai_sessions import gate
from ai_sessions.testing.contract import Run
from ai_sessions.workflow.work import Before, Work


def judge(work: Work, before: Before) -> gate.Verdict:
    """Whether the tests pass without what git ignores; not run when nothing came that it does."""
    hidden = work.tree.unseen(work.since)
    if not hidden:
        return gate.Verdict(True, "")
    with work.tree.checkout(work.tree.snapshot()) as place:
        run = work.proving.elsewhere(place).tests(work.task, "fresh checkout")
    if gate.run_class(run) == "pass":
        return gate.Verdict(True, "")
    if not is_possible(work, before):
        told = f"not proved in a fresh checkout, where the tests do not run ({gate.counts(run)})"
        return gate.Verdict(True, "", warnings=(f"{work.task.id}: {told}",))
    return gate.judge_fresh(work.scope, run, hidden)


def is_possible(work: Work, before: Before) -> bool:
    """False when a fresh checkout lacks what the tests of this project need, as it did before."""
    known = before.suite or before.tests
    if known is None or gate.run_class(known) != "pass":
        return True
    with work.tree.checkout(work.began) as place:
        proving = work.proving.elsewhere(place)
        run = proving.suite("fresh checkout") or proving.tests(work.task, "fresh checkout")
    return _as_good(run, known)


def _as_good(run: Run, known: Run) -> bool:
    return gate.run_class(run) == "pass" and known.ids("passed") <= run.ids("passed")
