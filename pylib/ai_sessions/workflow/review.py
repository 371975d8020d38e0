"""`review`: findings about a change, from a model that did not write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_sessions import diffs, git
from ai_sessions.dialogue import prompts
from ai_sessions.dialogue.answers import json_object
from ai_sessions.errors import NotFound, ProviderError, UsageError
from ai_sessions.features import Workspace, unknown_task
from ai_sessions.plan import document as plans
from ai_sessions.records import stamp
from ai_sessions.workflow import hints
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.since import base_of, task_diff
from ai_sessions.workflow.standing import Standing
from ai_sessions.workflow.tree import Tree

SEVERITIES = ("blocker", "major", "minor", "nit")


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
    """What a reviewer found. `file`: where it is kept, from the repository."""

    summary: str
    findings: tuple[Finding, ...]
    provider: str
    model: str
    file: str
    next: str

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
        }


def review(
    line: Line, *, task: str = "", base: str = "", files: Sequence[str] = (), focus: str = ""
) -> Review:
    """Ask for findings about a task, or all changes since `base`, or some files of them.

    Raises `NotFound` when there is nothing to review, `ProviderError` for an answer that cannot be
    used even after it was sent back once.
    """
    standing = Standing(line.space)
    prompt, patch = _prompt(standing, task, base, files, focus)
    line.task = task
    answer = _answer(line, prompt)
    findings = _placed(answer["findings"], diffs.shown_lines(patch))
    last = line.calls[-1]
    file = _save(line, answer["summary"], findings, task)
    following = _next(standing, findings)
    return Review(answer["summary"], findings, last.provider, last.model, file, following)


def dry(
    space: Workspace, *, task: str = "", base: str = "", files: Sequence[str] = (), focus: str = ""
) -> str:
    """The prompt that `review` would send. Raises `NotFound` as it does."""
    return _prompt(Standing(space), task, base, files, focus)[0]


def _prompt(
    standing: Standing, task: str, base: str, files: Sequence[str], focus: str
) -> tuple[str, str]:
    """What to ask, and the change it is about."""
    space = standing.workspace
    plan = plans.from_document(standing.document)
    chosen = plan.task(task) if task else None
    if task and chosen is None:
        raise unknown_task(task, list(standing.needs), space.feature)
    patch = _patch(Tree(Path(space.repo), space.root), standing, task, base, files)
    return prompts.review(plan, chosen, patch, _evidence(space, standing, task), focus), patch


def _patch(tree: Tree, standing: Standing, task: str, base: str, files: Sequence[str]) -> str:
    if task and base:
        raise UsageError("--task and --base exclude each other")
    if task:
        patch = task_diff(standing.workspace, tree, task)
    else:
        start = base_of(tree, standing, base)
        names = tree.changed(start)
        unknown = [name for name in files if not any(_is_in(one, name) for one in names)]
        if unknown:
            raise NotFound(f"{unknown[0]} has no changes since {start[:7]}", "name changed files")
        wanted = [one for one in names if not files or any(_is_in(one, name) for name in files)]
        patch = git.diff(tree.repo, start, tree.snapshot(), wanted) if wanted else ""
    if not patch.strip():
        feature = standing.workspace.feature
        following = standing.next_task()
        hint = hints.implement(feature, following) if following else "name another --base"
        raise NotFound(f"nothing to review: {feature} has no changes", hint)
    return patch


def _is_in(path: str, name: str) -> bool:
    name = name.removeprefix("./").rstrip("/")
    return path == name or path.startswith(f"{name}/") or name == "."


def _evidence(space: Workspace, standing: Standing, task: str) -> str:
    """What our own runs said, a line a task."""
    lines = []
    for id_ in [task] if task else standing.needs:
        green = space.evidence(id_, "green") or space.evidence(id_, "check")
        counts = (green or {}).get("run", {}).get("counts") or {}
        told = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        lines.append(f"- {id_}: {standing.shown(id_)}{f' ({told})' if told else ''}")
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
    log = line.space.log("review-answer.txt", result.text)
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


def _save(line: Line, summary: str, findings: tuple[Finding, ...], task: str) -> str:
    last, at = line.calls[-1], stamp(line.kit.now())
    record = {
        "schema": 1,
        "at": at,
        "task": task,
        "summary": summary,
        "findings": [_plain(one) for one in findings],
        "provider": last.provider,
        "model": last.model,
        "note": line.provider.quirks.note,
        "cost": line.facts(),
    }
    lines = [f"# Review of {line.space.feature}{f' {task}' if task else ''}", "", summary, ""]
    note = line.provider.quirks.note
    lines += [f"By {last.provider} ({last.model}){f': {note}' if note else ''}", ""]
    for one in findings:
        lines.append(f"- **{one.severity}** `{one.file}:{one.line}` {one.claim}")
        lines += [f"  - check: {one.check}"] if one.check else []
        lines += ["  - unlocated: this place is not in the change"] if not one.located else []
    line.space.event(at, "reviewed", task=task, findings=len(findings))
    return line.space.save_report("reviews", record, "\n".join(lines).rstrip() + "\n")


def _next(standing: Standing, findings: tuple[Finding, ...]) -> str:
    feature = standing.workspace.feature
    if any(one.severity == "blocker" for one in findings):
        return f'plan.sh {feature} --revise "fix the blockers of the last review"'
    task = standing.next_task()
    return hints.implement(feature, task) if task else hints.verify(feature)


def _plain(one: Finding) -> dict[str, Any]:
    return {
        "severity": one.severity,
        "file": one.file,
        "line": one.line,
        "claim": one.claim,
        "check": one.check,
        "located": one.located,
    }
