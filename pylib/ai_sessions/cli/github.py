"""What GitHub Actions shows beside a run: annotations at files, and the summary of the job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import controls, money
from ai_sessions.display import columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_sessions.workflow.report import Report
    from ai_sessions.workflow.review import Review

_LEVELS = {"blocker": "error", "major": "warning", "minor": "notice", "nit": "notice"}
_STATUSES = {"failed": "error", "open": "warning", "noted": "notice"}


def annotation(level: str, text: str, *, title: str = "", file: str = "", line: int = 0) -> str:
    """A workflow command. `level`: error, warning or notice; `line` 0: the whole file."""
    facts = {"file": file, "line": str(line) if line else "", "title": title}
    told = ",".join(f"{name}={_property(value)}" for name, value in facts.items() if value)
    return f"::{level}{f' {told}' if told else ''}::{_data(text)}"


def findings(review: Review) -> list[str]:
    """The findings of a review, each at its line."""
    return [
        annotation(
            _LEVELS[one.severity], one.claim, title=one.severity, file=one.file, line=one.line
        )
        for one in review.findings
    ]


def checks(report: Report) -> list[str]:
    """What a verification could not approve of."""
    return [
        annotation(_STATUSES[check.status], check.told, title=check.name)
        for check in report.checks
        if check.status != "ok"
    ]


def summary(environment: Mapping[str, str], markdown: str) -> None:
    """Add to the summary of the job, when there is one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{controls.plain(markdown).rstrip()}\n\n")


def progress(facts: Mapping[str, Any]) -> str:
    """Where a feature stands (the facts of `status`), as Markdown: tasks, states and costs."""
    rows = [
        (one["id"], one["state"], one["title"], one.get("reason") or "", _cost(one))
        for one in facts["tasks"]
    ]
    table = columns.markdown(
        [("task", "state", "title", "", "cost"), *rows], ("state", "title", "")
    )
    return "\n".join([f"# {facts['feature']}", "", table, "", f"Total: {_cost(facts)}"])


def _cost(facts: Mapping[str, Any]) -> str:
    return money.shown(int(facts.get("cost_nusd") or 0), int(facts.get("unknown_costs") or 0))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
