"""What `implement` does with what was typed: one task, one after another, or some at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from ai_sessions.cli import github, jobs
from ai_sessions.cli.app import App
from ai_sessions.cli.calling import (
    alone_in_tree,
    alone_on,
    line_for,
    lock_wait,
    need_sessions,
    project_of,
    told,
    worktree_session,
)
from ai_sessions.display import colours
from ai_sessions.errors import AiSessionsError, NeedsPerson
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document as plans
from ai_sessions.processes import launching
from ai_sessions.workflow import hints, parallel, status
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.hold import git_held
from ai_sessions.workflow.implement import Options, Outcome, check, may_begin
from ai_sessions.workflow.implement import implement as do
from ai_sessions.workflow.project import Project
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.lock import lock_feature


@dataclass(frozen=True, slots=True)
class Most:
    """How far to go. `tasks` None: until none is ready; `jobs`: how many at the same time."""

    tasks: int | None = 1
    jobs: int = 1


@dataclass(slots=True)
class _Run:
    """One call of the command: who works, what is done, what it cost."""

    app: App
    line: Line
    options: Options
    given: Mapping[str, Any]
    done: list[Outcome] = field(default_factory=list)
    costs: list[Mapping[str, Any]] = field(default_factory=list)
    waited: dict[str, str] = field(default_factory=dict)

    @property
    def space(self) -> Workspace:
        return self.line.space

    def project(self) -> Project:
        return project_of(self.app)

    def chosen(self) -> Mapping[str, Any]:
        """What the user chose, with who answers, lest each job looks for that anew."""
        model = self.line.calling.model
        answerer = {"provider": self.line.provider.name, "model": model} if model else {}
        return {**self.given, **answerer}

    def cost(self) -> dict[str, Any]:
        return jobs.added_up([self.line.facts(), *self.costs])

    def add(self, outcome: Outcome) -> None:
        self.done.append(outcome)
        for text in outcome.lines(colours.word):
            self.app.out.say(text)


def options(app: App, given: Mapping[str, Any]) -> Options:
    """The user's choice."""
    return Options(
        attempts=given["attempts"],
        default_attempts=app.settings["ATTEMPTS"],
        test_timeout_s=app.settings["TEST_TIMEOUT"],
        tdd=given["tdd"],
        waive=given["reason"].strip() if given["no_tests"] else "",
        allow_dirty=given["allow_dirty"],
        one_commit=given["commit"] == "task",
        strict_files=given["strict_files"],
        strict=given["strict"],
        teeth=not given["no_teeth"],
        answer=(given["answer"] or "").strip(),
    )


def implement(
    app: App, space: Workspace, task: str, options: Options, given: Mapping[str, Any], most: Most
) -> int:
    """Do `task`, or the next ones; returns the exit code. Raises what stopped the last one."""
    need_sessions(app, given)
    if not task and FeatureState(space).to_prove:
        _prove_again(app, space, given)
        if is_finished(space):
            return nothing_left(app, space)
    with alone_in_tree(app, given):
        _check(app, space, task, options)
    launching.prepare()
    run = _Run(app, line_for(app, space, "implement", given, need_edit=True), options, given)
    app.out.also["cost"] = run.cost
    app.out.also["task"] = lambda: _facts_now(space, run.line.task)
    try:
        _one_after_another(run, task, most)
    except AiSessionsError:
        app.out.also["tasks"] = lambda: [one.facts() for one in run.done]
        told(app, run.line)
        raise
    finally:
        if app.environment.get("GITHUB_ACTIONS"):
            app.github((), github.progress(status.facts_of(space)))
    if not run.done:  # somebody else did the last one while we waited
        return _all_done(app, space)
    found = [one.facts() for one in run.done]
    following = run.done[-1].next
    facts = {"feature": space.feature, "task": found[-1], "tasks": found, "cost": run.cost()}
    app.out.result({**facts, "waited": run.waited, "next": following})
    told(app, run.line)
    app.out.say(hints.next_line(following))
    return 0


def _prove_again(app: App, space: Workspace, given: Mapping[str, Any]) -> None:
    """Prove finished tasks again that no commit carries, before the next ones: that asks nobody.

    Raises `NeedsPerson` when one of them is not proved.
    """
    from ai_sessions.workflow import verify

    verify.check(space)
    with alone_in_tree(app, given):
        environ, timeout_s = app.environment_for_code, app.settings["TEST_TIMEOUT"]
        proved = verify.prove(space, environ, timeout_s, app.out.phase)
    for text in proved.lines(colours.word):
        app.out.note(text)
    if proved.exit_code:
        told = f"{space.feature}: what is done already could not be proved again"
        raise NeedsPerson(told, f"put that right first; then: {hints.prove(space.feature)}")


def _check(app: App, space: Workspace, task: str, options: Options) -> None:
    """Raises what has to be put right first; asked before an agent is looked for."""
    feature_state = FeatureState(space)
    wanted = task or feature_state.next_task()
    if wanted or not feature_state.finished:
        has_worktree = bool(wanted) and parallel.has_worktree(space, wanted)
        environ = app.environment_for_code
        check(space, project_of(app), wanted, options, environ, has_worktree=has_worktree)


def is_finished(space: Workspace) -> bool:
    """True when no task is left. Asked before an agent is looked for: none is needed then."""
    return FeatureState(space).finished


def nothing_left(app: App, space: Workspace) -> int:
    """The answer when every task is done: that is no failure, and a rerun in CI stays green."""
    app.github((), github.progress(status.facts_of(space)))
    return _all_done(app, space)


def in_worktree(
    app: App, space: Workspace, task: str, options: Options, given: Mapping[str, Any]
) -> int:
    """Do one task in a working tree of its own, as a job of `--jobs`."""
    jobs.end_with_parent()
    line = line_for(app, space, "implement", given, need_edit=True)
    line.task = task
    app.out.also["task"] = lambda: _facts_now(space, task)
    lock = lock_feature(space, lock_wait(app, given), app.out.note, task)
    try:
        environ, top = app.environment_for_code, app.settings["SESSION_DIR"]
        parallel.do(line, project_of(app), task, options, environ, top, app.out.phase)
    finally:
        lock.release()
    app.out.result({"feature": space.feature, "task": {"id": task}, "cost": line.facts()})
    told(app, line)
    return 0


def _all_done(app: App, space: Workspace) -> int:
    following = status.next_command(FeatureState(space))
    spent = {"cost": jobs.NOTHING_SPENT, "waited": {}}
    app.out.result(
        {"feature": space.feature, "task": None, "tasks": [], **spent, "next": following}
    )
    app.out.say(f"all tasks of {space.feature} are done")
    app.out.say(hints.next_line(following))
    return 0


def _one_after_another(run: _Run, task: str, most: Most) -> None:
    """`task`: the one to begin with, alone; empty: those that come next."""
    while True:
        before = len(run.done)
        room = most.jobs if most.tasks is None else min(most.jobs, most.tasks - len(run.done))
        batch = _batch(run, room) if room > 1 and not task else parallel.Batch(task)
        if len(batch.tasks) > 1:
            _side_by_side(run, batch)
        else:
            _one(run, next(iter(batch.tasks), ""))
        task = ""
        done = most.tasks is not None and len(run.done) >= most.tasks
        if done or len(run.done) == before or not run.done[-1].next_task:
            return


def _one(run: _Run, task: str) -> None:
    """The task in the repository, or on from where it was begun in a tree of its own.

    Nothing when another run did the last one while this one waited.
    """
    app, space = run.app, run.space
    with alone_in_tree(app, run.given), alone_on(app, space, run.given):
        feature_state = FeatureState(space)
        wanted = task or feature_state.next_task()
        if not wanted and feature_state.finished:
            return
        if parallel.has_worktree(space, wanted):
            app.out.note(f"{wanted} goes on in its own tree, where an earlier run left it")
            line = _line_in_worktree(run, wanted)
            environ, top = app.environment_for_code, app.settings["SESSION_DIR"]
            parallel.do(line, run.project(), wanted, run.options, environ, top, app.out.phase)
            _finish(run, line, wanted)
        else:
            project, chosen = run.project(), run.options
            run.add(do(run.line, project, task, chosen, app.environment_for_code, app.out.phase))


def _batch(run: _Run, most: int) -> parallel.Batch:
    feature_state = FeatureState(run.space)
    plan = plans.from_document(feature_state.document)
    batch = parallel.choose(plan, feature_state.states, most, run.space)
    for task in batch.tasks:
        found = plan.task(task)
        if found:
            may_begin(feature_state, plan, found, run.project())
    for task, reason in batch.waits.items():
        if task not in run.waited:
            run.app.out.note(f"{task} waits: {reason}")
            run.waited[task] = reason
    return batch


def _side_by_side(run: _Run, batch: parallel.Batch) -> None:
    """All of a batch at once; then what was proved comes back, one by one, as the plan has it.

    Raises the first failure, in the order of the plan, when all have ended.
    """
    app, space = run.app, run.space
    failures: dict[str, AiSessionsError] = {}
    begun: list[jobs.Job] = []
    with (
        alone_in_tree(app, run.given),
        alone_on(app, space, run.given),
        git_held(app.repo, space) as put_back,
    ):
        try:
            for task in batch.away:
                session = worktree_session(app, space, run.given, task)
                begun.append(jobs.start(app, space.feature, task, session, run.chosen()))
            if batch.here:
                failures |= _tried(run, batch)
            for job in begun:
                failures |= _brought_back(run, job, batch)
        except BaseException:
            for job in begun:
                job.stop()
            raise
    for text in put_back:
        app.out.warn(text)
    _raise_first(run, batch.tasks, failures)


def _tried(run: _Run, batch: parallel.Batch) -> dict[str, AiSessionsError]:
    """Do the batch's task in the repository itself; what it failed with, by task."""
    app, chosen = run.app, replace(run.options, others=batch.away)
    try:
        run.add(
            do(run.line, run.project(), batch.here, chosen, app.environment_for_code, app.out.phase)
        )
    except AiSessionsError as error:
        return {batch.here: error}
    return {}


def _brought_back(run: _Run, job: jobs.Job, batch: parallel.Batch) -> dict[str, AiSessionsError]:
    """Wait for a job and judge its work here; what it failed with, by task."""
    failure = job.wait()
    run.costs.append(job.answer.get("cost") or {})
    if failure:
        return {job.task: failure}
    try:
        _finish(run, _line_in_worktree(run, job.task), job.task, batch.away)
    except AiSessionsError as error:
        return {job.task: error}
    return {}


def _finish(run: _Run, line: Line, task: str, others: Iterable[str] = ()) -> None:
    """Bring a task back and judge it here; `others` may still be at work."""
    app = run.app
    chosen = replace(run.options, others=tuple(one for one in others if one != task))
    try:
        project = run.project()
        run.add(
            parallel.finish(line, project, task, chosen, app.environment_for_code, app.out.phase)
        )
    finally:
        run.costs.append(line.facts())


def _line_in_worktree(run: _Run, task: str) -> Line:
    session = worktree_session(run.app, run.space, run.given, task)
    return line_for(
        run.app, run.space, "implement", {**run.given, "session": session}, need_edit=True
    )


def _raise_first(run: _Run, tasks: Iterable[str], failures: Mapping[str, AiSessionsError]) -> None:
    first = next((task for task in tasks if task in failures), "")
    for task, error in failures.items():
        if task != first:
            told = error.message if error.message.startswith(task) else f"{task}: {error.message}"
            run.app.out.warn(told)
    if first:
        run.line.task = first
        raise failures[first]


def _facts_now(space: Workspace, task: str) -> dict[str, Any] | None:
    """A task as it stands when the command fails; None when none was begun."""
    feature_state = FeatureState(space)
    found = next((one for one in feature_state.tasks if one["id"] == task), None)
    return status.task_facts(feature_state, found) if found else None
