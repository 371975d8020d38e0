"""Tasks without unit tests: docs and chores, proved by a check; waived ones, by a signed reason."""

from typing import Any

from ai_sessions import gate
from ai_sessions.dialogue import prompts
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import edit, evidence
from ai_sessions.workflow.task import Work
from ai_sessions.workspace.events import add_event


def chore(work: Work) -> str:
    """Do a docs or chore task until its check succeeds; returns the commit."""
    start = work.begin("check")
    early = work.tests("check before")
    judge_first = work.goes_on("check", start)
    if not judge_first and gate.run_class(early) == "pass":
        work.warn([f"{work.task.id}: its check succeeds before the work, so it proves little"])
    command = work.plan.test_of(work.task)
    words = command.with_tests(work.task.tests) if command else ()
    prompt = prompts.chore(work.plan, work.task, words, work.space.text("notes.md"))
    suite_before = work.suite("before")
    for attempt in range(1, work.attempts + 1):
        said = "" if judge_first else edit.ask(work, prompt, "check").text
        judge_first = False
        _need_change(work, start, said)
        run = work.tests("check")
        verdict = _checked(work, run)
        suite = work.suite("after") if verdict.ok else None
        if verdict.ok:
            verdict = gate.judge_suite(work.scope, None, suite_before, suite)
        if verdict.ok:
            facts = {"run": work.runs.kept(run, work.task.id, "check"), "attempts": attempt}
            return _finish(work, start, "check", facts, suite)
        work.line.say(f"{verdict.reason} (try {attempt} of {work.attempts})")
        prompt = prompts.green_again(verdict.reason, verdict.feedback)
    raise work.refused(start, verdict, used_up=True)


def waive(work: Work) -> str:
    """Do a task without proof, for a reason that is shown for ever; returns the commit."""
    start = work.begin("waiver")
    judge_first = work.goes_on("waiver", start)
    suite_before = work.suite("before")
    prompt = prompts.waived(work.plan, work.task, work.space.text("notes.md"))
    said = "" if judge_first else edit.ask(work, prompt, "waived").text
    _need_change(work, start, said)
    suite = work.suite("after")
    verdict = gate.judge_suite(work.scope, None, suite_before, suite)
    work.warn(verdict.warnings)
    if not verdict.ok:
        raise work.refused(start, verdict)
    return _finish(work, start, "waiver", {"reason": work.options.waive}, suite)


def _need_change(work: Work, start: str, said: str) -> None:
    """Nothing changed, or with --strict-files the wrong files: refused."""
    changed = work.tree.changed(start)
    if not changed:
        told = f'. Agent said: "{said.strip()[:80]}".' if said.strip() else ""
        reason = f"{work.task.id}: no file changed{told}"
        raise work.refused(start, gate.Verdict(False, reason, code="nothing_changed"))
    outside = _outside(work, changed)
    if outside and work.options.strict_files:
        reason = f"{work.task.id}: {', '.join(outside)} changed outside the task's files"
        raise work.refused(start, gate.Verdict(False, reason, code="outside", paths=outside))
    if outside:
        work.warn([f"{work.task.id}: {', '.join(outside)} changed outside the task's files"])


def _outside(work: Work, changed: tuple[str, ...]) -> tuple[str, ...]:
    from ai_sessions.plan import paths

    if not work.task.files:
        return ()
    return tuple(name for name in changed if not paths.matches(name, work.task.files))


def _checked(work: Work, run: Run) -> gate.Verdict:
    if gate.run_class(run) == "pass":
        return gate.Verdict(True, "")
    reason = f"{work.task.id}: its check fails ({gate.counts(run)})"
    return gate.Verdict(False, reason, gate.tail(run), "red")


def _finish(work: Work, start: str, step: str, facts: dict[str, Any], suite: Run | None) -> str:
    changed = work.tree.changed(start)
    kept = work.runs.kept(suite, work.task.id, f"{step}-suite") if suite else None
    proof = work.save_evidence(
        step,
        {
            "at": work.now(),
            "base": work.began,
            **facts,
            "suite": kept,
            "tree": work.tree.snapshot(),
            "changed": evidence.hashes(work.tree.repo, changed),
            "warnings": list(work.warnings),
            **work.cost_facts(),
        },
    )
    state = "waived" if step == "waiver" else "done"
    work.set_state(state, proof=proof, paths=list(changed), reason=work.options.waive)
    add_event(work.space, work.now(), state, task=work.task.id, reason=work.options.waive)
    work.say(f"{work.task.id} {state}")
    edit.render(work)
    kind = work.task.kind if work.task.kind != "code" else "feat"
    trailers = {"Evidence": f"sha256:{proof}"}
    if state == "waived":
        trailers["Tests-Waived"] = work.options.waive
    commit = work.commit(kind, work.task.title, changed, trailers)
    work.save_run(None)
    return commit
