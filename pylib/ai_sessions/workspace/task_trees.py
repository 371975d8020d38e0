"""Working trees of tasks that are done at the same time, in `worktrees/`; not committed."""

from __future__ import annotations

from ai_sessions import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.workspace.files import Workspace

FOLDER = "worktrees"


def task_tree(space: Workspace, task: str) -> str:
    """The folder of a task's own working tree, there or not."""
    return space.path(FOLDER, task)


def tasks_with_trees(space: Workspace) -> list[str]:
    """The tasks that have a working tree of their own."""
    return sorted(name for name in space.listed(FOLDER) if names.is_task(name))


def records_of_others(space: Workspace, task: str) -> tuple[str, ...]:
    """State and evidence of the other ones, which their own commits will carry."""
    others = [one for one in tasks_with_trees(space) if one != task]
    states = (space.relative("state", f"{one}.json") for one in others)
    return (*states, *(space.relative("evidence", one) for one in others))
