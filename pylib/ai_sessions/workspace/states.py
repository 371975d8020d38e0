"""What our process knows of each task, in `state/`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_sessions.workspace.files import Workspace

    Record = dict[str, Any]


def read_state(space: Workspace, task: str) -> Record:
    """What our process knows of a task; empty before its first run."""
    return space.record("state", f"{task}.json") or {}


def read_states(space: Workspace) -> dict[str, Record]:
    """The state of every task that has one."""
    return {task: read_state(space, task) for task in space.records("state", "")}


def save_state(space: Workspace, task: str, record: Mapping[str, Any]) -> None:
    space.save({"schema": 1, "task": task, **record}, "state", f"{task}.json")
