"""`review --fix`: findings become tasks at the end of the plan, whose text stays as it is."""

from collections.abc import Sequence
from typing import Any

import yaml

from ai_sessions.errors import NeedsPerson
from ai_sessions.plan import document as plans
from ai_sessions.plan import findings as plan_findings
from ai_sessions.plan import paths
from ai_sessions.workflow.review import Finding
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import (
    check_text,
    read_document,
    read_plan,
    read_plan_text,
    save_plan,
)
from ai_sessions.workspace.states import read_states

_WORTH = ("blocker", "major")
_TITLE_CHARACTERS = 70


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
        if finding.severity in _WORTH and finding.located
        for task in _tasks(read_plan(space), finding)
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


def _tasks(plan: plans.Plan, finding: Finding) -> list[dict[str, Any]]:
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
    states = {task: str(one.get("state")) for task, one in read_states(space).items()}
    save_plan(space, whole, plans.page(plans.from_document(document), states))
