"""Tasks at the same time: which may, each in a working tree of its own, and the way back.

A task done in a worktree is proved in its own tree first. Its work is then brought back as if an
interrupted run had left it, and `implement` judges it once more where it has to stand: on top of
what came before it. Nothing is paid for that.
"""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path

from ai_sessions import controls, git
from ai_sessions.errors import ConfigError, NeedsPerson
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths, progress
from ai_sessions.plan.document import Plan, Task
from ai_sessions.plurals import listed
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.carriers import searched
from ai_sessions.workflow.checkout import Checkouts
from ai_sessions.workflow.implement import Outcome, implement
from ai_sessions.workflow.project import Project
from ai_sessions.workflow.state import proof_of
from ai_sessions.workflow.task import Options
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.features import unknown_task
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_plan
from ai_sessions.workspace.task_trees import note_tree, place_for, records_of_others, task_tree
from ai_sessions.workspace.tasks import (
    RunNote,
    evidence_hash,
    read_run,
    read_state,
    save_run,
    save_state,
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks that are done at the same time. `waits`: why others that are ready are not."""

    here: str
    """The one that is done in the repository itself; empty: none."""
    away: tuple[str, ...] = ()
    waits: Mapping[str, str] = field(default_factory=dict)

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.here, *self.away)))


def choose(plan: Plan, states: Mapping[str, str], most: int, space: Workspace) -> Batch:
    """At most `most` ready tasks, in the order of the plan, no two of which may meet in a file.

    Failed and blocked ones come last and alone, because trying them again is a decision.
    """
    needs = {task.id: task.needs for task in plan.tasks}
    ready = set(progress.ready(needs, states))
    order = [task for task in plan.tasks if task.id in ready]
    fresh = [task for task in order if states[task.id] not in ("failed", "blocked")]
    chosen: list[Task] = []
    waits: dict[str, str] = {}
    for task in fresh or order[:1]:
        reason = next(filter(None, (_meet(one, task) for one in chosen)), "")
        if reason:
            waits[task.id] = reason
        elif len(chosen) < most:
            chosen.append(task)
    return _placed([task.id for task in chosen], waits, space)


def _meet(one: Task, other: Task) -> str:
    """Why two tasks may not be done at the same time; empty when they may."""
    for task in (one, other):
        if not task.files:
            return f"{task.id} does not say which files it changes"
    shared = next((a for a in one.files for b in other.files if paths.may_meet(a, b)), "")
    return f"{one.id} and {other.id} both change {shared}" if shared else ""


def _placed(chosen: list[str], waits: Mapping[str, str], space: Workspace) -> Batch:
    """Who has begun somewhere goes on there; else the first one stays in the repository."""
    away = {task for task in chosen if has_worktree(space, task)}
    at_home = [task for task in chosen if task not in away]
    begun = [task for task in at_home if read_run(space, task)]
    here = next(iter(begun or at_home), "")
    return Batch(here, tuple(task for task in chosen if task != here), waits)


def tree_of(
    space: Workspace,
    project: Project,
    task: str,
    top: str,
    runs: Runs,
) -> Path:
    """The working tree of a task, made from HEAD and set up as fresh checkouts are, unless an
    earlier run left it. `top`: the folder of sessions, below which it is made.

    Raises `ConfigError` when its set-up fails; the next run begins anew.
    """
    if known := task_tree(space, task):
        return Path(known)
    place = Path(place_for(top, space, task))
    git.remove_worktree(project.repo, place)
    tree = Tree(project.repo, project.root)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    git.add_worktree(project.repo, tree.head(), place)
    _set_up(Checkouts(tree, runs, project.setup_of(project.repo), project.build), place, task)
    note_tree(space, task, str(place))
    return place


def _set_up(checkouts: Checkouts, place: Path, task: str) -> None:
    done = checkouts.prepare(place)
    if done and done.exit_code:
        last = controls.one_line(next(reversed(done.output.strip().splitlines()), ""))
        told = f"{task}: its working tree cannot be set up: `{checkouts.shown}` ended with"
        log = checkouts.runs.space.relative("logs")
        raise ConfigError(
            f"{told} {done.exit_code}: {last}", f"put that right; the whole output is in {log}"
        )


def do(
    line: Line,
    project: Project,
    task: str,
    options: Options,
    environ: Mapping[str, str],
    top: str,
    phase: Callable[[str], None] = lambda _text: None,
) -> None:
    """Do a task in its own tree until it is proved there. `line`: in a session of its own; `top`:
    the folder of sessions.

    Only the task's own files may change, since others are at work. Raises as `implement` does.
    """
    runs = _runs(line, project.repo, options, environ, phase)
    line.cwd = tree_of(line.space, project, task, top, runs)
    if is_proved(line.space, task):
        return
    there = replace(project, repo=line.cwd)
    # what no test notices is looked for once, when the work is brought back
    alone = replace(options, strict_files=True, teeth=False)
    try:
        implement(line, there, task, alone, environ, phase)
    finally:
        tidy(line.space, project, task)


def _runs(
    line: Line,
    cwd: Path,
    options: Options,
    environ: Mapping[str, str],
    phase: Callable[[str], None],
) -> Runs:
    plan = read_plan(line.space)
    return Runs(line.space, plan, environ, options.test_timeout_s, cwd, phase)


def finish(
    line: Line,
    project: Project,
    task: str,
    options: Options,
    environ: Mapping[str, str],
    phase: Callable[[str], None] = lambda _text: None,
) -> Outcome:
    """Bring a proved task back, build and judge it here. The caller holds the feature's lock.

    A build that fails is told by the tests.
    """
    found = read_plan(line.space).task(task)
    if found is None:
        raise unknown_task(task, [], line.space.feature)
    step = "waiver" if options.waive else "green" if found.kind == "code" else "check"
    bring_back(line.space, project, found, step, environ)
    line.cwd = None
    if project.build and found.kind == "code":  # what tests read was made in the task's own tree
        _runs(line, project.repo, options, environ, phase).setup(project.build)
    return implement(line, project, task, replace(options, tdd=False), environ, phase)


def has_worktree(space: Workspace, task: str) -> bool:
    """True when a task has work in a tree of its own, one that git has finished making."""
    return bool(task_tree(space, task))


def is_proved(space: Workspace, task: str) -> bool:
    """True when the task is done in its own tree and only has to be brought back."""
    if (note := read_run(space, task)) and note.brought:
        return True
    found = read_plan(space).task(task)
    step = proof_of(_state(space, task), found.kind) if found else ""
    proof = evidence_hash(space, task, step) if step else ""
    place = task_tree(space, task)
    return bool(proof and place) and proof in searched(place)


def tidy(space: Workspace, project: Project, task: str) -> None:
    """Take the tree of a task away that has nothing in it; else the next run goes on there."""
    if not has_worktree(space, task):
        return
    place = Path(task_tree(space, task))
    tree = Tree(place, project.root)
    untouched = git.is_ancestor(project.repo, git.head(place)) and not tree.changed(tree.head())
    if untouched and not read_run(space, task):
        _remove(space, project, task)


def bring_back(
    space: Workspace,
    project: Project,
    task: Task,
    step: str,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Lay what was done in the task's tree into the repository, for `implement` to judge.

    `step`: the one it is judged by (`green`, `check`, `waiver`). Can be done again after a crash.
    Raises `NeedsPerson` when the same files were changed here meanwhile.
    """
    place = Path(task_tree(space, task.id))
    tree = Tree(project.repo, project.root, environ)
    theirs = git.head(place)
    names = tree.between(git.merge_base(project.repo, theirs), theirs)
    _need_unchanged(space, tree, task, theirs, names)
    state = read_state(space, task.id)
    tests = [name for name in names if name in state.red_paths]
    tree.put_back(theirs, tests)
    _commit_red(space, tree, task.id, tests)
    running = read_run(space, task.id) or RunNote()
    if running.base != tree.head() or not running.brought:
        note = RunNote(step, base=tree.head(), before=tree.snapshot(), brought=True, answered=True)
        save_run(space, task.id, note)
    state.state, state.paths = "red" if step == "green" else "todo", list(names)
    save_state(space, task.id, state)
    tree.put_back(theirs, [name for name in names if name not in tests])
    _remove(space, project, task.id)


def _commit_red(space: Workspace, tree: Tree, task: str, tests: list[str]) -> None:
    """The commit of the red tests as it was made there, unless it is here already."""
    proof = evidence_hash(space, task, "red")
    there = searched(task_tree(space, task)).get(proof)
    if proof and there and proof not in searched(space.repo):
        tree.commit(tests, git.message(tree.repo, there), {}, records_of_others(space, task))


def _need_unchanged(
    space: Workspace, tree: Tree, task: Task, theirs: str, names: tuple[str, ...]
) -> None:
    base = git.merge_base(tree.repo, theirs)
    here = {*tree.changed(base)} & {*tree.changed(theirs)} & {*names}
    if here:
        shown = listed(sorted(here))
        raise NeedsPerson(
            f"{task.id}: {shown} changed here while it was done in its own tree",
            f"its work is in {task_tree(space, task.id)}: put yours aside, or remove that",
        )


def _state(space: Workspace, task: str) -> str:
    return read_state(space, task).state


def _remove(space: Workspace, project: Project, task: str) -> None:
    place = task_tree(space, task)
    note_tree(space, task, "")
    if place:
        git.remove_worktree(project.repo, Path(place))
