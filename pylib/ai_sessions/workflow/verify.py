"""`verify`: the finished work in a fresh checkout, judged by our own runs; nothing is believed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ai_sessions import diffs, environment, gate, git
from ai_sessions.dialogue import prompts
from ai_sessions.dialogue.answers import json_object
from ai_sessions.errors import AiSessionsError, GateRefused
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document as plans
from ai_sessions.plan import paths, progress
from ai_sessions.plan.document import Command, Plan, Task
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import hints, packages, proving, trials
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.checkout import Checkouts
from ai_sessions.workflow.hold import Hold
from ai_sessions.workflow.installed import left_by_tasks
from ai_sessions.workflow.installing import set_up_line
from ai_sessions.workflow.lacking import Baseline, Lacking
from ai_sessions.workflow.plan import waiting_commands
from ai_sessions.workflow.project import project
from ai_sessions.workflow.report import (
    Check,
    Report,
    Status,
    Word,
    commit_reports,
    lower,
    next_command,
    page,
    told_uncommitted,
    uncommitted,
    verdict_of,
)
from ai_sessions.workflow.state import FeatureState, base_of, covered, proof_of
from ai_sessions.workflow.tests import Runs, run_of
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_plan_text
from ai_sessions.workspace.reports import save_report
from ai_sessions.workspace.tasks import evidence_hash, read_evidence, read_state

PARTS = frozenset({"unit", "integration", "acceptance"})


@dataclass(frozen=True, slots=True)
class Options:
    """What to check: `parts` of `PARTS`. `strict`: waived and uncovered things are refused."""

    strict: bool = False
    parts: frozenset[str] = PARTS
    test_timeout_s: float = 300.0
    commit: bool = False
    """Commit reviews and verdict after GO."""


@dataclass(slots=True)
class _Fresh:
    """A fresh checkout of HEAD with its own view of the plan and the evidence."""

    tree: Tree
    place: Path
    feature_state: FeatureState
    plan: Plan
    runs: Runs
    setup: Command | None
    commit: str
    build: Command | None = None
    checks: list[Check] = field(default_factory=list)
    _lacking: list[Lacking] = field(default_factory=list)
    adopted: dict[str, str] = field(default_factory=dict)
    """By finished task that no commit names: the one that carries its work."""
    proved_again: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By task among those: what was seen."""

    @property
    def lacking(self) -> Lacking:
        """What was found out of fresh checkouts so far."""
        if not self._lacking:
            self._lacking.append(Lacking(self.checkouts, lambda: _baseline(self)))
        return self._lacking[0]

    @property
    def space(self) -> Workspace:
        return self.feature_state.workspace

    @property
    def checkouts(self) -> Checkouts:
        return Checkouts(self.tree, self.runs, self.setup, self.build)


def verify(
    space: Workspace,
    environ: Mapping[str, str],
    options: Options,
    line: Line | None,
    phase: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Check the feature as HEAD has it. `line`: a model without memory, which may only object.

    Raises `NotFound` without a plan, `GateRefused` for a command that nobody approved.
    """
    tree = Tree(Path(space.repo), space.root, environ)
    commit = tree.head()
    reasons: tuple[str, ...] = ()
    notes = _notes(tree, commit)
    with (
        _held(space, tree, notes),
        _checkout(space, tree, commit, environ, options, phase) as fresh,
    ):
        if _is_set_up(fresh):
            fresh.checks += _lent(fresh)
            _check_parts(fresh, options.parts)
        verdict = verdict_of(fresh.checks, strict=options.strict)
        if line and verdict != "NO-GO":
            phase("a fresh model looks at it")
            verdict, reasons, more = _second_look(fresh, line, verdict)
            notes += more
        checks = tuple(fresh.checks)
        if any(one.duration_ms and one.status in ("failed", "open") for one in checks):
            notes += filter(None, [environment.told(fresh.runs.withheld)])
        notes += filter(None, [fresh.lacking.remedy()])
        following = _next(fresh, verdict)
    _keep_proofs(space, fresh)
    report = _saved(
        space,
        Report(space.feature, verdict, commit, checks, reasons, tuple(notes), "", following),
        line,
    )
    return _after_go(space, tree, report, environ, options) if verdict == "GO" else report


def _after_go(
    space: Workspace, tree: Tree, report: Report, environ: Mapping[str, str], options: Options
) -> Report:
    """With what is not committed yet, or with the commit that was asked for.

    The verdict was paid for: a commit that is refused is a note on it.
    """
    notes, refused = report.notes, 0
    try:
        made = commit_reports(space, tree) if options.commit else ""
    except AiSessionsError as error:
        made, refused = "", error.exit_code
        notes = (*notes, f"the commit was not made: {error.message}")
    if made:
        notes = (*notes, f"reviews and verdict committed: {made[:7]}")
    elif told := told_uncommitted(space, uncommitted(space, tree)):
        notes = (*notes, told)
    following = next_command(space, tree, environ)
    return replace(report, notes=notes, next=following, refused=refused)


def check(space: Workspace) -> None:
    """Raises what has to be put right before anything is run, looking at no agent."""
    tree = Tree(Path(space.repo), space.root)
    commit = tree.head()
    if not space.text("plan.yaml").strip():
        if git.content_at(tree.repo, commit, space.relative("plan.yaml")) is None:
            read_plan_text(space)
        return  # it is in the checkout, which is looked at then
    plan = plans.from_document(FeatureState(space).document)
    _need_approval(space, plan, project(tree.repo, space.root).preparing)


def _need_approval(space: Workspace, plan: Plan, preparing: Sequence[Command]) -> None:
    waiting = waiting_commands(space, plan, preparing)
    if waiting:
        shown = "; ".join(command.shown for command in waiting)
        raise GateRefused(f"not approved to run: {shown}", hints.approve(space.feature))


def _check_parts(fresh: _Fresh, parts: frozenset[str]) -> None:
    if "unit" in parts:
        _check_tasks(fresh)
    if "integration" in parts:
        _check_suite(fresh)
    if "acceptance" in parts:
        _check_acceptance(fresh)


def _is_set_up(fresh: _Fresh) -> bool:
    """Make the checkout ready; where its set-up fails, or other sources than its own would be
    tested, nothing can be said of the commit.
    """
    done = fresh.checkouts.prepare(fresh.place)
    if done:
        said = next(reversed(done.output.strip().splitlines()), "it said nothing")
        failed = f": exit {done.exit_code}: {said}" if done.exit_code else ""
        told = f"{fresh.checkouts.shown}{failed}"
        fresh.checks.append(Check("set-up", "open" if failed else "ok", told, done.duration_ms))
        if failed:
            return False
    foreign = fresh.lacking.foreign(fresh.runs)
    if foreign:
        fresh.checks.append(Check("packages", "open", foreign))
    return not foreign


def _lent(fresh: _Fresh) -> Iterator[Check]:
    """Packages that the checkout was lent and that a task changed: a fresh one may not have them
    so.
    """
    tasks = [task.id for task in fresh.plan.tasks] if fresh.setup is None else []
    for task, names in left_by_tasks(fresh.runs.space, tasks).items():
        told = f"{listed(names)} in installed packages is as {task} left it"
        mended = f"to install afresh, put into config.yaml: {set_up_line(fresh.tree.repo)}"
        yield Check(f"{task} packages", "open", f"{told}; {mended}")


@contextmanager
def _held(space: Workspace, tree: Tree, notes: list[str]) -> Iterator[None]:
    """Tests and models run: what nobody else may change here is put back, and noted."""
    hold = Hold(space, tree, "")
    try:
        yield
    finally:
        notes += hold.put_back()
        if tree.head() != hold.tip and hold.is_moved_by_a_child:
            notes += hold.take_commits_back()


def _notes(tree: Tree, commit: str) -> list[str]:
    open_ = tree.changed(commit)
    if not open_:
        return []
    return [f"not verified, because not committed: {listed(open_)}"]


@contextmanager
def _checkout(
    space: Workspace,
    tree: Tree,
    commit: str,
    environ: Mapping[str, str],
    options: Options,
    phase: Callable[[str], None],
) -> Iterator[_Fresh]:
    with tree.checkout(commit) as place:
        own = Workspace(str(place), space.root, space.feature)
        # a project that keeps our workspace out of git has it here only
        found = own if own.has("plan.yaml") else space
        here = project(Path(found.repo), space.root)
        feature_state = FeatureState(found)
        plan = plans.from_document(feature_state.document)
        _need_approval(space, plan, here.preparing)
        runs = Runs(space, plan, environ, options.test_timeout_s, place, phase)
        setup = here.setup_of(tree.repo)
        yield _Fresh(tree, place, feature_state, plan, runs, setup, commit, here.build)


# -- tasks


def _check_tasks(fresh: _Fresh) -> None:
    cut_off = _cut_off(fresh)
    if cut_off:
        fresh.checks.append(_told_cut_off(cut_off))
    else:
        fresh.adopted |= proving.adopt(fresh.feature_state, fresh.commit)
    for note in fresh.feature_state.notes:
        if not note.startswith(tuple(f"{task} " for task in cut_off)):
            fresh.checks.append(Check("evidence", "failed", note))
    latest = _latest_digests(fresh)
    for task in fresh.plan.tasks:
        state = fresh.feature_state.states[task.id]
        if state in ("done", "waived"):
            _check_finished(fresh, task, latest)
        elif task.id in cut_off:
            fresh.checks.append(Check(f"{task.id} done", "open", "its commit is not here"))
        elif state != "dropped":
            told = f"it is {fresh.feature_state.shown(task.id)}, not done"
            fresh.checks.append(Check(f"{task.id} done", "failed", told))


def _check_finished(fresh: _Fresh, task: Task, latest: Mapping[str, str]) -> None:
    """A task whose commits are gone is proved again by the checks that every task has to pass."""
    begin = len(fresh.checks)
    if fresh.feature_state.states[task.id] == "waived":
        reason = read_state(fresh.space, task.id).reason or "no reason kept"
        fresh.checks.append(Check(f"{task.id} tests", "noted", f"waived: {reason}"))
    else:
        _check_task(fresh, task, latest)
    commit, made = fresh.adopted.get(task.id), fresh.checks[begin:]
    if commit and all(one.status in ("ok", "noted") for one in made):
        seen = {one.name.removeprefix(f"{task.id} "): one.told for one in made}
        proof = fresh.feature_state.proof_hash(task.id, fresh.feature_state.states[task.id])
        fresh.proved_again[task.id] = {"proof": proof, "tested": fresh.commit, "seen": seen}
        told = f"no commit names its evidence; {commit[:7]} carries the work"
        fresh.checks.append(Check(f"{task.id} proved again", "ok", told))


def _keep_proofs(space: Workspace, fresh: _Fresh) -> None:
    """Keep what was proved again, so that it is done from now on."""
    for task, facts in fresh.proved_again.items():
        step = proof_of(fresh.feature_state.states[task], fresh.feature_state.kinds[task])
        proving.save(space, task, step, fresh.adopted[task], facts)


def prove(
    space: Workspace,
    environ: Mapping[str, str],
    test_timeout_s: float,
    phase: Callable[[str], None] = lambda _text: None,
) -> proving.Proved:
    """Check only the finished tasks whose evidence no commit carries. Raises as `verify` does."""
    tree = Tree(Path(space.repo), space.root, environ)
    wanted, commit = tuple(FeatureState(space).to_prove), tree.head()
    if not wanted:
        return proving.Proved(space.feature, commit, (), (), ())
    notes: list[str] = []
    options = Options(test_timeout_s=test_timeout_s)
    with (
        _held(space, tree, notes),
        _checkout(space, tree, commit, environ, options, phase) as fresh,
    ):
        if _is_set_up(fresh):
            _check_again(fresh, wanted)
    _keep_proofs(space, fresh)
    failed = [one.name.partition(" ")[0] for one in fresh.checks if one.status == "failed"]
    notes += [proving.anew(space, task) for task in dict.fromkeys(failed)]
    return proving.Proved(
        space.feature, commit, tuple(fresh.checks), tuple(fresh.proved_again), tuple(notes)
    )


def _check_again(fresh: _Fresh, wanted: Sequence[str]) -> None:
    """The checks of these finished tasks alone, which no commit carries."""
    if cut_off := _cut_off(fresh):
        fresh.checks.append(_told_cut_off(cut_off))
        return
    fresh.adopted |= proving.adopt(fresh.feature_state, fresh.commit)
    latest = _latest_digests(fresh)
    for task in fresh.plan.tasks:
        if task.id in fresh.adopted:
            _check_finished(fresh, task, latest)
    left = [task for task in wanted if task not in fresh.adopted]
    fresh.checks.extend(map(proving.not_committed, left))


def _told_cut_off(tasks: Sequence[str]) -> Check:
    told = f"this clone is shallow, and the commits of {listed(tasks)} are not in it"
    more = f"{hints.whole_history()}, or in CI: fetch-depth: 0 (actions/checkout)"
    return Check("history", "open", f"{told}: {more}")


def _cut_off(fresh: _Fresh) -> list[str]:
    """The tasks that are proved by a commit which this clone may have been made without."""
    if not git.is_shallow(fresh.tree.repo):
        return []
    states, records = fresh.feature_state.states, fresh.feature_state.records
    return [
        task
        for task, record in records.items()
        if states.get(task) == "green" and record.state in progress.FINISHED
    ]


def _check_task(fresh: _Fresh, task: Task, latest: Mapping[str, str]) -> None:
    if task.kind != "code":
        run = fresh.runs.tests(task, "verify")
        fresh.checks.append(_tested(fresh, run, _passes(run, f"{task.id} check")))
        return
    green = read_evidence(fresh.space, task.id, "green") or {}
    fresh.checks.append(_untouched(fresh, task, green, latest))
    run = fresh.runs.tests(task, "verify")
    check = _tested(fresh, run, _passes(run, f"{task.id} tests", _ids(green)))
    if check.status == "failed" and _is_named_otherwise(run, _ids(green)):
        anew = proving.anew(fresh.runs.space, task.id)
        told = f"{check.told}; its evidence names inherited tests without their class"
        check = replace(check, told=f"{told}, as an earlier version did. {anew}")
    done = sorted(green.get("changed") or ())
    if check.status == "ok" and (told := trials.faked(fresh.runs, task, done)):
        check = Check(check.name, "failed", f"tests that must fail {told}", run.duration_ms)
    fresh.checks.append(check)
    fresh.checks.append(_red_again(fresh, task, green))


def _is_named_otherwise(run: Run, wanted: frozenset[str]) -> bool:
    """True when all that did not run passed by an id with more in it: `test_a.py::TestA::test_x`
    for `base.py::test_x`, as the ids of inherited tests were once.
    """
    gone = wanted - run.ids("passed")
    found = {id_.rpartition("::")[2] for id_ in run.ids("passed") - wanted if id_.count("::") > 1}
    plain = all(id_.count("::") == 1 and id_.rpartition("::")[2] in found for id_ in gone)
    return bool(gone) and plain and gate.run_class(run) == "pass"


def _latest_digests(fresh: _Fresh) -> dict[str, str]:
    """What each proved test file has to be now: as the last task that froze it left it."""
    greens = [
        (task, read_evidence(fresh.space, task.id, "green") or {})
        for task in fresh.plan.tasks
        if task.kind == "code" and fresh.feature_state.states[task.id] == "done"
    ]
    latest: dict[str, str] = {}
    for task, green in sorted(greens, key=lambda one: str(one[1].get("at"))):
        latest.update(_own_tests(task, green))
    return latest


def _own_tests(task: Task, green: Mapping[str, Any]) -> dict[str, str]:
    frozen = green.get("frozen") or {}
    return {name: sha for name, sha in frozen.items() if paths.matches(name, task.test_paths)}


def _untouched(
    fresh: _Fresh, task: Task, green: Mapping[str, Any], latest: Mapping[str, str]
) -> Check:
    """The tests of the task's commit are those that were frozen, and nobody changed them since."""
    own = _own_tests(task, green)
    commit = fresh.feature_state.commit_of(task.id)
    then = fresh.tree.digests(commit, own)
    now = fresh.tree.digests(fresh.commit, own)
    there = _frozen_by(fresh, commit)
    changed = [one for one in own if now.get(one) != latest[one]]
    formatted = [one for one in changed if _is_formatted(fresh, one, latest[one])]
    wrong = sorted(
        one
        for one in own
        if then.get(one) not in {own[one], *there.get(one, ())}
        or (one in changed and one not in formatted)
    )
    name = f"{task.id} tests unchanged"
    if not own:
        return Check(name, "failed", "its evidence names no test file")
    if wrong:
        return Check(name, "failed", f"{listed(wrong)} is not what was proved")
    told = f", formatted since: {listed(sorted(formatted))}" if formatted else ""
    return Check(name, "ok", f"{len(own)} file{'s' * (len(own) != 1)}{told}")


def _is_formatted(fresh: _Fresh, name: str, frozen: str) -> bool:
    """True when the file was frozen in another form and says the same. `frozen`: its digest."""
    repo, now = fresh.tree.repo, git.content_at(fresh.tree.repo, fresh.commit, name)
    commits = {fresh.feature_state.commit_of(task.id) for task in fresh.plan.tasks} - {""}
    for commit in sorted(commits):
        then = git.content_at(repo, commit, name)
        if then is not None and fresh.tree.digests(commit, [name]).get(name) == frozen:
            return now is not None and gate.is_same_program(name, then, now)
    return False


def _frozen_by(fresh: _Fresh, commit: str) -> dict[str, set[str]]:
    """Digests by test file, of all tasks that a commit carries: a squash has the last one."""
    found: dict[str, set[str]] = {}
    state = fresh.feature_state
    for task in fresh.plan.tasks:
        if state.states[task.id] == "done" and state.commit_of(task.id) == commit:
            green = read_evidence(fresh.space, task.id, "green") or {}
            for name, digest in _own_tests(task, green).items():
                found.setdefault(name, set()).add(digest)
    return found


def _ids(green: Mapping[str, Any]) -> frozenset[str]:
    ids = (green.get("run") or {}).get("ids") or {}
    return frozenset(ids.get("passed") or ())


def _tested(fresh: _Fresh, run: Run, check: Check) -> Check:
    """The check as it is, unless the checkout is to blame: then nothing is known of the commit."""
    if check.status not in ("failed", "open"):
        return check
    lacked = fresh.lacking.told(run, fresh.place)
    if not lacked:
        return check
    told = lacked if check.status == "open" else f"{check.told}; {lacked}"
    return replace(check, status="open", told=told)


def _baseline(fresh: _Fresh) -> Baseline | None:
    """The suite before the first task whose beginning is in this clone."""
    records = [read_evidence(fresh.space, task.id, "baseline") for task in fresh.plan.tasks]
    known = [one for one in records if one and one.get("suite")]
    here = next((one for one in known if git.commit_id(fresh.tree.repo, one["base"])), None)
    start = here["base"] if here else base_of(fresh.tree, fresh.feature_state)
    if not known or start == fresh.commit:
        return None
    suite = (here or known[0])["suite"]
    return Baseline(start, run_of(suite), suite["class"])


def _passes(run: Run, name: str, wanted: frozenset[str] = frozenset()) -> Check:
    found = gate.run_class(run)
    if found == "crash":
        return Check(name, "open", f"could not be run ({gate.counts(run)})", run.duration_ms)
    if found != "pass":
        failing = sorted(run.ids("failed", "error"))
        told = f"{gate.counts(run)}{f': {listed(failing)}' if failing else ''}"
        return Check(name, "failed", told, run.duration_ms)
    gone = sorted(wanted - run.ids("passed"))
    if gone:
        return Check(name, "failed", f"{listed(gone)} did not run", run.duration_ms)
    return Check(name, "ok", gate.counts(run), run.duration_ms)


def _red_again(fresh: _Fresh, task: Task, green: Mapping[str, Any]) -> Check:
    """Without the work the tests must fail again, as they did before it was done."""
    name = f"{task.id} red before"
    start = _before_the_work(fresh, task, green)
    if not start:
        return Check(name, "open", _unknown_before(fresh, green))
    with fresh.tree.checkout(start) as place:
        # set up anew: what was built from the work may not be there
        run = fresh.checkouts.ready(place).tests(task, "red again")
        links = packages.homes(place, gate.places(run), task.tests)
        verdict = _judged_again(fresh, task, run, start, links)
        told = verdict.reason.removeprefix(f"{task.id}: ").replace(f"{place}/", "")
        if verdict.ok or verdict.code == "pass":
            return Check(name, "ok" if verdict.ok else "failed", told, run.duration_ms)
        return Check(name, "open", fresh.lacking.told(run, place) or told, run.duration_ms)


def _judged_again(
    fresh: _Fresh, task: Task, run: Run, start: str, links: Mapping[str, str]
) -> gate.Verdict:
    """The run without the work, at `start`, beside those before the task and at red."""
    red = (read_evidence(fresh.space, task.id, "red") or {}).get("run")
    before = (read_evidence(fresh.space, task.id, "baseline") or {}).get("tests")
    return gate.judge_red_again(
        gate.Scope(task.id, task.test_files, task.sources),
        run_of(before) if before else None,
        run_of(red) if red else None,
        run,
        git.paths_in(fresh.tree.repo, start),
        links,
    )


def _before_the_work(fresh: _Fresh, task: Task, green: Mapping[str, Any]) -> str:
    """The commit of the red tests; where it is not in the history, HEAD without the work."""
    carried_by = fresh.feature_state.commit_of(task.id)
    red = fresh.feature_state.commits.get(evidence_hash(fresh.space, task.id, "red"), "")
    if red and red != carried_by:  # a squash is the commit of both
        return red
    return proving.without_the_work(fresh.tree.repo, fresh.commit, carried_by, green)


def _unknown_before(fresh: _Fresh, green: Mapping[str, Any]) -> str:
    """Why nobody can tell what was there before the work."""
    there = git.entries_at(fresh.tree.repo, fresh.commit, list(green.get("changed") or ()))
    gone = sorted(name for name, entry in there.items() if not entry)
    moved = f": {listed(gone)} was moved and changed, or removed" if gone else ""
    return f"what was there before the work is not here{moved}"


# -- the whole


def _check_suite(fresh: _Fresh) -> None:
    run = fresh.runs.suite("verify")
    if run is None:
        fresh.checks.append(Check("suite", "noted", "the plan names none"))
        return
    check = _of_suite(fresh, run)
    if check.status == "failed" and gate.is_worth_another(run):  # it may have failed by chance
        run, once = gate.steadied(run, fresh.runs.suite("verify, once more") or run)
        check = _of_suite(fresh, run)
        told = f"{check.told}; failed once and passed when it ran again: {listed(once)}"
        check = replace(check, told=told) if once else check
    fresh.checks.append(_tested(fresh, run, check))


def _of_suite(fresh: _Fresh, run: Run) -> Check:
    """What a run of the suite says; of what it was before the feature it is no fault."""
    check = _passes(run, "suite")
    if run.coverage and check.status == "ok":
        word: Status = "noted" if _covered_too_little(fresh) else "failed"
        return replace(check, status=word, told=f"{check.told}, and too little: {run.coverage}")
    failing = run.ids("failed", "error")
    if check.status != "failed":
        return check
    if not failing and (run.opaque or not run.ids("passed")):
        return _uncounted(fresh, run, check)
    if not failing or not failing <= _old_failures(fresh):
        return check
    told = f"{gate.counts(run)}; failed before the feature too: {listed(sorted(failing))}"
    return Check("suite", "noted", told, run.duration_ms)


def _uncounted(fresh: _Fresh, run: Run, check: Check) -> Check:
    """A suite that fails without a test that could be named, or runs none. Where it did so before
    each task, too, it tells nothing of the feature.
    """
    before = _suites_before(fresh)
    if not before or any(_is_told_apart(one, run) for one in before):
        return check
    told = f"{gate.counts(run)}, as before the feature: it tells nothing of the work"
    line = f"correct defaults.suite in {fresh.space.relative('plan.yaml')}"
    return Check("suite", "open", f"{told}; {line}", run.duration_ms)


def _is_told_apart(before: Run, run: Run) -> bool:
    is_named = bool(before.ids("failed", "error"))
    return is_named or gate.run_class(before) != gate.run_class(run)


def _suites_before(fresh: _Fresh) -> list[Run]:
    """The runs of the suite before each task."""
    records = [read_evidence(fresh.space, task.id, "baseline") for task in fresh.plan.tasks]
    return [run_of(record["suite"]) for record in records if record and record.get("suite")]


def _covered_too_little(fresh: _Fresh) -> bool:
    """True when the suite missed its threshold of coverage before each task: no fault of theirs."""
    suites = _suites_before(fresh)
    return bool(suites) and all(one.coverage for one in suites)


def _old_failures(fresh: _Fresh) -> frozenset[str]:
    """Tests that failed before the first task: not this feature's doing."""
    failed = [suite.ids("failed", "error") for suite in _suites_before(fresh)]
    return frozenset.intersection(*failed) if failed else frozenset()


def _check_acceptance(fresh: _Fresh) -> None:
    for item in fresh.plan.acceptance:
        tasks = covered(fresh.feature_state, item.id)
        done = [task for task in tasks if fresh.feature_state.states[task] == "done"]
        name = f"{item.id} {item.text}"
        if done:
            fresh.checks.append(Check(name, "ok", f"covered by {', '.join(done)}"))
        else:
            told = f"only by {', '.join(tasks)}, not done" if tasks else "no task covers it"
            fresh.checks.append(Check(name, "open", told))


# -- a second look


def _second_look(
    fresh: _Fresh, line: Line, verdict: Word
) -> tuple[Word, tuple[str, ...], list[str]]:
    """Verdict, objections and notes after a fresh model has looked; it can only make it worse."""
    line.cwd = fresh.place
    results = "\n".join(f"- {check.shown()}" for check in fresh.checks)
    start = base_of(fresh.tree, fresh.feature_state)
    patch, left_out = diffs.fitting(fresh.tree.patch(start, fresh.tree.head()), line.room())
    prompt = prompts.verify(fresh.plan, results, patch, fresh.space.text("spec.md"), left_out)
    try:
        answer = json_object(line.ask(prompt, "verify", schema=prompts.VERDICT_SCHEMA).text)
    except AiSessionsError as error:
        return verdict, (), [f"no model looked at it: {error.message}"]
    if answer is None or answer.get("verdict") not in ("GO", "NO-GO", "MANUAL"):
        return verdict, (), ["the model's answer could not be read; it changes nothing"]
    word = lower(verdict, answer["verdict"])
    notes = [f"the model was not shown: {', '.join(left_out)}"] if left_out else []
    given = answer.get("reasons")
    told = [" ".join(str(one).split()) for one in given] if isinstance(given, list) else []
    if word == verdict:
        return verdict, (), [f"a fresh model said {answer['verdict']}", *notes]
    return word, tuple(told or [f"the model said {word} and gave no reason"]), notes


def _next(fresh: _Fresh, verdict: Word) -> str:
    feature = fresh.space.feature
    if _cut_off(fresh):
        return hints.whole_history()
    after = hints.stats() if verdict == "GO" else hints.status(feature)
    return fresh.feature_state.next_step() or after


def _saved(space: Workspace, report: Report, line: Line | None) -> Report:
    record = {"schema": 1, **report.facts(), "cost": line.facts() if line else None}
    file = save_report(space, "verify", record, page(report))
    return replace(report, file=file)
