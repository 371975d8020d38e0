"""`implement`: do one task of a plan, test first, each step proved by our own run of the tests."""

import os
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ai_sessions import gate, git, money
from ai_sessions.accounting.budgets import Limit
from ai_sessions.dialogue import prompts
from ai_sessions.errors import AiSessionsError, GateRefused, NeedsPerson, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths, progress
from ai_sessions.plan.document import Plan, Task, from_document
from ai_sessions.plurals import listed
from ai_sessions.workflow import hints, packages, steps
from ai_sessions.workflow.calls import Line, earlier_estimate, kept_estimate, spent
from ai_sessions.workflow.hold import Hold, free_way
from ai_sessions.workflow.installed import Installed, left_by_tasks
from ai_sessions.workflow.plan import waiting_commands
from ai_sessions.workflow.project import Project
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import (
    LEFT_ALONE,
    Options,
    Work,
    carry_over,
    has_lost_its_tests,
    unchanged_since,
)
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.events import take_up
from ai_sessions.workspace.features import unfinished, unknown_task
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import RunNote, TaskState, read_run, read_state

__all__ = ["Options", "Outcome", "check", "dry", "implement", "ready_tasks"]
_LISTED = 5
_SHELL = (".sh", ".bash", ".mk")
Begun = TypeVar("Begun")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A task that is finished. `told`: the steps as they went; `next_task` empty: none is ready."""

    feature: str
    task: str
    title: str
    state: str
    commit: str
    told: tuple[str, ...]
    warnings: tuple[str, ...]
    tests: int
    cost: tuple[int, int]
    next_task: str
    next: str

    def lines(self, mark: Callable[[str], str] = str) -> list[str]:
        """For people: the answer first. `mark`: gives the state a colour."""
        cost = money.shown(*self.cost) if self.cost != (0, 0) else ""
        parts = [f"{self.task} {mark(self.state)}", self.title, self.commit[:7], cost]
        return ["   ".join(filter(None, parts)), *(f"  {text}" for text in self.told)]

    def facts(self) -> dict[str, Any]:
        return {
            "id": self.task,
            "title": self.title,
            "state": self.state,
            "commit": self.commit,
            "tests": self.tests,
            "steps": list(self.told),
            "warnings": list(self.warnings),
            **money.facts(*self.cost),
        }


def implement(
    line: Line,
    project: Project,
    task_id: str,
    options: Options,
    environ: Mapping[str, str],
    phase: Callable[[str], None] = lambda _text: None,
) -> Outcome:
    """Do a task; empty `task_id`: the one that comes next. The caller holds the feature's lock.

    Raises `NotFound` for an unknown task, `NeedsPerson` when something has to be put right first,
    `GateRefused` when the work is not proved (the files are then as they were), and what the line
    raises.
    """
    begun = _where_head_stays(
        project, lambda: _begun(line, project, task_id, options, environ, phase)
    )
    if isinstance(begun, Outcome):
        return begun
    begun.resume()
    commit = steps.take(begun)
    return _outcome(line.space, begun.task, tuple(begun.told), tuple(begun.warnings), commit)


def _begun(
    line: Line,
    project: Project,
    task_id: str,
    options: Options,
    environ: Mapping[str, str],
    phase: Callable[[str], None],
) -> Work | Outcome:
    """The task as it stands and may be worked on; an outcome when there is nothing to do."""
    space = line.space
    feature_state = FeatureState(space)
    plan = from_document(feature_state.document)
    task = _chosen(feature_state, plan, task_id)
    if feature_state.states[task.id] == "done":
        return _outcome(space, task, (f"{task.id} is done already",), ())
    may_begin(feature_state, plan, task, project)
    tree = Tree(project.repo, project.root, environ)
    began = tree.head()
    record = read_state(space, task.id)
    running, left = _seen_of_the_tree(space, tree, plan, task, record, options)
    take_up(space)
    if left:
        line.say(f"{task.id}: {_told_left(left)}")
    line.begin(task.id, _limits(plan, task))
    runs = Runs(space, plan, environ, options.test_timeout_s, project.repo, phase)
    resumed = running if running and running.base == began else None
    hold = Hold(space, tree, task.id, options.others, left)
    scope = _scope(plan, task, tree)
    about = (line, space, plan, task, scope, options)
    installed = _installed(space, tree, task.id, running)
    setup = project.setup_of(project.repo)
    known = (tree, runs, began, record, hold, installed)
    return Work(*about, *known, setup, project.build, resumed)


def _told_left(names: Sequence[str]) -> str:
    """What is said of files that are nobody's; packages among them are to be ignored."""
    told = f"not in git and in no task, so left alone: {listed(names, _LISTED)}"
    folders = {part for name in names for part in name.split("/")[:-1] if part in packages.FOLDERS}
    ignore = " ".join(f"{one}/" for one in sorted(folders))
    return (
        f"{told}; to have git ignore packages: printf '%s\\n' {ignore} >>.git/info/exclude"
        if ignore
        else told
    )


def _installed(space: Workspace, tree: Tree, task: str, running: RunNote | None) -> Installed:
    """Installed packages as they are; as they were, where a run of the task was interrupted."""
    is_resumed = running and space.has("evidence", task, "baseline.json")
    known = os.stat(space.path("evidence", task, "baseline.json")) if is_resumed else None
    return Installed(Path(space.repo), tree.repo, known.st_ctime if known else None)


def _where_head_stays(project: Project, begin: Callable[[], Begun]) -> Begun:
    """Begin once more when somebody has gone to another commit meanwhile: some of what was seen is
    of the one, some of the other.
    """
    while True:
        before = git.head(project.repo)
        try:
            begun = begin()
        except AiSessionsError:
            if git.head(project.repo) == before:
                raise
        else:
            if git.head(project.repo) == before:
                return begun


def check(
    space: Workspace,
    project: Project,
    task_id: str,
    options: Options,
    environ: Mapping[str, str],
    *,
    has_worktree: bool,
) -> None:
    """Raises what has to be put right before a task can be done, looking at no agent.

    `environ`: what hooks start from; `has_worktree`: it goes on in a working tree of its own, so
    this one may have changes.
    """
    about = (space, project, task_id, options, environ)
    _where_head_stays(project, lambda: _checked(*about, has_worktree))


def _checked(
    space: Workspace,
    project: Project,
    task_id: str,
    options: Options,
    environ: Mapping[str, str],
    has_worktree: bool,
) -> None:
    feature_state = FeatureState(space)
    plan = from_document(feature_state.document)
    task = _chosen(feature_state, plan, task_id)
    if feature_state.states[task.id] == "done":
        return
    may_begin(feature_state, plan, task, project)
    tree = Tree(project.repo, project.root)
    tree.head()
    if not has_worktree:
        _seen_of_the_tree(space, tree, plan, task, read_state(space, task.id), options)
    git.need_commits(project.repo, environ)


def ready_tasks(space: Workspace) -> tuple[str, str]:
    """What to say when no task was named: which are ready, and a command that works."""
    feature_state = FeatureState(space)
    ready = progress.ready(feature_state.needs, feature_state.states)
    if not ready:
        left = [
            task for task, state in feature_state.states.items() if state not in progress.FINISHED
        ]
        if not left:
            return "which task? all are done", hints.verify(space.feature)
        return f"which task? none is ready ({', '.join(left)} wait)", hints.status(space.feature)
    titles = {task["id"]: task["title"] for task in feature_state.tasks}
    listed = "; ".join(f"{task} {titles[task]}" for task in ready)
    return f"which task? ready: {listed}", feature_state.next_step()


def dry(space: Workspace, project: Project, task_id: str, options: Options) -> tuple[str, str]:
    """A title, and what would happen to a task: its commands and the first prompt."""
    feature_state = FeatureState(space)
    plan = from_document(feature_state.document)
    task = _chosen(feature_state, plan, task_id)
    command = plan.test_of(task)
    words = command.with_tests(task.tests) if command else ()
    notes = space.text("notes.md")
    if options.waive:
        prompt = prompts.waived(plan, task, notes)
    elif task.kind != "code":
        prompt = prompts.chore(plan, task, words, notes)
    else:
        prompt = prompts.red(plan, task, notes, words)
    left = min((one.left_nusd for one in spent(space, _limits(plan, task), task.id)), default=None)
    expected = kept_estimate(space, task.id) or earlier_estimate(space)
    facts = [
        f"folder: {project.repo}",
        f"tests:  {' '.join(words)}",
        f"suite:  {plan.suite.shown if plan.suite else 'none'}",
        f"budget: {money.shown(left) if left is not None else 'none'}",
        f"about:  {expected.told() if expected else '? (no task is done in this repository)'}",
        f"tries:  {options.tries(task, plan)} for each step",
    ]
    title = f"{task.id} {task.title} ({feature_state.shown(task.id)})"
    return title, "\n".join([*facts, "", prompt])


def _scope(plan: Plan, task: Task, tree: Tree) -> gate.Scope:
    """What the gate has to know of a task. What decides its tests is told by the last commit."""
    commands = filter(None, (plan.test_of(task), plan.suite))
    words = (
        posixpath.normpath(f"{command.cwd}/{word}") if command.cwd else word.removeprefix("./")
        for command in commands
        for word in command.cmd
    )
    about = (task.id, task.test_files, task.sources, tuple(words))
    scope = gate.Scope(*about, task.snapshots)
    existing = git.paths_in(tree.repo, tree.head())
    names, named = gate.configuration(existing), set[str]()
    while names:
        contents = git.contents_at(tree.repo, tree.head(), names)
        found = {*gate.named_files(contents, existing, scope)} - named
        named |= found
        names = tuple(sorted(one for one in found if one.endswith(_SHELL)))  # they start others
    return replace(scope, runs=(*scope.runs, *sorted(named)))


def _chosen(feature_state: FeatureState, plan: Plan, task_id: str) -> Task:
    feature = feature_state.workspace.feature
    wanted = task_id or feature_state.next_task()
    if not wanted:
        raise NeedsPerson(f"no task of {feature} is ready", hints.status(feature))
    task = plan.task(wanted) or plan.task(wanted.upper())
    if task is None:
        raise unknown_task(wanted, list(feature_state.needs), feature)
    if told := feature_state.to_prove.get(task.id):
        raise NeedsPerson(told.partition(";")[0], hints.prove(feature))
    return task


def may_begin(feature_state: FeatureState, plan: Plan, task: Task, project: Project) -> None:
    """Raises what has to be settled before anything is spent."""
    feature = feature_state.workspace.feature
    if task.dropped:
        raise UsageError(f"{task.id} is dropped", "take `state: dropped` out of plan.yaml")
    missing = progress.missing(task.id, feature_state.needs, feature_state.states)
    if missing:
        ready = progress.ready(feature_state.needs, feature_state.states)
        first = next((one for one in missing if one in ready), feature_state.next_task())
        states = ", ".join(f"{one} ({feature_state.shown(one)})" for one in missing)
        to_prove = feature_state.to_prove.keys() & {*missing}
        hint = hints.prove(feature) if to_prove else hints.implement(feature, first)
        raise NeedsPerson(f"{task.id} needs {states}", hint)
    waiting = waiting_commands(feature_state.workspace, plan, project.preparing)
    if waiting:
        shown = "; ".join(command.shown for command in waiting)
        told = f"not approved to run: {shown}"
        raise GateRefused(told, hints.approve(feature), waits_for="approval")
    tasks = [one.id for one in plan.tasks]
    if left := left_by_tasks(feature_state.workspace, tasks, refused=True):
        raise _need_packages(feature_state.workspace, task.id, left)
    branch = git.branch(project.repo)
    if branch in project.protected:
        raise NeedsPerson(f"branch {branch} is protected", f"git switch -c ai/{feature}")


def _need_packages(space: Workspace, task: str, left: Mapping[str, Sequence[str]]) -> NeedsPerson:
    """What a refused try did to installed packages cannot be put back by us."""
    other, names = next(iter(left.items()))
    told = f"{listed(names)} in installed packages is as a refused try of {other} left it"
    return NeedsPerson(told, f"install afresh, then: {hints.implement(space.feature, task)}")


def _seen_of_the_tree(
    space: Workspace,
    tree: Tree,
    plan: Plan,
    task: Task,
    record: TaskState,
    options: Options,
) -> tuple[RunNote | None, tuple[str, ...]]:
    """What an earlier run of the task left, and nobody's files, as `_need_clean` returns them.

    Raises `NeedsPerson` when something else is there.
    """
    if noted := read_run(space, task.id):
        _need_its_branch(space, tree, task, record, noted)
    running = _noted_run(space, tree, task.id, tree.head())
    tree.aside.update(_left_alone(space, tree))
    return running, _need_clean(plan, task, tree, record, running, options)


def _need_its_branch(
    space: Workspace, tree: Tree, task: Task, record: TaskState, running: RunNote
) -> None:
    """Raises `NeedsPerson` when work is in the tree whose tests another branch has."""
    branch = running.branch
    if not has_lost_its_tests(running, record) or branch in ("", git.branch(tree.repo)):
        return
    dirty = (*tree.changed(tree.head()), *(running.trial[1] if running.trial else ()))
    left = sorted({name for name in dirty if paths.matches(name, task.files)})
    if left and git.commit_id(tree.repo, f"refs/heads/{branch}"):
        told = f"{listed(left)} is of a run that was interrupted on branch {branch}"
        again = hints.implement(space.feature, task.id)
        free_way(space, tree)
        raise NeedsPerson(f"{task.id}: {told}", f"git switch {branch}; {again}; or stash it")


def _noted_run(space: Workspace, tree: Tree, task: str, began: str) -> RunNote | None:
    """What an earlier run of the task left, as of the commit where HEAD is now."""
    running = read_run(space, task)
    if running and running.base != began and tree.has(running.base):
        carry_over(space, tree, task, running.base, began)
        return read_run(space, task)
    return running


def _left_alone(space: Workspace, tree: Tree) -> set[str]:
    """What earlier runs left alone and is still as it was then."""
    return unchanged_since(tree, space.record(*LEFT_ALONE) or {})


def _need_clean(
    plan: Plan,
    task: Task,
    tree: Tree,
    record: TaskState,
    running: RunNote | None,
    options: Options,
) -> tuple[str, ...]:
    """The user's own open changes must not get into our commits, nor be lost with ours.

    Returns the files that git does not track and no task of the plan names: nobody's work. After
    an interrupted run those that were not there when it began may be the agent's.
    """
    dirty = tree.changed(tree.head())
    ours = set(record.red_paths)
    if running and running.base == tree.head():
        ours |= {*record.paths}
        ours |= {name for name in dirty if paths.matches(name, task.files)}
        ours |= unchanged_since(tree, running.wrote)
    named = [pattern for one in plan.tasks for pattern in one.files]
    loose = [one for one in tree.untracked(dirty) if not paths.matches(one, named)]
    if running and running.base == tree.head() and tree.has(running.before):
        new = tree.changed(running.before)
        loose = [name for name in loose if name not in new]
    foreign = [name for name in dirty if name not in ours and name not in loose]
    if foreign and not options.allow_dirty:
        raise NeedsPerson(
            f"the tree has changes of its own: {listed(foreign, _LISTED)}",
            _interrupted(Workspace(str(tree.repo), tree.root, plan.feature), foreign)
            or "commit or stash them, or: --allow-dirty",
            waits_for="tree",
        )
    return tuple(loose)


def _interrupted(space: Workspace, names: Sequence[str]) -> str:
    """What to do when these are what a task of another feature has left that was interrupted."""
    for other, task in unfinished(space):
        if read_run(other, task.id) and any(paths.matches(name, task.files) for name in names):
            again = hints.implement(other.feature, task.id)
            told = f"{other.feature} {task.id} was interrupted, finish it first: {again}"
            return f"{told}; or commit or stash them"
    return ""


def _limits(plan: Plan, task: Task) -> tuple[Limit, ...]:
    """The limits that the plan sets."""
    given = (("task", task.budget_nusd), ("feature", plan.budget_nusd))
    return tuple(Limit(scope, nusd) for scope, nusd in given if nusd is not None)


def _outcome(
    space: Workspace,
    task: Task,
    told: Sequence[str],
    warnings: Sequence[str],
    commit: str = "",
) -> Outcome:
    feature_state = FeatureState(space)
    following = feature_state.next_task()
    after = hints.review(space.feature) if feature_state.finished else ""
    next_command = feature_state.next_step() or after
    return Outcome(
        space.feature,
        task.id,
        task.title,
        feature_state.states[task.id],
        commit or feature_state.commit_of(task.id),
        tuple(told),
        tuple(warnings),
        read_state(space, task.id).tests,
        feature_state.costs.get(task.id, (0, 0)),
        following,
        next_command,
    )
