"""The steps of a task: each asks the agent, judges what is there, and keeps what was seen.

A step takes what the steps before it have come to and adds its own; `STEPS` says which follow each
other. All of them try in one way: ask, judge, ask again with what was wrong, until the gate is
content, nothing new comes of it, or the attempts are used up.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ai_sessions import gate, git
from ai_sessions.dialogue import prompts
from ai_sessions.errors import NeedsPerson
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import progress
from ai_sessions.plan.paths import matches
from ai_sessions.plan.snapshots import is_snapshot
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import copies, edit, hints, packages, trials
from ai_sessions.workflow.carriers import searched
from ai_sessions.workflow.last_suite import LastSuite
from ai_sessions.workflow.task import Before, Begun, Work
from ai_sessions.workflow.tests import run_of
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, read_evidence, read_states

_KINDS = {"code": "feat", "docs": "docs", "chore": "chore"}
#: Tests that wait for what is not there may take longer in a trial, but not for ever.
_TRIAL_S = 20.0
#: Refusals that another try would not mend.
_FINAL = ("nothing_changed", "outside")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the steps of a task have come to so far."""

    before: Before = Before(None, None)
    red: Run | None = None
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try came to. The runs are None when they were not made; `tree`: what was run."""

    verdict: gate.Verdict
    tests: Run | None = None
    suite: Run | None = None
    tree: str = ""
    put_back: tuple[str, ...] = ()
    """Files that decide how tests run, which are as they were again."""
    attempt: int = 1


Judge = Callable[[str], Tried]
Again = Callable[[Tried], str]


def try_until_proved(
    work: Work, step: str, begun: Begun, prompt: str, judge: Judge, again: Again
) -> Tried:
    """Ask and judge until the gate is content. `judge`: hears what the agent said; `again`: the
    next prompt.

    Raises `GateRefused`, with the tree as it was when the step began.
    """
    start, judge_first = begun.tree, begun.judge_first
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    most = work.options.tries(work.task, work.plan)
    for attempt in range(1, most + 1):
        said = "" if judge_first else edit.ask(work, prompt, step).text
        tried = judge(said)
        verdict = tried.verdict
        if verdict.ok:
            return replace(tried, attempt=attempt)
        _need_tests_that_run(work, tried)
        if verdict.code in _FINAL:
            raise work.refused(start, verdict)
        run = tried.suite or tried.tests
        mark = (gate.fingerprint(run) if run else verdict.code, work.marks(start))
        if mark in seen:
            break  # the same failure of the same files: another try would only cost
        seen.add(mark)
        work.line.say(f"{verdict.reason} (try {attempt} of {most})")
        # who has asked nothing yet may talk to somebody who does not know the task
        prompt = f"{prompt}\n{again(tried)}" if judge_first else again(tried)
        judge_first = False
    raise work.refused(start, verdict, used_up=verdict.code != "frozen")


def _need_tests_that_run(work: Work, tried: Tried) -> None:
    """Raises `ConfigError` when no further try can help: what the tests need is not here. All stays
    as it is, and the next run judges it before it asks anybody.
    """
    run, verdict = tried.tests, tried.verdict
    if verdict.code == "installed":
        raise work.unable(verdict.reason)
    if run is None or verdict.code != "crash":
        return
    reason = gate.cannot_run(run, work.planned())
    if reason and gate.is_certain(run, work.planned()):
        raise work.unable(f"{work.task.id}: no test can run here: {reason}")


def _words(work: Work) -> tuple[str, ...]:
    """The command that runs the task's tests."""
    command = work.plan.test_of(work.task)
    return tuple(command.with_tests(work.task.tests)) if command else ()


def _judged_suite(
    work: Work, baseline: Run | None, before: Run | None, step: str
) -> tuple[Run | None, gate.Verdict]:
    """Run the suite and judge it. Where it is worse than before it runs once more, before anybody
    is paid for what may have failed by chance.
    """
    suite = work.suite(step)
    if before and (red := _red_of_others(work)):
        before = gate.with_red(before, red)
    verdict = gate.judge_suite(work.scope, baseline, before, suite)
    if suite is None or verdict.ok or not gate.is_worth_another(suite):
        return suite, verdict
    again = work.suite(f"{step}, once more") or suite
    steady, once = gate.steadied(suite, again)
    second = gate.judge_suite(work.scope, baseline, before, steady)
    what = listed(once) if once else "the suite"
    if once or second.ok:
        work.warn([f"{work.task.id}: {what} failed once and passed when it ran again"])
    return again, second


def _red_of_others(work: Work) -> frozenset[str]:
    """Tests that other tasks have committed here and whose work has not come: with `--jobs` some
    may have been brought since the baseline. Nobody else is to blame that they fail.
    """
    others = {task: state for task, state in read_states(work.space).items() if state.frozen}
    waiting = [
        task
        for task, state in others.items()
        if task != work.task.id and state.state not in progress.FINISHED
    ]
    here = searched(str(work.tree.repo)) if waiting else {}
    runs = (_kept_red(work.space, one) for one in waiting if others[one].red in here)
    return frozenset(id_ for run in runs for id_ in run.ids("failed", "error"))


# -- the baseline: how things were


def baseline(work: Work, seen: Seen) -> Seen:
    """The task's tests and the suite before anything is changed, run once for each beginning."""
    before = _kept_baseline(work) or _new_baseline(work)
    kept = work.space.path("evidence", work.task.id, "baseline.json")
    work.since = os.stat(kept).st_ctime
    return replace(seen, before=before)


def _kept_baseline(work: Work) -> Before | None:
    kept = read_evidence(work.space, work.task.id, "baseline")
    if not kept or (kept["base"] != work.began and not work.record.frozen):
        return None
    suite = kept.get("suite")
    return Before(run_of(kept["tests"]), run_of(suite) if suite else None)


def _new_baseline(work: Work) -> Before:
    if told := _copied(work):
        raise work.unable(f"{work.task.id}: {told}")
    tests = work.tests("baseline")
    suite_run = _suite_of_the_task_before(work) or work.suite("baseline")
    keep = work.runs.kept
    record = {
        "tests": keep(tests, work.task.id, "baseline"),
        "suite": keep(suite_run, work.task.id, "baseline-suite") if suite_run else None,
        "ignored": _ignored_folders(work.tree.repo),
    }
    verdict = gate.judge_baseline(work.scope, tests, suite_run, work.planned())
    if not verdict.ok:
        raise work.unable(verdict.reason)
    work.save_evidence("baseline", record, costs=False)
    return Before(tests, suite_run)


def _ignored_folders(repo: Path) -> list[str]:
    """What builds leave, beside installed packages and what Python compiles; each with a `/`."""
    folders = (name for name in git.ignored(repo) if name.endswith("/"))
    others = {*packages.FOLDERS, "__pycache__"}
    return sorted(one for one in folders if one.split("/")[-2] not in others)


def _suite_of_the_task_before(work: Work) -> Run | None:
    """The suite as this process has just seen it, where it would be the same once more."""
    last, command = work.line.last_suite, work.plan.suite
    is_same = last and command and last.holds(work.tree, command)
    return last.run if last and is_same else None


def _copied(work: Work) -> str:
    """Which installed copy the tests would import in place of the work; empty: none is known."""
    repo, sources = work.tree.repo, work.task.sources
    is_possible = any("/" in name for name in sources)  # at the top it is found first
    if not is_possible:
        return ""
    return copies.copied(repo, work.runs.environ, _words(work), sources)


# -- red: tests alone, which fail for want of the work


def red(work: Work, seen: Seen) -> Seen:
    """Get tests that fail for want of the work, freeze and commit them; kept from an earlier run
    when it got that far.
    """
    if work.record.frozen and read_evidence(work.space, work.task.id, "red"):
        _need_frozen(work)
        work.say(f"{work.task.id} red    kept from an earlier run")
        run = _kept_red(work.space, work.task.id)
        if work.record.red not in searched(str(work.tree.repo)):
            _commit_red(work, run)  # the earlier run was stopped right before
            _need_frozen(work)
        _need_tests_that_still_run(work)
        return replace(seen, red=run)
    begun = work.begin("red")
    start = begun.tree
    prompt = prompts.red(work.plan, work.task, work.space.text("notes.md"), _words(work))

    def again(tried: Tried) -> str:
        return prompts.red_again(tried.verdict.reason, tried.verdict.feedback)

    def judge(said: str) -> Tried:
        return _judged_red(work, seen.before, start, said)

    tried = try_until_proved(work, "red", begun, prompt, judge, again)
    run = _accept_red(work, start, tried)
    _need_frozen(work)  # somebody may have edited them since, in a hook or beside it
    return replace(seen, red=run)


def _need_tests_that_still_run(work: Work) -> None:
    """The same as at the baseline, which an earlier run saw, before the work is asked for."""
    if work.resumed and work.resumed.step == "green":
        return  # what is there is judged before anything is paid
    verdict = gate.judge_baseline(work.scope, work.tests("red again"), None, work.planned())
    if not verdict.ok:
        raise work.unable(verdict.reason)


def _commit_red(work: Work, run: Run) -> None:
    """Commit the accepted tests, unless that is to be done with the work."""
    if work.options.one_commit:
        return
    proof = work.record.red
    trailers = {"Tests": gate.counts(run), "Evidence": f"sha256:{proof}"}
    work.commit("test", "red", work.record.red_paths, trailers)
    work.need_same_branch()
    _freeze_as_committed(work, run)
    work.began = work.tree.head()


def _freeze_as_committed(work: Work, run: Run) -> None:
    """What was committed is what is frozen, where a hook has formatted the tests on the way. Other
    tests, or tests that end in another way, are left to be refused.
    """
    frozen, now = work.record.frozen, _frozen_now(work)
    formatted = sorted(name for name in frozen if now.get(name) != frozen[name])
    kept = read_evidence(work.space, work.task.id, "red") or {}
    if not formatted or not _is_formatting(work, str(kept.get("tree")), formatted):
        return
    again = work.tests("as committed")
    if not _is_same(run, again):
        return
    old = work.record.red
    work.record.frozen = {**frozen, **work.tree.digests(work.tree.head(), formatted)}
    kept |= {"run": work.runs.kept(again, work.task.id, "red"), "frozen": work.record.frozen}
    work.record.red = work.save_evidence("red", {**kept, "tree": work.tree.snapshot()})
    work.set_state("red")
    work.correct("red", old, work.record.red)
    told = f"{listed(formatted)} was changed on the way into the commit (by a hook?)"
    work.warn([f"{work.task.id}: {told}; it fails as before, and is frozen as committed"])


def _is_formatting(work: Work, accepted: str, names: Sequence[str]) -> bool:
    """True when these are tests of the task as HEAD has them, with the same tests in them as in the
    tree where they were accepted.
    """
    repo, tip = work.tree.repo, work.tree.head()
    before, after = (git.contents_at(repo, one, names) for one in (accepted, tip))
    committed = work.tree.digests(tip, names)
    now = _frozen_now(work)
    return {*names} <= {*work.record.red_paths} and all(
        name in before
        and name in after
        and committed[name] == now.get(name)
        and gate.has_same_tests(before[name], after[name])
        for name in names
    )


def _is_same(one: Run, other: Run) -> bool:
    """True for two runs of the same tests that ended alike."""
    cases = ({(case.id, case.outcome) for case in run.cases} for run in (one, other))
    return next(cases) == next(cases) and gate.run_class(one) == gate.run_class(other)


def _kept_red(space: Workspace, task: str) -> Run:
    """The run that was accepted as red."""
    record = read_evidence(space, task, "red")
    if record is None:
        raise ValueError(f"{task} has no red evidence")
    return run_of(record["run"])


def _need_frozen(work: Work) -> None:
    """The tests that were accepted as red must still be the ones that are there."""
    resumed = work.resumed
    start = resumed.before if resumed and resumed.step == "green" else ""
    start = start if start and work.tree.has(start) else ""
    now = _frozen_now(work)
    frozen = work.record.frozen | (_recorded(work, start) if start else {})
    changed = sorted(
        name
        for name in {*frozen, *now}
        if frozen.get(name) != now.get(name) and matches(name, work.task.test_paths)
    )
    if changed:
        raise NeedsPerson(
            f"{work.task.id}: {', '.join(changed)} changed since red, so red proves nothing now",
            f"put them back, or begin again: rm {work.space.relative('state', work.task.id)}.json",
        )
    # what chooses the tests may have moved on with other tasks, not with work that was cut off
    cut_off = work.tree.changed(start) if start else ()
    kept = {name: digest for name, digest in now.items() if name not in cut_off}
    undone = gate.frozen_set(cut_off, work.scope)
    work.record.frozen = kept | work.tree.digests(start, undone, work.scope.runs)


def _judged_red(work: Work, before: Before, start: str, said: str) -> Tried:
    """What the gate says of the files as they are."""
    texts = _changed_tests(work, start)
    verdict = gate.judge_red_changes(work.scope, work.tree.changed(start), said, texts)
    if verdict.code == "outside" and not work.options.strict_files:
        # The step is for tests alone. What else was written is not needed yet: it goes, they stay.
        _clear(work, start, verdict.paths)
        verdict = gate.judge_red_changes(work.scope, work.tree.changed(start), said, texts)
    verdict = verdict if not verdict.ok else work.hollow(start)
    if not verdict.ok:
        return Tried(verdict)
    run = work.tests("red")
    repo, changed = work.tree.repo, work.tree.changed(start)
    texts = _changed_tests(work, start) if run.ids("error") else {}
    files = gate.Files(changed, work.tree.files(), texts)
    verdict = gate.judge_red(work.scope, before.tests, run, files, said)
    if verdict.code == "error":  # what is missing may be the task's own, behind a link
        files = replace(files, links=packages.homes(repo, gate.places(run), work.task.tests))
        verdict = gate.judge_red(work.scope, before.tests, run, files, said)
    return Tried(_with_packages(work, verdict), run)


def _changed_tests(work: Work, start: str) -> dict[str, tuple[str, str]]:
    """What the test files that changed since `start` were and are."""
    changed = work.tree.changed(start)
    names = [name for name in changed if matches(name, work.task.test_files)]
    return {name: _texts(work.tree.repo, start, name) for name in names}


def _texts(repo: Path, start: str, name: str) -> tuple[str, str]:
    """A file at the snapshot and as it is; empty where it is not."""
    now = repo / name
    contents = (git.content_at(repo, start, name), now.read_bytes() if now.is_file() else None)
    before, after = ((content or b"").decode("utf-8", "replace") for content in contents)
    return before, after


def _with_packages(work: Work, verdict: gate.Verdict) -> gate.Verdict:
    """The same, unless installed packages were changed to come to it."""
    if not verdict.ok:
        return verdict
    installed = work.judge_installed()
    work.warn(installed.warnings)
    return verdict if installed.ok else installed


def _clear(work: Work, start: str, outside: Sequence[str]) -> None:
    """Sources that came early, and what decides how tests run, go back; the rest is left alone,
    because a person may have written it meanwhile.
    """
    early = {name for name in outside if matches(name, work.task.sources)}
    there = git.kinds_at(work.tree.repo, start, outside)
    early |= {*work.tree.between(work.began, start)} & {*outside}  # changes of a person's own
    early |= {*gate.frozen_set(outside, work.scope), *gate.of_the_tests(outside, there, work.scope)}
    if early:
        work.put_back(start, sorted(early), "this step is for tests")
    others = [name for name in outside if name not in early]
    work.leave_alone(others, "changed in the step for tests")


def _accept_red(work: Work, start: str, tried: Tried) -> Run:
    """Freeze, write the evidence, commit; returns the run that failed as it should."""
    run = tried.tests
    if run is None:
        raise ValueError("accepted without a run")
    changed = list(work.tree.changed(start))
    names = gate.frozen_set(work.tree.files(), work.scope)
    frozen = work.tree.digests(work.tree.snapshot(), names, work.scope.runs)
    proof = work.save_evidence(
        "red",
        {
            "run": work.runs.kept(run, work.task.id, "red"),
            "tree": work.tree.snapshot(),
            "changed": changed,
            "frozen": frozen,
            "attempts": tried.attempt,
        },
    )
    work.record.frozen, work.record.red, work.record.red_paths = frozen, proof, changed
    work.reached("red", f"red    {gate.counts(run)}", tests=gate.counts(run))
    _commit_red(work, run)
    work.save_run(None)
    return run


# -- green: the work itself, with the frozen tests and the suite as its proof


def green(work: Work, seen: Seen) -> Seen:
    """Get the work done, prove it, commit it.

    Raises `GateRefused` with the tree as it was at red, `NeedsPerson` when git refuses the commit.
    """
    before, run = seen.before, seen.red
    if run is None:
        raise ValueError("green without red")
    begun = work.begin("green")
    start = begun.tree
    found = _proved(work, before, run, begun)
    if work.options.tdd:
        found = _refactored(work, before, run, start, found)
    toothless = _teeth(work, before, run, start, found)
    return replace(seen, commit=_accept_green(work, start, run, found, toothless))


def _frozen_now(work: Work) -> dict[str, str]:
    """Digests of everything that may not change after red, as we last saw the files."""
    tree = work.tree.snapshot()
    if tree not in work.frozen_in:
        names = gate.frozen_set(work.tree.files(), work.scope)
        work.frozen_in.clear()
        work.frozen_in[tree] = work.tree.digests(tree, names, work.scope.runs)
    return work.frozen_in[tree]


def _proved(work: Work, before: Before, red: Run, begun: Begun) -> Tried:
    """Ask and judge until the work is proved. Frozen files that the agent changed go back; the
    second time it is refused.
    """
    prompt = prompts.green(work.plan, work.task, _red_output(work, red), _words(work))
    start, warned = begun.tree, False

    def judge(said: str) -> Tried:
        nonlocal warned
        tried = _judged_green(work, before, red, start, said)
        if tried.verdict.code == "unseen_skip":
            work.forget_red(tried.verdict.reason)
            raise work.refused(start, tried.verdict)
        if tried.verdict.code == "frozen":
            work.put_back(start, tried.verdict.paths)
            if warned:
                raise work.refused(start, tried.verdict)
            warned = True
        return tried

    def again(tried: Tried) -> str:
        return prompts.green_again(tried.verdict.reason, _told(tried) + tried.verdict.feedback)

    return try_until_proved(work, "green", begun, prompt, judge, again)


def _judged_green(work: Work, before: Before, red: Run, start: str, said: str) -> Tried:
    """What the gate says of the files as they are; judged twice when they move under the tests."""
    put_back = _keep_the_tests_own(work, start)
    found = _judged_green_once(work, before, red, start, said)
    if _records_snapshots(work, found):
        found = _judged_green_once(work, before, red, start, said)
    if _moved_meanwhile(work, found):
        found = _judged_green_once(work, before, red, start, said)
    found = replace(found, put_back=put_back)
    moved = _moved_meanwhile(work, found)
    return replace(found, verdict=gate.judge_moved(work.scope, moved)) if moved else found


def _records_snapshots(work: Work, found: Tried) -> bool:
    """Let the tests record the snapshots that they miss, in a run of its own before the one that
    proves, so that nobody is paid for it; False when there is nothing to record.
    """
    if found.verdict.ok or not found.tests or not gate.lacks_snapshots(found.tests):
        return False
    runs = work.runs.recording()
    if runs is None:
        return False
    before = work.tree.snapshot()
    with work.held():
        runs.tests(work.task, "snapshots")
    own = work.set_aside(before, "while snapshots were recorded")
    return any(matches(name, work.task.snapshots) for name in own)


def _recorded(work: Work, start: str) -> dict[str, str]:
    """Digests of the snapshots of the task's tests to which the work has added since `start`, and
    changed nothing that was there.
    """
    changed = work.tree.changed(start)
    names = [name for name in changed if matches(name, work.task.snapshots)]
    now = work.tree.snapshot()
    before, after = (git.contents_at(work.tree.repo, one, names) for one in (start, now))
    grown = [name for name in names if gate.only_grew(before.get(name), after.get(name))]
    return work.tree.digests(now, grown, work.scope.runs) if grown else {}


def _moved_meanwhile(work: Work, found: Tried) -> tuple[str, ...]:
    """What is not what was judged good; what is no file of the task is left alone."""
    return work.set_aside(found.tree, "while it was judged") if found.verdict.ok else ()


def _judged_green_once(work: Work, before: Before, red: Run, start: str, said: str) -> Tried:
    """The same once; the suite runs only behind green tests, and what is costly comes last."""
    work.leave_to_others(start)
    frozen, now = work.record.frozen | _recorded(work, start), _frozen_now(work)
    tree = work.tree.snapshot()
    changed = work.tree.between(start, tree)
    strict = work.options.strict_files
    first = gate.judge_green_changes(work.scope, changed, frozen, now, said, strict_files=strict)
    first = first if not first.ok else work.hollow(start)
    if not first.ok:
        return Tried(first)
    work.installed.drop_compiled(work.since)
    tests = work.tests("green")
    after = _frozen_now(work)  # tests may write files too
    verdict = gate.judge_green(
        *(work.scope, before.tests, red, tests, None, None, frozen, after, changed, said),
        strict_files=strict,
    )
    work.warn(verdict.warnings)
    if not verdict.ok:
        return Tried(verdict, tests)
    own = _without_others(work, before.tests, start, changed)
    suite, whole = _judged_suite(work, own, before.suite, "green")
    work.warn(whole.warnings)
    if whole.ok:
        whole = trials.judge_fresh(work, before)
        work.warn(whole.warnings)
    whole = _with_packages(work, whole)
    return Tried(verdict if whole.ok else whole, tests, suite, tree)


def _without_others(
    work: Work, baseline: Run | None, start: str, changed: Sequence[str]
) -> Run | None:
    """The baseline without tests of other files that were changed since. Go runs all files of a
    package together and names tests by that, so those would be taken for the task's own.
    """
    own = work.task.test_files
    others = [one for one in changed if one.endswith("_test.go") and not matches(one, own)]
    if baseline is None or not others:
        return baseline
    text = b"\n".join(git.contents_at(work.tree.repo, start, others).values()).decode(
        "utf-8", "replace"
    )
    kept = [one for one in baseline.cases if f"func {one.id.rpartition('::')[2]}(" not in text]
    return replace(baseline, cases=tuple(kept))


def _keep_the_tests_own(work: Work, start: str) -> tuple[str, ...]:
    """Put back what decides how tests run, the tests themselves aside: those may not be touched.

    Returns what it was. The tests were red with these files as they were, so the work needs no
    other ones.
    """
    frozen, now, changed = work.record.frozen, _frozen_now(work), work.tree.changed(start)
    there = git.kinds_at(work.tree.repo, start, changed)
    edited = {name for name in {*frozen, *now} if frozen.get(name) != now.get(name)}
    wrong = {name for name in edited if not matches(name, work.task.test_paths)}
    wrong |= _rewritten_of_others(work, start, [name for name in changed if name in there])
    names = tuple(sorted(wrong | {*gate.of_the_tests(changed, there, work.scope)}))
    if names:
        work.put_back(start, names, "it decides how tests run")
    return names


def _rewritten_of_others(work: Work, start: str, changed: Sequence[str]) -> set[str]:
    """Snapshots of other tests than the task's in which something else stands than at `start`."""
    files = (*work.task.sources, *work.task.test_paths)
    names = [name for name in changed if not matches(name, files) and is_snapshot(name)]
    trees = (start, work.tree.snapshot())
    before, after = (git.contents_at(work.tree.repo, one, names) for one in trees)
    return {name for name in names if not gate.only_grew(before.get(name), after.get(name))}


def _told(found: Tried) -> str:
    """For the agent, which would look for its changes in vain."""
    names = ", ".join(found.put_back)
    told = f"Put back as they were, because they decide how tests run: {names}.\n" if names else ""
    lacks = found.tests is not None and gate.lacks_snapshots(found.tests)
    return told + (gate.ASK_FOR_SNAPSHOTS if lacks else "")


def _red_output(work: Work, red: Run) -> str:
    """What the failing run said; after a crash of ours from its log."""
    if red.output:
        return red.output
    record = read_evidence(work.space, work.task.id, "red") or {}
    name = str(record.get("run", {}).get("log", "")).rsplit("/", 1)[-1]
    return work.space.text("logs", name) if name else ""


def _refactored(work: Work, before: Before, red: Run, start: str, found: Tried) -> Tried:
    """Let the agent clean up; what the tests do not like is taken back."""
    safe = work.tree.snapshot()
    edit.ask(work, prompts.refactor(work.plan, work.task), "refactor")
    if not work.tree.changed(safe):
        return found
    again = _judged_green(work, before, red, start, "")
    if again.verdict.ok:
        work.say(f"{work.task.id} clean  {gate.counts(again.tests) if again.tests else ''}")
        return again
    work.put_back(safe, work.tree.changed(safe), f"the clean-up: {again.verdict.reason}")
    return found


def _teeth(work: Work, before: Before, red: Run, start: str, found: Tried) -> tuple[str, ...]:
    """Files whose old version no test notices. Raises `GateRefused` when none depends on the work,
    and with --strict when some do not.
    """
    tests = found.tests
    if not work.options.teeth or tests is None:
        return ()
    most_s = _TRIAL_S + 5 * tests.duration_ms / 1000
    tried, survivors = trials.without_the_work(work, before, start, tests, most_s)
    noticed = gate.judge_teeth(work.scope, before.tests, red, survivors, strict=work.options.strict)
    for verdict in (tried, noticed):
        work.warn(verdict.warnings)
        if not verdict.ok:
            raise work.refused(start, verdict)
    return survivors


def _accept_green(
    work: Work, start: str, red: Run, found: Tried, toothless: tuple[str, ...]
) -> str:
    """Write the evidence and commit; `done` counts once the commit is there."""
    tests = found.tests
    if tests is None:
        raise ValueError("accepted without a run")
    moved = gate.judge_moved(work.scope, work.set_aside(found.tree, "while it was judged"))
    if not moved.ok:
        raise work.refused(start, moved)
    changed = work.tree.between(start, found.tree)
    before = work.record.copy()
    recorded = _recorded(work, start)
    work.record.frozen = {**work.record.frozen, **recorded}
    if recorded:
        work.warn([f"{work.task.id}: {gate.told_recorded(recorded)}"])
    proof = _keep(work, start, found, tests, toothless)
    count = len(tests.ids("passed"))
    work.record.proof, work.record.tests, work.record.paths = proof, count, list(changed)
    work.reached("done", f"green  {gate.counts(tests)}", tests=gate.counts(tests))
    names = {*changed, *(work.record.red_paths if work.options.one_commit else ())}
    counted = f"{gate.counts(tests)} (was {gate.counts(red)})"
    trailers = {"Tests": counted, "Evidence": f"sha256:{proof}"}
    kind = _KINDS[work.task.kind]
    commit = work.commit(kind, work.task.title, sorted(names), trailers)
    commit = _as_proved(work, "green", start, commit, found.tree, sorted(names), before)
    if found.suite and work.plan.suite:
        about = (work.plan.suite, found.suite, found.tree)
        work.line.last_suite = LastSuite(*about, work.since, work.installed)
    work.save_run(None)
    work.need_same_branch()
    return commit


def _as_proved(
    work: Work,
    step: str,
    start: str,
    commit: str,
    proved: str,
    names: Sequence[str],
    before: TaskState,
) -> str:
    """The commit, when it holds what was proved; a hook may have changed it where the tests still
    pass: then with evidence of what was committed.

    Raises `GateRefused` with the commit taken back.
    """
    open_ = {*work.tree.between(f"{commit}^", proved)} - {*names}
    altered = tuple(name for name in work.tree.between(commit, proved) if name not in open_)
    if not altered:
        return commit
    told = f"{', '.join(altered)} was changed on the way into the commit (by a hook?)"
    here = {*work.tree.changed(commit)} & {*altered}
    if not here and _is_proved_as_committed(work, start, altered):
        work.warn([f"{work.task.id}: {told}; the tests pass with that too"])
        return _correct(work, step, commit, altered)
    if work.tree.head() != commit:
        again = hints.implement(work.space.feature, work.task.id)
        told = f"{told}, and somebody else has gone on from it"
        raise NeedsPerson(f"{work.task.id}: {told}", f"see: git show {commit[:9]}; then: {again}")
    git.go_back(work.tree.repo, f"{commit}^")
    work.hold.moved()
    work.record = before
    work.record.proof = ""
    work.set_state("red" if before.frozen else "todo")
    raise work.refused(start, gate.judge_moved(work.scope, altered))


def _is_proved_as_committed(work: Work, start: str, altered: Sequence[str]) -> bool:
    """Whether the tests pass with what was committed, and nobody has weakened them: tests that are
    frozen already may not be altered, and those that are in the same commit still fail without it.
    """
    if gate.run_class(work.tests("as committed")) != "pass":
        return False
    if not any(matches(name, work.task.test_paths) for name in altered):
        return True
    return work.options.one_commit and trials.is_needed(work, start)


def _correct(work: Work, step: str, commit: str, altered: Sequence[str]) -> str:
    """Have the evidence of a step say what was committed; returns the commit that has it."""
    kept, record, tree = read_evidence(work.space, work.task.id, step) or {}, work.record, work.tree
    frozen = tree.digests(commit, [name for name in altered if name in record.frozen])
    record.frozen |= frozen
    kept["changed"] = tree.hashes_in(commit, list(kept.get("changed") or ()))
    kept |= {"tree": git.with_entries(tree.repo, commit, {}), "warnings": list(work.warnings)}
    kept |= {"frozen": record.frozen} if frozen else {}
    old, record.proof = record.proof, work.save_evidence(step, kept)
    work.set_state(record.state, record.reason)
    return work.correct(step, old, record.proof)


def _keep(work: Work, start: str, found: Tried, tests: Run, toothless: tuple[str, ...]) -> str:
    """Write the evidence; returns its hash. `before` is what the work has replaced, by which it can
    be taken away again where the commits of the task are gone.
    """
    keep, changed = work.runs.kept, work.tree.between(start, found.tree)
    return work.save_evidence(
        "green",
        {
            "run": keep(tests, work.task.id, "green"),
            "suite": keep(found.suite, work.task.id, "green-suite") if found.suite else None,
            "tree": found.tree,
            "changed": work.tree.hashes_in(found.tree, changed),
            "before": git.entries_at(work.tree.repo, start, changed),
            "frozen": work.record.frozen,
            "red": work.record.red,
            "toothless": list(toothless),
            "warnings": list(work.warnings),
        },
    )


# -- without tests of its own: docs and chores, proved by a check; waived, by a signed reason


def check(work: Work, seen: Seen) -> Seen:
    """Do a docs or chore task until its check succeeds."""
    begun = work.begin("check")
    start = begun.tree
    early = work.tests("check before")
    program = early.command[0]
    if "/" not in program and gate.is_absent(early, program):
        raise work.unable(f"{work.task.id}: {gate.crash(early)}")
    if not begun.is_resumed and gate.run_class(early) == "pass":
        work.warn([f"{work.task.id}: its check succeeds before the work, so it proves little"])
    prompt = prompts.chore(work.plan, work.task, _words(work), work.space.text("notes.md"))
    suite_before = work.suite("before")

    def judge(said: str) -> Tried:
        _need_change(work, start, said)
        run = work.tests("check")
        verdict = _checked(work, run)
        if not verdict.ok:
            return Tried(verdict, run)
        suite, whole = _judged_suite(work, None, suite_before, "after")
        return Tried(whole, run, suite)

    def again(tried: Tried) -> str:
        return prompts.green_again(tried.verdict.reason, tried.verdict.feedback)

    tried = try_until_proved(work, "check", begun, prompt, judge, again)
    kept = work.runs.kept(tried.tests, work.task.id, "check") if tried.tests else None
    facts = {"run": kept, "attempts": tried.attempt}
    return replace(seen, commit=_finish(work, start, "check", facts, tried.suite))


def waive(work: Work, seen: Seen) -> Seen:
    """Do a task without proof, for a reason that is shown for ever."""
    begun = work.begin("waiver")
    start = begun.tree
    suite_before = work.suite("before")
    prompt = prompts.waived(work.plan, work.task, work.space.text("notes.md"))
    said = "" if begun.judge_first else edit.ask(work, prompt, "waived").text
    _need_change(work, start, said)
    suite, verdict = _judged_suite(work, None, suite_before, "after")
    work.warn(verdict.warnings)
    if not verdict.ok:
        raise work.refused(start, verdict)
    commit = _finish(work, start, "waiver", {"reason": work.options.waive}, suite)
    return replace(seen, commit=commit)


def _need_change(work: Work, start: str, said: str) -> None:
    """Nothing changed, or with --strict-files the wrong files: refused."""
    work.leave_to_others(start)
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
    if not work.task.files:
        return ()
    return tuple(name for name in changed if not matches(name, work.task.files))


def _checked(work: Work, run: Run) -> gate.Verdict:
    if gate.run_class(run) == "pass":
        return gate.Verdict(True, "")
    reason = f"{work.task.id}: its check fails ({gate.counts(run)})"
    return gate.Verdict(False, reason, gate.tail(run), "red")


def _finish(work: Work, start: str, step: str, facts: dict[str, Any], suite: Run | None) -> str:
    changed, tree = work.tree.changed(start), work.tree.snapshot()
    kept = work.runs.kept(suite, work.task.id, f"{step}-suite") if suite else None
    proof = work.save_evidence(
        step,
        {
            **facts,
            "suite": kept,
            "tree": tree,
            "changed": work.tree.hashes_in(tree, changed),
            "warnings": list(work.warnings),
        },
    )
    state = "waived" if step == "waiver" else "done"
    before = work.record.copy()
    work.record.proof, work.record.paths = proof, list(changed)
    work.reached(state, state, reason=work.options.waive)
    kind = work.task.kind if work.task.kind != "code" else "feat"
    trailers = {"Evidence": f"sha256:{proof}"}
    if state == "waived":
        trailers["Tests-Waived"] = work.options.waive
    commit = work.commit(kind, work.task.title, changed, trailers)
    if step != "waiver":
        commit = _as_proved(work, step, start, commit, tree, changed, before)
    work.save_run(None)
    work.need_same_branch()
    return commit


# -- all of them


#: What is done for a task, in this order, by its kind.
STEPS: Mapping[str, tuple[Callable[[Work, Seen], Seen], ...]] = {
    "code": (baseline, red, green),
    "docs": (check,),
    "chore": (check,),
    "waiver": (waive,),
}


def take(work: Work) -> str:
    """Take the task through its steps, from where it stands; returns the commit."""
    seen = Seen()
    for step in STEPS["waiver" if work.options.waive else work.task.kind]:
        seen = step(work, seen)
    return seen.commit
