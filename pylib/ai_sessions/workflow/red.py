"""The red step: baseline, tests alone, a run that fails for want of the work, the freeze."""

from collections.abc import Sequence

from ai_sessions import gate, git
from ai_sessions.dialogue import prompts
from ai_sessions.plan.paths import matches
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import edit, evidence
from ai_sessions.workflow.state import searched
from ai_sessions.workflow.task import Before, Work
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.evidence import read_evidence
from ai_sessions.workspace.files import Workspace


def baseline(work: Work) -> Before:
    """The task's tests and the suite before anything is changed, run once for each beginning."""
    kept = read_evidence(work.space, work.task.id, "baseline")
    if kept and (kept["base"] == work.began or work.record.get("frozen")):
        suite = kept.get("suite")
        return Before(evidence.run_of(kept["tests"]), evidence.run_of(suite) if suite else None)
    tests = work.tests("baseline")
    suite_run = work.suite("baseline")
    keep = work.runs.kept
    record = {
        "at": work.now(),
        "base": work.began,
        "tests": keep(tests, work.task.id, "baseline"),
        "suite": keep(suite_run, work.task.id, "baseline-suite") if suite_run else None,
    }
    work.save_evidence("baseline", record)
    return Before(tests, suite_run)


def red(work: Work, before: Before) -> Run:
    """Get tests that fail for want of the work, freeze and commit them.

    Raises `GateRefused` with the tree as it was before.
    """
    start = work.begin("red")
    judge_first = work.goes_on("red", start)
    command = work.plan.test_of(work.task)
    words = command.with_tests(work.task.tests) if command else ()
    prompt = prompts.red(work.plan, work.task, work.space.text("notes.md"), words)
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for attempt in range(1, work.attempts + 1):
        said = "" if judge_first else edit.ask(work, prompt, "red").text
        judge_first = False
        verdict, run = _judged(work, before, start, said)
        if verdict.ok and run:
            _accept(work, start, run, attempt)
            return run
        if verdict.code in ("nothing_changed", "outside"):
            raise work.refused(start, verdict)
        mark = (gate.fingerprint(run) if run else "", work.marks(start))
        if mark in seen:
            break  # the same failure of the same files: another try would only cost
        seen.add(mark)
        work.line.say(f"{verdict.reason} (try {attempt} of {work.attempts})")
        prompt = prompts.red_again(verdict.reason, verdict.feedback)
    raise work.refused(start, verdict, used_up=True)


def commit(work: Work, run: Run) -> None:
    """Commit the accepted tests, unless that is to be done with the work."""
    if work.options.one_commit:
        return
    proof = str(work.record["red"])
    trailers = {"Tests": gate.counts(run), "Evidence": f"sha256:{proof}"}
    work.commit("test", "red", work.record["red_paths"], trailers)
    work.began = work.tree.head()


def commit_again(work: Work, run: Run) -> None:
    """The same after a run that may have been stopped right before or after the commit."""
    if work.record["red"] not in searched(str(work.tree.repo)):
        commit(work, run)


def kept_run(space: Workspace, task: str) -> Run:
    """The run that was accepted as red."""
    record = read_evidence(space, task, "red")
    if record is None:
        raise ValueError(f"{task} has no red evidence")
    return evidence.run_of(record["run"])


def _judged(work: Work, before: Before, start: str, said: str) -> tuple[gate.Verdict, Run | None]:
    """What the gate says of the files as they are. None: nothing was run."""
    verdict = gate.judge_red_changes(work.scope, work.tree.changed(start), said)
    if verdict.code == "outside" and not work.options.strict_files:
        # The step is for tests alone. What else was written is not needed yet: it goes, they stay.
        _clear(work, start, verdict.paths)
        verdict = gate.judge_red_changes(work.scope, work.tree.changed(start), said)
    verdict = verdict if not verdict.ok else work.hollow(start)
    if not verdict.ok:
        return verdict, None
    run = work.tests("red")
    changed = work.tree.changed(start)
    return gate.judge_red(work.scope, before.tests, run, changed, work.tree.files(), said), run


def _clear(work: Work, start: str, outside: Sequence[str]) -> None:
    """Sources that came early, and what decides how tests run, go back; the rest is left alone,
    because a person may have written it meanwhile.
    """
    early = {name for name in outside if matches(name, work.task.sources)}
    there = git.kinds_at(work.tree.repo, start, outside)
    early |= {*work.tree.between(work.began, start)} & {*outside}  # changes of a person's own
    early |= {*work.frozen(outside), *gate.of_the_tests(outside, there, work.scope)}
    if early:
        work.put_back(start, sorted(early), "this step is for tests")
    others = [name for name in outside if name not in early]
    work.leave_alone(others, "changed in the step for tests")


def _accept(work: Work, start: str, run: Run, attempt: int) -> None:
    """Freeze, write the evidence, commit."""
    changed = list(work.tree.changed(start))
    frozen = evidence.digests(work.tree.repo, work.tree.snapshot(), work.frozen(work.tree.files()))
    proof = work.save_evidence(
        "red",
        {
            "at": work.now(),
            "base": work.began,
            "run": work.runs.kept(run, work.task.id, "red"),
            "tree": work.tree.snapshot(),
            "changed": changed,
            "frozen": frozen,
            "attempts": attempt,
            **work.cost_facts(),
        },
    )
    work.set_state("red", frozen=frozen, red=proof, red_paths=changed, reason="")
    add_event(work.space, work.now(), "red", task=work.task.id, tests=gate.counts(run))
    work.say(f"{work.task.id} red    {gate.counts(run)}")
    commit(work, run)
    work.save_run(None)
