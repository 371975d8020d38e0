"""One task being worked on: what its steps share, how a step is refused or committed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Any, TypeVar

from ai_sessions import controls, environment, gate, git, money
from ai_sessions.errors import ConfigError, GateRefused, NeedsPerson, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document, paths
from ai_sessions.plan.document import Command, Plan, Task
from ai_sessions.plan.progress import FINISHED
from ai_sessions.plurals import counted, listed
from ai_sessions.providers.contract import Edits
from ai_sessions.records import stamp
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import authors, hints
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.checkout import Checkouts
from ai_sessions.workflow.hold import Hold
from ai_sessions.workflow.installed import Installed, note_installed
from ai_sessions.workflow.state import calls_of, costs
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.features import folders_of_others, unfinished
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import save_page
from ai_sessions.workspace.task_trees import records_of_others
from ai_sessions.workspace.tasks import (
    RunNote,
    TaskState,
    read_evidence,
    read_run,
    read_states,
    save_evidence,
    save_run,
    save_state,
)

#: Files that test tools themselves bring up to date, so nobody else need have done it.
_BY_TOOLS = ("Cargo.lock", "go.sum")
#: Digests of files that were left alone, by name.
LEFT_ALONE = ("cache", "left-alone.json")
#: GitHub and others refuse a push with a larger file in it.
_LARGE = 100 << 20
Ran = TypeVar("Ran")
_NOTHING = Edits()
#: Codes of the gate for a run that did not end as it should have.
_RUNS_FAILED = frozenset(("crash", "error", "exit", "old_failures", "red", "suite", "broken"))


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose for `implement`. `waive`: the reason to do without tests, or empty."""

    attempts: int | None = None
    """How often the agent may try each step; None: as the task or its plan says."""
    default_attempts: int = 3
    test_timeout_s: float = 300.0
    tdd: bool = False
    waive: str = ""
    allow_dirty: bool = False
    one_commit: bool = False
    strict_files: bool = False
    strict: bool = False
    teeth: bool = True
    answer: str = ""
    """What a person decided about the task's question."""
    others: tuple[str, ...] = ()
    """The tasks that others do at the same time."""

    def tries(self, task: Task, plan: Plan) -> int:
        """How often the agent may try each step of a task."""
        return self.attempts or task.attempts or plan.attempts or self.default_attempts


@dataclass(frozen=True, slots=True)
class Before:
    """The tests as they were before the task. `suite` None: the plan has none."""

    tests: Run | None
    suite: Run | None


@dataclass(frozen=True, slots=True)
class Begun:
    """How a step begins. `tree`: the snapshot that its changes are compared with; `judge_first`: an
    interrupted run left changes, which are judged before anything is paid.
    """

    tree: str
    is_resumed: bool = False
    judge_first: bool = False


@dataclass(slots=True)
class Meanwhile:
    """What is known of code of others that has run. `edits`: what an agent's tools did to files."""

    edits: Edits | None = field(default_factory=Edits)


@dataclass(slots=True)
class Work:
    """A task under way. `began`: the commit it began from; `resumed`: what a broken run left.

    `since`: when the task was begun, before any agent was asked (seconds since 1970).
    """

    line: Line
    space: Workspace
    plan: Plan
    task: Task
    scope: gate.Scope
    options: Options
    tree: Tree
    runs: Runs
    began: str
    record: TaskState
    hold: Hold
    installed: Installed
    setup: Command | None = None
    """What installs the packages of a fresh checkout; None: ours are lent."""
    build: Command | None = None
    """What makes the files there that tests read and git ignores."""
    resumed: RunNote | None = None
    since: float = 0.0
    told: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    frozen_in: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the tree object of the last look: digests of what may not change after red."""

    @property
    def checkouts(self) -> Checkouts:
        return Checkouts(self.tree, self.runs, self.setup, self.build)

    def _now(self) -> str:
        return stamp(self.line.kit.now())

    def begin(self, step: str) -> Begun:
        """Begin a step where an interrupted run of it began, else with the tree as it is."""
        resumed, self.resumed = self.resumed, None
        if resumed and resumed.step == step and self.tree.has(resumed.before):
            goes_on = self._goes_on(resumed)
            return Begun(resumed.before, is_resumed=True, judge_first=goes_on)
        before = self.tree.snapshot()
        self.save_run(RunNote(step, base=self.began, before=before, branch=self.hold.branch))
        return Begun(before)

    def save_run(self, note: RunNote | None) -> None:
        """Note how far this run is, for one that goes on after it; None: it has come to its end."""
        save_run(self.space, self.task.id, note)
        self.hold.wrote(f"cache/running-{self.task.id}.json")

    def begun_from(self) -> str:
        """The snapshot that the step of this run began from."""
        note = read_run(self.space, self.task.id)
        if note is None:
            raise ValueError(f"{self.task.id} has no run under way")
        return note.before

    def save_evidence(self, step: str, record: dict[str, Any], *, costs: bool = True) -> str:
        """Keep what was seen at a step; returns its hash. `costs`: with what the task has cost."""
        whole = {"at": self._now(), "base": self.began, **record}
        whole |= self._cost_facts() if costs else {}
        proof = save_evidence(self.space, self.task.id, step, whole)
        self.hold.wrote(f"evidence/{self.task.id}/{step}.json")
        return proof

    def resume(self) -> None:
        """Bring back what a killed run has left, and keep what a person has decided since.

        Raises as `_answer` does.
        """
        self._end_trial()
        self._take_stranded_back()
        self._answer()

    def _take_stranded_back(self) -> None:
        """Put back what an interrupted run did for tests that are not in this commit any more."""
        running = self.resumed
        if not running or not has_lost_its_tests(running, self.record):
            return
        self.resumed = None
        before = running.before
        own = self._own(self.tree.changed(before)) if self.tree.has(before) else []
        if own:
            self.put_back(before, own, "its tests are not in this commit")
        self.save_run(None)

    def _end_trial(self) -> None:
        """Bring the work back that a run was trying the tests without when it was killed."""
        if not self.resumed or not self.resumed.trial:
            return
        (proved, names), self.resumed.trial = self.resumed.trial, None
        if not self.tree.has(proved):
            return
        changed = [one for one in self.tree.changed(proved) if one in names]
        if changed:  # by the trial; a person may have written there since
            log = self.keep(proved, changed, "put-back")
            self.line.say(f"{self.task.id}: a trial was cut off; what it left is kept in {log}")
        self.tree.put_back(proved, names, staged=False)
        self.save_run(self.resumed)

    def _goes_on(self, resumed: RunNote) -> bool:
        """True when a broken run of this step left changes that can be judged without a call.

        Tests of an agent that was stopped while it wrote them are not: it has to finish them. Nor
        are changes in other files than the task's: those may be anybody's.
        """
        if not self._own(self.tree.changed(resumed.before)):
            return False
        if resumed.brought:
            self.line.say(f"{self.task.id}: what was proved in its own tree is judged here")
            return True
        first = resumed.step == "green" or resumed.answered
        what = "judging that first" if first else "the agent goes on with that"
        self.line.say(f"{self.task.id}: an interrupted run left changes; {what}")
        return first

    def _own(self, names: Sequence[str]) -> list[str]:
        """Those that the task names; all where it names none."""
        wanted = self.task.files
        return [name for name in names if not wanted or paths.matches(name, wanted)]

    def answered(self, wrote: Sequence[str] = ()) -> None:
        """The agent has finished its part of the step: from here on nothing is paid twice.

        `wrote`: what it is known to have written outside the task.
        """
        if running := read_run(self.space, self.task.id):
            running.answered = True
            running.wrote |= self.tree.hashes(wrote)
            self.save_run(running)

    def marks(self, before: str) -> frozenset[tuple[str, str]]:
        """What changed since `before`, with its content: equal when a try changed nothing."""
        changed = self.tree.changed(before)
        return frozenset(self.tree.hashes(changed).items())

    def hollow(self, start: str) -> gate.Verdict:
        """What the gate says of changed paths whose content no commit would hold, or should."""
        changed = self.tree.changed(start)
        tests = (name for name in changed if paths.matches(name, self.task.test_paths))
        links = [name for name in tests if (self.tree.repo / name).is_symlink()]
        uncarried = sorted({*self.tree.uncarried(start, changed), *links})
        others = [name for name in changed if not paths.matches(name, self.task.files)]
        return gate.judge_carried(self.scope, uncarried, _large(self.tree, others))

    def judge_installed(self) -> gate.Verdict:
        """What the gate says of changes in installed packages since the task was begun."""
        found, marks = self.installed.changed()
        changed = {*self.tree.changed(self.began), *self.record.red_paths}
        verdict = gate.judge_installed(self.scope, found, changed | self._of_others_at_work())
        if note := note_installed(self.space, self.task.id, marks, refused=not verdict.ok):
            self.hold.wrote(note)
        return verdict

    def _of_others_at_work(self) -> set[str]:
        """What tasks change that are under way at the same time: with `--jobs` they are lent the
        same packages, and what one of them installs is seen by all.
        """
        others = (task for task in self.plan.tasks if task.id != self.task.id)
        under_way = (task for task in others if read_run(self.space, task.id))
        return {name for task in under_way for name in task.files}

    def tests(self, step: str) -> Run:
        """Run the task's tests. Raises `NeedsPerson` as `_watched` does."""
        return self._watched(lambda: self.runs.tests(self.task, step))

    def suite(self, step: str) -> Run | None:
        """Run the suite in the same way; None when the plan names none."""
        if self.plan.suite is None:
            return None
        return self._watched(lambda: self.runs.suite(step))

    def _watched(self, run: Callable[[], Ran]) -> Ran:
        """Run tests in the tree where a person may be at work too.

        What changes outside the task meanwhile is set aside. When a file of the task changes, the
        tests run once more: what changes again is their own doing, for the gate to judge. Else
        somebody else did it, and `NeedsPerson` says so, with everything left as it is.
        """
        before = self.tree.snapshot()
        with self.held():
            done = run()
        moved = self._moved(before)
        if not moved:
            return done
        again = self.tree.snapshot()
        with self.held():
            done = run()
        if self._moved(again):
            return done
        raise self.edited_by_others(moved, "while the tests ran, and not by them")

    def edited_by_others(self, names: Sequence[str], when: str) -> NeedsPerson:
        """The end with exit 6: somebody else is at work on the task's files, which stay."""
        again = hints.implement(self.space.feature, self.task.id)
        told = f"{self.task.id}: {listed(names)} changed {when}"
        return NeedsPerson(told, f"left as it is; look at it, then: {again}")

    def _moved(self, before: str) -> tuple[str, ...]:
        """The task's files that were there and have changed since; all others are set aside."""
        changed = self.set_aside(before)
        if not changed or self.task.kind != "code":
            return ()
        there = git.kinds_at(self.tree.repo, before, changed)
        return tuple(name for name in changed if name in there)

    def set_aside(
        self,
        before: str,
        when: str = "while the tests ran",
        edits: Edits | None = _NOTHING,
    ) -> tuple[str, ...]:
        """Leave what changed since `before` outside the task alone: no work of the agent's, so in
        no commit. What decides how tests run goes back. Returns the task's own files that changed.

        `edits`: what the agent did meanwhile, which is left out of all that; None: nobody knows, so
        everything may be its work.
        """
        if edits is None:
            return ()
        try:
            changed = self.tree.changed(before)
        except ConfigError:  # there is something that git cannot take in
            self.warn([f"{self.task.id}: {one}" for one in self.hold.settle()])
            changed = self.tree.changed(before)
        own = tuple(name for name in changed if paths.matches(name, self.task.files))
        changed = authors.unexplained(edits, self.tree.repo, changed, own)
        own = tuple(name for name in own if name in changed)
        self.tree.aside.update(name for name in changed if name in self.hold.untracked)  # it tells
        others = [name for name in changed if name not in (*own, *self.hold.untracked)]
        if not others:
            return own
        if by_tools := [name for name in others if name.rpartition("/")[2] in _BY_TOOLS]:
            self.put_back(before, by_tools, "the test tool writes it")
            others = [name for name in others if name not in by_tools]
        if deciding := self._deciding(others, git.kinds_at(self.tree.repo, before, others)):
            self.put_back(before, sorted(deciding), "it decides how tests run")
            others = [name for name in others if name not in deciding]
        self.leave_alone(others, f"changed {when}")
        return own

    def _deciding(
        self, names: Sequence[str], there: Collection[str] | None = None
    ) -> Collection[str]:
        """Of these files outside the task those that decide how its tests run. `there`: those that
        were there before; None: all of them.
        """
        if self.task.kind != "code":
            return ()
        before = names if there is None else there
        return {*gate.frozen_set(names, self.scope), *gate.of_the_tests(names, before, self.scope)}

    def leave_to_others(self, before: str) -> None:
        """Leave what changed since `before` alone where it is in a file that an unfinished task of
        another feature names and this one does not: work that may not go by this one's name.
        """
        changed = self.tree.changed(before)
        outside = [name for name in changed if not paths.matches(name, self.task.files)]
        if outside:
            theirs = [one for _space, task in unfinished(self.space) for one in task.files]
            names = [name for name in outside if paths.matches(name, theirs)]
            self.leave_alone(names, "changed, which a task of another feature names")

    def leave_alone(self, names: Sequence[str], why: str) -> None:
        """Take these for nobody's work from now on, in the next runs too."""
        if not names:
            return
        self.tree.aside.update(names)
        known = self.space.record(*LEFT_ALONE) or {}
        self.space.save({**known, **self.tree.hashes(names)}, *LEFT_ALONE)
        told = f"{listed(names)} {why}: left alone, and in no commit"
        self.line.say(f"{self.task.id}: {told}")

    def put_back(self, tree: str, names: Sequence[str], why: str = "") -> str:
        """Make these files what they are in `tree`, and say so; returns where what they were is
        kept as a patch.
        """
        log = self.keep(tree, names, "put-back")
        self.tree.put_back(tree, names)
        reason = f" ({why})" if why else ""
        self.warn([f"{self.task.id}: put back {', '.join(names)}{reason}; kept in {log}"])
        return log

    def keep(self, tree: str, names: Sequence[str], kind: str) -> str:
        """Keep what these files are, as a patch on top of `tree`; returns its path."""
        patch = git.patch(self.tree.repo, tree, self.tree.look(), names)
        return save_log(self.space, f"{self.task.id}-{kind}.patch", patch)

    @contextmanager
    def held(self, *, settle: bool = False) -> Iterator[Meanwhile]:
        """Hold what nobody else may change round whatever runs code of others; who knows what that
        did to files notes it in what is given.

        Raises `NeedsPerson` when the branch or its tip was moved by somebody else; what was done so
        far is then judged by the next run.
        """
        meanwhile, edits = Meanwhile(), None
        try:
            yield meanwhile
            edits = meanwhile.edits
            self._put_back_held(edits, settle)
        except BaseException:
            self._put_back_held(edits, settle)  # once more where that was cut off
            self._carry_over()
            raise
        self._need_same_place()

    def _put_back_held(self, edits: Edits | None = _NOTHING, settle: bool = False) -> None:
        told = self.hold.put_back(edits, self._deciding, settle=settle)
        self.warn([f"{self.task.id}: {one}" for one in told])

    def need_same_branch(self) -> None:
        """Raises `NeedsPerson` when somebody has gone to another branch."""
        branch, was = git.branch(self.tree.repo), self.hold.branch
        if branch == was:
            return
        told = f"{_named(was)} was left for {branch or 'a detached HEAD'}"
        back = f"git switch {was or '--detach ' + self.began}"
        again = hints.implement(self.space.feature, self.task.id)
        raise NeedsPerson(f"{self.task.id}: {told}", f"{back}; {again}")

    def _need_same_place(self) -> None:
        self.need_same_branch()
        task, hold = self.task.id, self.hold
        if self.tree.head() == hold.tip:
            return
        if hold.is_moved_by_a_child:
            self.warn([f"{task}: {one}" for one in hold.take_commits_back()])
            hold.moved()
            return
        self.answered()
        old, now = self._carry_over()
        again = hints.implement(self.space.feature, task)
        told = f"{_named(hold.branch)} was moved by somebody else, from {old[:9]} to {now[:9]}"
        raise NeedsPerson(f"{task}: {told}", f"nothing of it was taken back; go on: {again}")

    def _carry_over(self) -> tuple[str, str]:
        """Let the next run go on from where HEAD is now, when it was not a child that moved it."""
        old, now = self.hold.tip, self.tree.head()
        is_ours = now == old or self.hold.is_moved_by_a_child
        if not is_ours and git.branch(self.tree.repo) == self.hold.branch:
            carry_over(self.space, self.tree, self.task.id, old, now)
            for name in (f"cache/running-{self.task.id}", f"evidence/{self.task.id}/baseline"):
                self.hold.wrote(f"{name}.json")
        return old, now

    def say(self, text: str) -> None:
        self.told.append(text)

    def warn(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.line.say(f"warning: {text}")

    def set_state(self, state: str, reason: str = "") -> None:
        """Keep what is on record of the task now. `reason`: why it is not further, for people."""
        self.record.state, self.record.at, self.record.reason = state, self._now(), reason
        save_state(self.space, self.task.id, self.record)
        self.hold.wrote(f"state/{self.task.id}.json")

    def reached(self, state: str, told: str, **facts: str) -> None:
        """The task has come so far: keep it, in the history too, and in the page of the plan when
        it is finished, so that the page is in the same commit.
        """
        self.set_state(state, facts.get("reason", ""))
        add_event(self.space, self._now(), state, task=self.task.id, **facts)
        self.say(f"{self.task.id} {told}")
        if state in FINISHED:
            states = {task: one.state for task, one in read_states(self.space).items()}
            save_page(self.space, document.page(self.plan, states))

    def refused(self, before: str, verdict: gate.Verdict, *, used_up: bool = False) -> GateRefused:
        """The end with exit 5: files back to `before`, refused work kept as a patch in logs/."""
        self.take_back(before)
        if verdict.code in _RUNS_FAILED and (lacking := environment.told(self.runs.withheld)):
            self.line.say(f"{self.task.id}: {lacking}")
        if used_up:
            self.set_state("failed", reason=verdict.reason)
        add_event(
            self.space,
            self._now(),
            "refused",
            task=self.task.id,
            code=verdict.code,
            reason=verdict.reason,
        )
        hint = self.told[-1] if self.told else ""
        following = hints.implement(self.space.feature, self.task.id)
        return GateRefused(verdict.reason, "; ".join(filter(None, (hint, f"again: {following}"))))

    def blocked(self, question: str, edited: Sequence[str] = ()) -> NeedsPerson:
        """The end with exit 6: the agent cannot go on before a person has answered. `edited`: what
        somebody else has changed, which stays.
        """
        self.take_back(self.begun_from(), edited)
        self.record.question = question
        self.set_state("blocked", f"asks: {question}")
        add_event(self.space, self._now(), "blocked", task=self.task.id, question=question)
        return self.waits()

    def waits(self) -> NeedsPerson:
        """What to say of a task that is blocked."""
        told = f"{self.task.id} asks: {self.record.question}"
        hint = hints.answer(self.space.feature, self.task.id)
        return NeedsPerson(told, hint, waits_for="answer")

    def _answer(self) -> None:
        """Keep what a person decided, for this task and as a note for later ones.

        Raises `NeedsPerson` when an answer is needed and there is none, and `UsageError` when
        there is one and nothing was asked.
        """
        question, given = self.record.question, self.options.answer
        if self.record.state == "blocked" and not given:
            raise self.waits()
        if not given or self._is_answered(given):
            return
        if self.record.state != "blocked":
            again = hints.implement(self.space.feature, self.task.id)
            raise UsageError(f"{self.task.id} has asked nothing that --answer could answer", again)
        answer = {"at": self._now(), "question": question, "answer": given}
        self.record.answers.append(answer)
        self.record.question = ""
        self.set_state("red" if self.record.frozen else "todo")
        notes = self.space.text("notes.md").rstrip()
        line = f"- {self.task.id}: {f'{question} ' if question else ''}{' '.join(given.split())}"
        self.space.write(f"{notes}\n{controls.plain(line)}\n".lstrip(), "notes.md")

    def _is_answered(self, text: str) -> bool:
        """True for the same command once more, after its first run was stopped."""
        answers = self.record.answers
        is_open = self.record.state == "blocked"
        return not is_open and bool(answers) and answers[-1]["answer"] == text

    def take_back(self, before: str, left: Sequence[str] = ()) -> None:
        """Undo what changed since `before`, except for `left`, and say where it is kept."""
        between = self.tree.between(before, self.tree.look())
        changed = [name for name in between if name not in left]
        if changed:
            log = self.keep(before, changed, "refused")
            self.say(f"{counted(len(changed), 'changed file')} put back, kept in {log}")
        self.tree.put_back(before, changed)
        self.save_run(None)

    def planned(self) -> gate.Planned:
        """What the tasks of the plan write, and which files are there."""
        files = tuple(name for task in self.plan.tasks for name in task.files)
        return gate.Planned(files, self.tree.files())

    def unable(self, reason: str) -> ConfigError:
        """The end with exit 3: no test can prove anything here, whoever does the work."""
        logs, again = self.space.relative("logs"), hints.implement(self.space.feature, self.task.id)
        told = environment.told(self.runs.withheld)
        hint = f"put that right first, the whole output is in {logs}; then: {again}"
        return ConfigError(reason, "; ".join(filter(None, (hint, told))))

    def forget_red(self, reason: str) -> None:
        """Take the tests for not accepted any more: the next run asks for them again."""
        self.record.frozen, self.record.red, self.record.red_paths = {}, "", []
        self.set_state("todo", reason)

    def _cost_facts(self) -> dict[str, Any]:
        """Cost of the task in all its runs, and who did it last."""
        known, unknown = costs(self.space).get(self.task.id, (0, 0))
        made = calls_of(self.space, self.task.id)
        last: dict[str, Any] = next((one for one in reversed(made) if one.get("model")), {})
        return {
            "provider": last.get("provider") or self.line.provider.name,
            "model": last.get("model") or self.line.calling.model,
            "session": self.line.calling.session,
            "cost_nusd": known,
            "unknown_costs": unknown,
            "tokens": sum(one.get("tokens") or 0 for one in made),
        }

    def commit(self, kind: str, title: str, names: Sequence[str], trailers: dict[str, str]) -> str:
        """Commit `names` and what is the feature's own. Raises what `git.commit` raises."""
        facts = self._cost_facts()
        cost = "unknown" if facts["unknown_costs"] else f"{money.dollars(facts['cost_nusd']):f}"
        all_ = {
            "Feature": self.space.feature,
            "Task": self.task.id,
            "Session": facts["session"],
            "AI-Provider": facts["provider"],
            "AI-Model": facts["model"],
            "AI-Cost-USD": cost,
            **trailers,
        }
        told = {key: value for key, value in all_.items() if value.strip()}
        subject = f"{kind}({self.space.feature}): {self.task.id} {' '.join(title.split())}"
        others = folders_of_others(self.space)
        left_out = (*records_of_others(self.space, self.task.id), *others)
        try:
            return self.tree.commit(names, subject, told, left_out)
        finally:  # hooks have run
            self._put_back_held()
            self.hold.moved()

    def correct(self, step: str, old: str, new: str) -> str:
        """Put the evidence of a step as it is now into the commit that was just made for it, in
        place of what its message names as `old`.
        """
        names = [f"evidence/{self.task.id}/{step}.json", f"state/{self.task.id}.json"]
        repo = self.tree.repo
        message = git.message(repo, self.hold.tip).rstrip("\n").replace(old, new) + "\n"
        try:
            return git.amend(
                repo, [self.space.relative(name) for name in names], message, self.tree.environ
            )
        finally:
            self.tree.forget()
            self.hold.moved()


def _large(tree: Tree, names: Sequence[str]) -> dict[str, int]:
    """Bytes by path of those that git keeps more of than servers take; what is kept elsewhere (Git
    LFS) is small to git.
    """
    found: dict[str, int] = {}
    for name in names:
        path = tree.repo / name
        if path.is_file() and path.stat().st_size > _LARGE:
            found[name] = git.size_at(tree.repo, tree.snapshot(), name)
    return {name: size for name, size in found.items() if size > _LARGE}


def has_lost_its_tests(running: RunNote, record: TaskState) -> bool:
    """True for the note of a run that did the work where no tests are accepted: they are on another
    branch, or their commit was taken back. `record`: the state of the task.
    """
    return running.step == "green" and not record.frozen


def unchanged_since(tree: Tree, known: Mapping[str, str]) -> set[str]:
    """Of these files, with their digests, those that differ from the last commit as they did."""
    here = [name for name in tree.changed(tree.head()) if name in known] if known else []
    now = tree.hashes(here)
    return {name for name in here if known[name] == now[name]}


def carry_over(space: Workspace, tree: Tree, task: str, old: str, now: str) -> None:
    """Let the note of a run, and what was seen before it, hold for another commit of the branch."""
    running = read_run(space, task)
    if not running or running.base != old or not tree.has(running.before):
        return
    running.base, running.before = now, git.carried_over(tree.repo, running.before, old, now)
    save_run(space, task, running)
    baseline = read_evidence(space, task, "baseline")
    if baseline and baseline.get("base") == old:
        save_evidence(space, task, "baseline", {**baseline, "base": now})


def _named(branch: str) -> str:
    return f"branch {branch}" if branch else "a detached HEAD"
