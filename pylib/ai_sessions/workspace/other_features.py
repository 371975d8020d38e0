"""What the other features of the repository have in hand: their tasks that are not finished."""

from __future__ import annotations

from contextlib import suppress

from ai_sessions.errors import AiSessionsError
from ai_sessions.plan.progress import FINISHED
from ai_sessions.workspace.features import features
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_plan
from ai_sessions.workspace.tasks import read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.plan.document import Task


def unfinished(space: Workspace) -> list[tuple[Workspace, Task]]:
    """The unfinished tasks of other features; of a plan that cannot be read: none."""
    found: list[tuple[Workspace, Task]] = []
    for name in features(space.repo, space.root):
        other = Workspace(space.repo, space.root, name)
        if name == space.feature:
            continue
        with suppress(AiSessionsError):
            found += [(other, task) for task in read_plan(other).tasks if _is_open(other, task)]
    return found


def folders_of_others(space: Workspace) -> tuple[str, ...]:
    """Where they are, as seen from the repository."""
    names = features(space.repo, space.root)
    return tuple(f"{space.root}/{name}" for name in names if name != space.feature)


def _is_open(space: Workspace, task: Task) -> bool:
    return not task.dropped and read_state(space, task.id).get("state") not in FINISHED
