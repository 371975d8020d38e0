"""The green step: the work itself, the frozen tests and the suite as its proof, the commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ai_sessions import gate, git
from ai_sessions.dialogue import prompts
from ai_sessions.plan.paths import matches
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import edit, evidence, trials
from ai_sessions.workflow.task import Before, Work
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.evidence import read_evidence

_KINDS = {"code": "feat", "docs": "docs", "chore": "chore"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a try came to. The runs are None when they were not made; `tree`: what was run."""

    verdict: gate.Verdict
    tests: Run | None = None
    suite: Run | None = None
    tree: str = ""
    put_back: tuple[str, ...] = ()
    """Files that decide how tests run, which are as they were again."""


def green(work: Work, before: Before, red: Run) -> str:
    """Get the work done, prove it, commit it; returns the commit.

    Raises `GateRefused` with the tree as it was at red, `NeedsPerson` when git refuses the commit.
    """
    start = work.begin("green")
    found = _proved(work, before, red, start)
    if work.options.tdd:
        found = _refactored(work, before, red, start, found)
    toothless = _teeth(work, before, red, start)
    return _accept(work, start, red, found, toothless)


def frozen_now(work: Work) -> dict[str, str]:
    """Digests of everything that may not change after red, as the files are now."""
    names = gate.frozen_set(work.tree.files(), work.scope)
    return evidence.digests(work.tree.repo, work.tree.snapshot(), names)


def _proved(work: Work, before: Before, red: Run, start: str) -> _Seen:
    """Ask and judge until the gate is content or the attempts are used up."""
    judge_first = work.goes_on("green", start)
    command = work.plan.test_of(work.task)
    words = command.with_tests(work.task.tests) if command else ()
    prompt = prompts.green(work.plan, work.task, _red_output(work, red), words)
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    warned = False
    for attempt in range(1, work.attempts + 1):
        said = "" if judge_first else edit.ask(work, prompt, "green").text
        found = _judged(work, before, red, start, said)
        verdict = found.verdict
        if verdict.ok:
            return found
        if verdict.code == "frozen":
            work.put_back(start, verdict.paths)
            if warned:
                raise work.refused(start, verdict)
            warned = True
        elif verdict.code in ("nothing_changed", "outside"):
            raise work.refused(start, verdict)
        run = found.suite or found.tests
        mark = (gate.fingerprint(run) if run else verdict.code, work.marks(start))
        if mark in seen:
            break  # the same failure of the same files: another try would only cost
        seen.add(mark)
        work.line.say(f"{verdict.reason} (try {attempt} of {work.attempts})")
        again = prompts.green_again(verdict.reason, _told(found) + verdict.feedback)
        # who has asked nothing yet may talk to somebody who does not know the task
        prompt = f"{prompt}\n{again}" if judge_first else again
        judge_first = False
    raise work.refused(start, verdict, used_up=verdict.code != "frozen")


def _judged(work: Work, before: Before, red: Run, start: str, said: str) -> _Seen:
    """What the gate says of the files as they are; judged twice when they move under the tests."""
    put_back = _keep_the_tests_own(work, start)
    found = _judged_once(work, before, red, start, said)
    if found.verdict.ok and work.tree.changed(found.tree):
        found = _judged_once(work, before, red, start, said)
    found = replace(found, put_back=put_back)
    moved = work.tree.changed(found.tree) if found.verdict.ok else ()
    return replace(found, verdict=gate.judge_moved(work.scope, moved)) if moved else found


def _judged_once(work: Work, before: Before, red: Run, start: str, said: str) -> _Seen:
    """The same once; the suite runs only behind green tests, and what is costly comes last."""
    frozen, now = work.record["frozen"], frozen_now(work)
    tree = work.tree.snapshot()
    changed = work.tree.between(start, tree)
    strict = work.options.strict_files
    first = gate.judge_green_changes(work.scope, changed, frozen, now, said, strict_files=strict)
    first = first if not first.ok else work.hollow(start)
    if not first.ok:
        return _Seen(first)
    tests = work.tests("green")
    after = frozen_now(work)  # tests may write files too
    verdict = gate.judge_green(
        *(work.scope, before.tests, red, tests, None, None, frozen, after, changed, said),
        strict_files=strict,
    )
    work.warn(verdict.warnings)
    if not verdict.ok:
        return _Seen(verdict, tests)
    suite = work.suite("green")
    whole = gate.judge_suite(work.scope, before.tests, before.suite, suite)
    work.warn(whole.warnings)
    if whole.ok:
        whole = trials.judge_fresh(work, before)
        work.warn(whole.warnings)
    return _Seen(verdict if whole.ok else whole, tests, suite, tree)


def _keep_the_tests_own(work: Work, start: str) -> tuple[str, ...]:
    """Put back what decides how tests run, the tests themselves aside: those may not be touched.

    Returns what it was. The tests were red with these files as they were, so the work needs no
    other ones.
    """
    frozen, now, changed = work.record["frozen"], frozen_now(work), work.tree.changed(start)
    there = git.kinds_at(work.tree.repo, start, changed)
    edited = {name for name in {*frozen, *now} if frozen.get(name) != now.get(name)}
    wrong = {name for name in edited if not matches(name, work.task.test_files)}
    names = tuple(sorted(wrong | {*gate.of_the_tests(changed, there, work.scope)}))
    if names:
        work.put_back(start, names, "it decides how tests run")
    return names


def _told(found: _Seen) -> str:
    """For the agent, which would look for its changes in vain."""
    names = ", ".join(found.put_back)
    return f"Put back as they were, because they decide how tests run: {names}.\n" if names else ""


def _red_output(work: Work, red: Run) -> str:
    """What the failing run said; after a crash of ours from its log."""
    if red.output:
        return red.output
    record = read_evidence(work.space, work.task.id, "red") or {}
    name = str(record.get("run", {}).get("log", "")).rsplit("/", 1)[-1]
    return work.space.text("logs", name) if name else ""


def _refactored(work: Work, before: Before, red: Run, start: str, found: _Seen) -> _Seen:
    """Let the agent clean up; what the tests do not like is taken back."""
    safe = work.tree.snapshot()
    edit.ask(work, prompts.refactor(work.plan, work.task), "refactor")
    if not work.tree.changed(safe):
        return found
    again = _judged(work, before, red, start, "")
    if again.verdict.ok:
        work.say(f"{work.task.id} clean  {gate.counts(again.tests) if again.tests else ''}")
        return again
    work.put_back(safe, work.tree.changed(safe), f"the clean-up: {again.verdict.reason}")
    return found


def _teeth(work: Work, before: Before, red: Run, start: str) -> tuple[str, ...]:
    """Files whose old version no test notices. Raises `GateRefused` when none depends on the work,
    and with --strict when some do not.
    """
    if not work.options.teeth:
        return ()
    tried, survivors = trials.without_the_work(work, before, start)
    noticed = gate.judge_teeth(work.scope, before.tests, red, survivors, strict=work.options.strict)
    for verdict in (tried, noticed):
        work.warn(verdict.warnings)
        if not verdict.ok:
            raise work.refused(start, verdict)
    return survivors


def _accept(work: Work, start: str, red: Run, found: _Seen, toothless: tuple[str, ...]) -> str:
    """Write the evidence and commit; `done` counts once the commit is there."""
    tests = found.tests
    if tests is None:
        raise ValueError("accepted without a run")
    work.tree.forget()
    moved = gate.judge_moved(work.scope, work.set_aside(found.tree, "while it was judged"))
    if not moved.ok:
        raise work.refused(start, moved)
    changed = work.tree.between(start, found.tree)
    proof = _keep(work, found, tests, changed, toothless)
    count = len(tests.ids("passed"))
    before = dict(work.record)
    work.set_state("done", proof=proof, tests=count, paths=changed, reason="")
    add_event(work.space, work.now(), "done", task=work.task.id, tests=gate.counts(tests))
    work.say(f"{work.task.id} green  {gate.counts(tests)}")
    edit.render(work)
    names = {*changed, *(work.record["red_paths"] if work.options.one_commit else ())}
    counted = f"{gate.counts(tests)} (was {gate.counts(red)})"
    trailers = {"Tests": counted, "Evidence": f"sha256:{proof}"}
    kind = _KINDS[work.task.kind]
    commit = work.commit(kind, work.task.title, sorted(names), trailers)
    _need_unaltered(work, start, commit, found.tree, sorted(names), before)
    work.save_run(None)
    return commit


def _need_unaltered(
    work: Work, start: str, commit: str, proved: str, names: Sequence[str], before: dict[str, Any]
) -> None:
    """The commit holds what was proved; a hook may have changed it where the tests still pass.

    Raises `GateRefused` with the commit taken back.
    """
    altered = work.altered(commit, proved, names)
    if not altered:
        return
    told = f"{', '.join(altered)} was changed on the way into the commit (by a hook?)"
    here = {*work.tree.changed(commit)} & {*altered}
    if not here and gate.run_class(work.tests("as committed")) == "pass":
        work.warn([f"{work.task.id}: {told}; the tests pass with that too"])
        return
    git.go_back(work.tree.repo, f"{commit}^")
    work.hold.moved()
    work.record = before
    work.set_state("red", proof="")
    raise work.refused(start, gate.judge_moved(work.scope, altered))


def _keep(
    work: Work, found: _Seen, tests: Run, changed: tuple[str, ...], toothless: tuple[str, ...]
) -> str:
    """Write the evidence; returns its hash."""
    keep = work.runs.kept
    return work.save_evidence(
        "green",
        {
            "at": work.now(),
            "base": work.began,
            "run": keep(tests, work.task.id, "green"),
            "suite": keep(found.suite, work.task.id, "green-suite") if found.suite else None,
            "tree": found.tree,
            "changed": evidence.hashes(work.tree.repo, changed),
            "frozen": work.record["frozen"],
            "red": work.record["red"],
            "toothless": list(toothless),
            "warnings": list(work.warnings),
            **work.cost_facts(),
        },
    )
