"""One task being worked on: what its steps share, how a step is refused or committed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ai_sessions import controls, environment, gate, money
from ai_sessions.dialogue import prompts
from ai_sessions.errors import GateRefused, NeedsPerson, UsageError
from ai_sessions.plan import paths
from ai_sessions.plan.document import Plan, Task
from ai_sessions.records import stamp
from ai_sessions.testing.contract import Run
from ai_sessions.workflow import evidence, hints
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.state import calls_of, costs
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.runs import read_run, save_run
from ai_sessions.workspace.states import save_state
from ai_sessions.workspace.task_trees import records_of_others

#: Codes of the gate for a run that did not end as it should have.
_RUNS_FAILED = frozenset(("crash", "error", "exit", "old_failures", "red", "suite", "broken"))


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose for `implement`. `waive`: the reason to do without tests, or empty."""

    attempts: int | None = None
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


@dataclass(frozen=True, slots=True)
class Before:
    """The tests as they were before the task. `suite` None: the plan has none."""

    tests: Run | None
    suite: Run | None


@dataclass(slots=True)
class Work:
    """A task under way. `began`: the commit it began from; `resumed`: what a broken run left.

    `since`: when the task was begun, before any agent was asked (seconds since 1970);
    `untracked`: a person's files that git does not track and no task names.
    """

    line: Line
    plan: Plan
    task: Task
    options: Options
    tree: Tree
    runs: Runs
    began: str
    record: dict[str, Any]
    resumed: dict[str, Any] | None = None
    since: float = 0.0
    untracked: tuple[str, ...] = ()
    told: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def space(self) -> Workspace:
        return self.line.space

    @property
    def scope(self) -> gate.Scope:
        commands = filter(None, (self.plan.test_of(self.task), self.plan.suite))
        words = (word.removeprefix("./") for command in commands for word in command.cmd)
        return gate.Scope(self.task.id, self.task.test_files, self.task.sources, tuple(words))

    @property
    def attempts(self) -> int:
        return (
            self.options.attempts
            or self.task.attempts
            or self.plan.attempts
            or self.options.default_attempts
        )

    def now(self) -> str:
        return stamp(self.line.kit.now())

    def begin(self, step: str) -> str:
        """The snapshot a step begins from: an interrupted run's own, else the tree as it is."""
        if self.resumed and self.resumed["step"] == step and self.tree.has(self.resumed["before"]):
            return str(self.resumed["before"])
        before = self.tree.snapshot()
        save_run(self.space, self.task.id, {"step": step, "base": self.began, "before": before})
        return before

    def end_trial(self) -> None:
        """Bring the work back that a run was trying the tests without when it was killed."""
        trial = self.resumed.pop("trial", None) if self.resumed else None
        if trial and self.tree.has(trial["tree"]):
            self.tree.put_back(trial["tree"], trial["names"], staged=False)
            save_run(self.space, self.task.id, self.resumed)

    def goes_on(self, step: str, before: str) -> bool:
        """True when a broken run of this step left changes that can be judged without a call.

        Tests of an agent that was stopped while it wrote them are not: it has to finish them.
        """
        resumed, self.resumed = self.resumed, None
        if not resumed or resumed["step"] != step or not self.tree.changed(before):
            return False
        if resumed.get("brought"):
            self.line.say(f"{self.task.id}: what was proved in its own tree is judged here")
            return True
        first = step == "green" or bool(resumed.get("answered"))
        what = "judging that first" if first else "the agent goes on with that"
        self.line.say(f"{self.task.id}: an interrupted run left changes; {what}")
        return first

    def answered(self) -> None:
        """The agent has finished its part of the step: from here on nothing is paid twice."""
        running = read_run(self.space, self.task.id) or {}
        save_run(self.space, self.task.id, {**running, "answered": True})

    def marks(self, before: str) -> frozenset[tuple[str, str]]:
        """What changed since `before`, with its content: equal when a try changed nothing."""
        changed = self.tree.changed(before)
        return frozenset(evidence.hashes(self.tree.repo, changed).items())

    def frozen(self, names: Iterable[str]) -> tuple[str, ...]:
        """Of these paths those that may not change after red."""
        return gate.frozen_set(names, self.scope)

    def hollow(self, start: str) -> gate.Verdict:
        """What the gate says of changed paths whose content no commit would hold."""
        changed = self.tree.changed(start)
        tests = (name for name in changed if paths.matches(name, self.task.test_files))
        links = [name for name in tests if (self.tree.repo / name).is_symlink()]
        return gate.judge_carried(
            self.scope, sorted({*self.tree.uncarried(start, changed), *links})
        )

    def tests(self, step: str) -> Run:
        """Run the task's tests; what they leave in the tree is taken away again."""
        before = self.tree.snapshot()
        run = self.runs.tests(self.task, step)
        self.tree.forget()
        self._tidy(before)
        return run

    def suite(self, step: str) -> Run | None:
        """Run the suite in the same way; None when the plan names none."""
        if self.plan.suite is None:
            return None
        before = self.tree.snapshot()
        run = self.runs.suite(step)
        self.tree.forget()
        self._tidy(before)
        return run

    def _tidy(self, before: str) -> None:
        """Files that a run wrote are nobody's work: not to be judged, nor committed."""
        left = [
            name for name in self.tree.changed(before) if not paths.matches(name, self.task.files)
        ]
        if left:
            self.tree.put_back(before, left)
            self.line.say(f"{self.task.id}: put back what the tests wrote: {', '.join(left[:3])}")

    def say(self, text: str) -> None:
        self.told.append(text)

    def warn(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.line.say(f"warning: {text}")

    def set_state(self, state: str, **facts: Any) -> None:
        self.record.update(facts)
        self.record.update(state=state, at=self.now())
        save_state(self.space, self.task.id, self.record)

    def refused(self, before: str, verdict: gate.Verdict, *, used_up: bool = False) -> GateRefused:
        """The end with exit 5: files back to `before`, refused work kept as a patch in logs/."""
        self.take_back(before)
        if verdict.code in _RUNS_FAILED and (lacking := environment.told(self.runs.withheld)):
            self.line.say(f"{self.task.id}: {lacking}")
        if used_up:
            self.set_state("failed", reason=verdict.reason)
        add_event(
            self.space,
            self.now(),
            "refused",
            task=self.task.id,
            code=verdict.code,
            reason=verdict.reason,
        )
        hint = self.told[-1] if self.told else ""
        following = hints.implement(self.space.feature, self.task.id)
        return GateRefused(verdict.reason, "; ".join(filter(None, (hint, f"again: {following}"))))

    def blocked(self, question: str) -> NeedsPerson:
        """The end with exit 6: the agent cannot go on before a person has answered."""
        self.take_back(str((read_run(self.space, self.task.id) or {})["before"]))
        self.set_state("blocked", question=question, reason=f"asks: {question}")
        add_event(self.space, self.now(), "blocked", task=self.task.id, question=question)
        return self.waits()

    def waits(self) -> NeedsPerson:
        """What to say of a task that is blocked."""
        told = f"{self.task.id} asks: {self.record.get('question')}"
        return NeedsPerson(told, hints.answer(self.space.feature, self.task.id))

    def answer(self) -> None:
        """Keep what a person decided, for this task and as a note for later ones.

        Raises `NeedsPerson` when an answer is needed and there is none, and `UsageError` when
        there is one and nothing was asked.
        """
        question, given = str(self.record.get("question") or ""), self.options.answer
        if self.record.get("state") == "blocked" and not given:
            raise self.waits()
        if not given or self._is_answered(given):
            return
        if self.record.get("state") != "blocked":
            again = hints.implement(self.space.feature, self.task.id)
            raise UsageError(f"{self.task.id} has asked nothing that --answer could answer", again)
        answer = {"at": self.now(), "question": question, "answer": given}
        answers = [*(self.record.get("answers") or ()), answer]
        state = "red" if self.record.get("frozen") else "todo"
        self.set_state(state, answers=answers, question="", reason="")
        notes = self.space.text("notes.md").rstrip()
        line = f"- {self.task.id}: {f'{question} ' if question else ''}{' '.join(given.split())}"
        self.space.write(f"{notes}\n{controls.plain(line)}\n".lstrip(), "notes.md")

    def _is_answered(self, text: str) -> bool:
        """True for the same command once more, after its first run was stopped."""
        answers = self.record.get("answers") or []
        is_open = self.record.get("state") == "blocked"
        return not is_open and bool(answers) and answers[-1]["answer"] == text

    def prompt(self, text: str) -> str:
        """A prompt as it is sent; the first one of a run tells what a person has decided."""
        answers = () if self.line.calls else self.record.get("answers")
        return prompts.answered(answers, text) if answers else text

    def take_back(self, before: str) -> None:
        """Undo what changed since `before`, and say where it is kept."""
        now = self.tree.look()
        changed = self.tree.between(before, now)
        if changed:
            log = save_log(
                self.space, f"{self.task.id}-refused.patch", self.tree.patch(before, now)
            )
            self.say(
                f"{len(changed)} changed file{'s' * (len(changed) != 1)} put back, kept in {log}"
            )
        self.tree.put_back(before, changed)
        save_run(self.space, self.task.id, None)

    def cost_facts(self) -> dict[str, Any]:
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
        """Commit `names` and our workspace. Raises what `git.commit` raises."""
        facts = self.cost_facts()
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
        left_out = records_of_others(self.space, self.task.id)
        return self.tree.commit(names, subject, told, left_out)

    def altered(self, commit: str, proved: str, names: Sequence[str]) -> tuple[str, ...]:
        """What is not in a commit as it was proved. `names`: what it should hold of the work."""
        open_ = {*self.tree.between(f"{commit}^", proved)} - {*names}
        return tuple(name for name in self.tree.between(commit, proved) if name not in open_)
