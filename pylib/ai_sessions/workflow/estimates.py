"""The estimate of a task, made before its first call and kept in the history of its feature."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ai_sessions.accounting.estimates import Estimate, estimated
from ai_sessions.workflow.state import calls_of, costs
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.features import features
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.states import read_states

_EVENT = "estimate"


def earlier(space: Workspace) -> Estimate | None:
    """From the tasks of all features of this repository that are done and whose cost is known."""
    return estimated(_costs(space))


def kept(space: Workspace, task: str) -> Estimate | None:
    """The estimate that was made before the task's first call; None when there was none."""
    for line in space.text("events.jsonl").splitlines():
        if f'"{_EVENT}"' not in line:
            continue
        try:
            event = json.loads(line)
            if event["event"] == _EVENT and event["task"] == task:
                return Estimate(int(event["nusd"]), int(event["tasks"]))
        except (ValueError, TypeError, KeyError):
            continue  # a torn last line
    return None


def make(space: Workspace, task: str, at: str) -> Estimate | None:
    """Keep an estimate for a task without a call; None for others, and where none can be made."""
    if kept(space, task) or calls_of(space, task):
        return None
    made = earlier(space)
    if made:
        add_event(space, at, _EVENT, task=task, nusd=made.nusd, tasks=made.tasks)
    return made


def _costs(space: Workspace) -> Iterator[int]:
    for feature in features(space.repo, space.root):
        other = Workspace(space.repo, space.root, feature)
        paid = costs(other)
        for task, record in read_states(other).items():
            known, unknown = paid.get(task, (0, 1))
            if record.get("state") == "done" and not unknown:
                yield known
