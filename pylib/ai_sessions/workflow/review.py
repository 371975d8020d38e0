"""`review`: findings about a change, from a model that did not write it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ai_sessions import diffs, git
from ai_sessions.dialogue import prompts
from ai_sessions.dialogue.answers import json_object
from ai_sessions.errors import NeedsPerson, NotFound, ProviderError, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document as plans
from ai_sessions.plan import findings as plan_findings
from ai_sessions.plan import paths
from ai_sessions.records import stamp
from ai_sessions.workflow import hints
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.state import FeatureState, base_of, parted_from, task_diff
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.features import unknown_task
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import (
    check_text,
    read_document,
    read_plan,
    read_plan_text,
    save_plan,
)
from ai_sessions.workspace.reports import save_report
from ai_sessions.workspace.tasks import read_evidence, read_states

SEVERITIES = ("blocker", "major", "minor", "nit")
_WORTH_A_TASK = ("blocker", "major")
_TITLE_CHARACTERS = 70
#: Of a change, where nobody is asked yet who says how much there is room for.
SHOWN_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is claimed. `located`: its place is in the change that was reviewed."""

    severity: str
    file: str
    line: int
    claim: str
    check: str
    located: bool

    def shown(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mark = "" if self.located else " (unlocated)"
        return f"{self.severity:<7}  {place}{mark}  {self.claim}"


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer found. `file`: where it is kept, from the repository; `left_out`: files of
    the change that no reviewer has seen.
    """

    summary: str
    findings: tuple[Finding, ...]
    provider: str
    model: str
    file: str
    next: str
    left_out: tuple[str, ...] = ()

    @property
    def blockers(self) -> int:
        return sum(one.severity == "blocker" for one in self.findings)

    def lines(self) -> list[str]:
        found = len(self.findings)
        head = f"{found} finding{'s' * (found != 1)}, {self.blockers} blocking   {self.file}"
        return [head, *(f"  {one.shown()}" for one in self.findings)]

    def facts(self) -> dict[str, Any]:
        return {
            "summary": self.summary,
            "blockers": self.blockers,
            "findings": [_plain(one) for one in self.findings],
            "provider": self.provider,
            "model": self.model,
            "file": self.file,
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """What is reviewed. `feature_state` None: the feature has no plan; `task` empty: all of it."""

    space: Workspace
    feature_state: FeatureState | None
    task: str
    patch: str
    focus: str = ""

    def prompt(self, characters: int) -> tuple[str, tuple[str, ...]]:
        """What to ask, with so many characters of the change at most, and which files of it that
        leaves out.
        """
        plan = plans.from_document(self.feature_state.document) if self.feature_state else None
        chosen = plan.task(self.task) if plan else None
        evidence = _evidence(self.feature_state, self.task) if self.feature_state else ""
        patch, left_out = diffs.fitting(self.patch, characters)
        return prompts.review(plan, chosen, patch, evidence, self.focus, left_out), left_out


def subject(
    space: Workspace, *, task: str = "", base: str = "", files: Sequence[str] = (), focus: str = ""
) -> Subject:
    """A task's changes, or all since `base`, or some files of them. Without a plan: since `base`.

    Raises `NotFound` when there is nothing to review.
    """
    if task and base:
        raise UsageError("--task and --base exclude each other")
    planned = bool(space.text("plan.yaml").strip())
    if not planned and (task or not base):
        hint = f"{hints.plan(space.feature)}, or: review.sh {space.feature} --base REF"
        raise NotFound(f"{space.feature} has no plan yet", hint)
    feature_state = FeatureState(space) if planned else None
    plan = plans.from_document(feature_state.document) if feature_state else None
    chosen = plan.task(task) if plan else None
    if feature_state and task and chosen is None:
        raise unknown_task(task, list(feature_state.needs), space.feature)
    tree = Tree(Path(space.repo), space.root)
    patch = task_diff(space, tree, task) if task else _patch(tree, feature_state, base, files)
    if not patch.strip():
        raise _nothing(space, feature_state)
    return Subject(space, feature_state, task, patch, focus)


def review(line: Line, subject: Subject) -> Review:
    """Ask for findings.

    Raises `ProviderError` for an answer that cannot be used even after it was sent back once.
    """
    line.task = subject.task
    prompt, left_out = subject.prompt(line.room())
    if left_out:
        line.say(f"warning: the reviewer is not shown: {', '.join(left_out)}")
    answer = _answer(line, prompt)
    findings = _placed(answer["findings"], diffs.shown_lines(subject.patch))
    last = line.calls[-1]
    file = _save(line, answer["summary"], findings, subject.task, left_out)
    following = _next(subject, findings)
    who = (last.provider, last.model)
    return Review(answer["summary"], findings, *who, file, following, left_out)


def _patch(tree: Tree, feature_state: FeatureState | None, base: str, files: Sequence[str]) -> str:
    """The change since `base`, or since the feature began, of all or of some files."""
    start = parted_from(tree, base) if base or not feature_state else base_of(tree, feature_state)
    names = tree.changed(start)
    unknown = [name for name in files if not any(_is_in(one, name) for one in names)]
    if unknown:
        raise NotFound(f"{unknown[0]} has no changes since {start[:7]}", "name changed files")
    wanted = [one for one in names if not files or any(_is_in(one, name) for name in files)]
    return git.diff(tree.repo, start, tree.snapshot(), wanted) if wanted else ""


def _nothing(space: Workspace, feature_state: FeatureState | None) -> NotFound:
    following = feature_state.next_step() if feature_state else ""
    told = f"nothing to review: {space.feature} has no changes"
    return NotFound(told, following or "name another --base")


def _is_in(path: str, name: str) -> bool:
    name = name.removeprefix("./").rstrip("/")
    return path == name or path.startswith(f"{name}/") or name == "."


def _evidence(feature_state: FeatureState, task: str) -> str:
    """What our own runs said, a line a task."""
    space = feature_state.workspace
    lines = []
    for id_ in [task] if task else feature_state.needs:
        green = read_evidence(space, id_, "green") or read_evidence(space, id_, "check")
        counts = (green or {}).get("run", {}).get("counts") or {}
        told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        lines.append(f"- {id_}: {feature_state.shown(id_)}{f' ({told})' if told else ''}")
    return "\n".join(lines)


def _answer(line: Line, prompt: str) -> dict[str, Any]:
    """The answer, in its schema; sent back once when it is not."""
    for purpose in ("review", "repair"):
        result = line.ask(prompt, purpose, schema=prompts.FINDINGS_SCHEMA)
        answer = json_object(result.text)
        problem = _wrong(answer)
        if not problem and answer is not None:
            return answer
        line.say(f"the review cannot be used: {problem}")
        prompt = prompts.repair([problem], prompts.FINDINGS_SCHEMA)
    log = save_log(line.space, "review-answer.txt", result.text)
    raise ProviderError(f"no review: {problem}", f"the answer is kept in {log}; run it again")


def _wrong(answer: Any) -> str:
    """What keeps an answer from being a review; empty when it is one."""
    from jsonschema import Draft202012Validator

    if answer is None:
        return "it holds no JSON object"
    errors = Draft202012Validator(dict(prompts.FINDINGS_SCHEMA)).iter_errors(answer)
    return next((str(error.message).splitlines()[0][:200] for error in errors), "")


def _placed(found: Sequence[Any], shown: dict[str, list[range]]) -> tuple[Finding, ...]:
    """Findings, the worst first, each with whether its place is in the change."""
    all_ = [
        Finding(
            one["severity"],
            one["file"],
            int(one["line"]),
            " ".join(one["claim"].split()),
            one["check"],
            diffs.is_shown(shown, one["file"], int(one["line"])),
        )
        for one in found
    ]
    return tuple(sorted(all_, key=lambda one: (SEVERITIES.index(one.severity), one.file, one.line)))


def _save(
    line: Line,
    summary: str,
    findings: tuple[Finding, ...],
    task: str,
    left_out: tuple[str, ...],
) -> str:
    last, at = line.calls[-1], stamp(line.kit.now())
    record = {
        "schema": 1,
        "at": at,
        "task": task,
        "summary": summary,
        "findings": [_plain(one) for one in findings],
        "left_out": list(left_out),
        "provider": last.provider,
        "model": last.model,
        "note": line.provider.quirks.note,
        "cost": line.facts(),
    }
    lines = [f"# Review of {line.space.feature}{f' {task}' if task else ''}", "", summary, ""]
    note = line.provider.quirks.note
    lines += [f"By {last.provider} ({last.model}){f': {note}' if note else ''}", ""]
    lines += [f"Not shown to the reviewer: {', '.join(left_out)}", ""] if left_out else []
    for one in findings:
        lines.append(f"- **{one.severity}** `{one.file}:{one.line}` {one.claim}")
        lines += [f"  - check: {one.check}"] if one.check else []
        lines += ["  - unlocated: this place is not in the change"] if not one.located else []
    add_event(line.space, at, "reviewed", task=task, findings=len(findings))
    return save_report(line.space, "reviews", record, "\n".join(lines).rstrip() + "\n")


def _next(subject: Subject, findings: tuple[Finding, ...]) -> str:
    feature, feature_state = subject.space.feature, subject.feature_state
    if any(one.severity == "blocker" for one in findings):
        revise = "--revise " if feature_state else ""
        return f'plan.sh {feature} {revise}"fix the blockers of the last review"'
    if feature_state is None:
        return ""
    return feature_state.next_step() or hints.verify(feature)


def _plain(one: Finding) -> dict[str, Any]:
    return {
        "severity": one.severity,
        "file": one.file,
        "line": one.line,
        "claim": one.claim,
        "check": one.check,
        "located": one.located,
    }


# -- --fix: findings become tasks at the end of the plan, whose text stays as it is


def add_tasks(space: Workspace, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Add a phase with a task for each blocker and each major finding; returns their ids.

    Only located findings in files of a planned task count: others have no tests to prove the fix.
    Raises `NeedsPerson` when the plan cannot be added to by adding lines.
    """
    document = read_document(space)
    number = 1 + sum(str(phase["id"]).startswith("R") for phase in document["phases"])
    tasks = [
        task
        for finding in findings
        if finding.severity in _WORTH_A_TASK and finding.located
        for task in _fixing_tasks(read_plan(space), finding)
    ]
    if not tasks:
        return ()
    for index, task in enumerate(tasks, 1):
        task["id"] = f"R{number}.{index}"
        if index > 1:  # they may share files, so one after the other
            task["needs"] = [*task["needs"], f"R{number}.{index - 1}"]
    ordered = [{"id": task.pop("id"), **task} for task in tasks]
    phase = {"id": f"R{number}", "title": f"Findings of review {number}", "tasks": ordered}
    _append(space, phase)
    return tuple(task["id"] for task in ordered)


def _fixing_tasks(plan: plans.Plan, finding: Finding) -> list[dict[str, Any]]:
    """The task that puts a finding right; none for a file that no task makes."""
    owner = next((one for one in plan.tasks if paths.matches(finding.file, one.files)), None)
    if owner is None or owner.kind != "code":
        return []
    title = finding.claim[:_TITLE_CHARACTERS]
    return [
        {
            "title": title,
            "why": f"{finding.severity} at {finding.file}:{finding.line}: {finding.claim}",
            "needs": [owner.id],
            "files": {"src": list(owner.sources), "tests": list(owner.test_files)},
            "tests": list(owner.tests),
            "done_when": finding.check or title,
        }
    ]


def _append(space: Workspace, phase: dict[str, Any]) -> None:
    """Add the phase as lines, so that comments and order of the plan survive."""
    text = read_plan_text(space).rstrip("\n") + "\n"
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    phases = next(value for key, value in root.value if key.value == "phases")
    indent = " " * phases.start_mark.column
    lines = yaml.safe_dump([phase], sort_keys=False, allow_unicode=True, width=100).splitlines()
    whole = text + "".join(f"{indent}{line}\n" for line in lines)
    document, found = check_text(space, whole)
    wrong = plan_findings.errors(found)
    if wrong or document["phases"][-1]["id"] != phase["id"]:
        reason = wrong[0].message if wrong else "`phases` is not its last part"
        raise NeedsPerson(
            f"the plan cannot be added to: {reason}", f"plan.sh {space.feature} --revise"
        )
    states = {task: one.state for task, one in read_states(space).items()}
    save_plan(space, whole, plans.page(plans.from_document(document), states))
