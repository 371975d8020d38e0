"""Working trees of tasks that are done at the same time: where they are, and which there are.

They lie outside the repository, where no test tool takes their tests for those of the repository.
What is noted in `worktrees/` says where; it is not committed.
"""

from __future__ import annotations

import hashlib
import os

from ai_sessions import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.workspace.files import Workspace

_FOLDER = "worktrees"
_SUFFIX = ".folder"


def place_for(top: str, space: Workspace, task: str) -> str:
    """Where the working tree of a task is made. `top`: the folder of sessions."""
    project = hashlib.sha256(os.fsencode(os.path.realpath(space.repo))).hexdigest()[:8]
    folder = f"{os.path.basename(space.repo)}-{project}"
    return os.path.join(os.path.abspath(top), ".worktrees", folder, space.feature, task)


def task_tree(space: Workspace, task: str) -> str:
    """The folder of a task's own working tree; empty when it has none that is whole."""
    place = space.text(_FOLDER, task + _SUFFIX).strip("\n")
    return place if place and os.path.isfile(os.path.join(place, ".git")) else ""


def note_tree(space: Workspace, task: str, place: str) -> None:
    """Git has made the working tree of a task; an empty `place`: it is gone."""
    if place:
        space.write(f"{place}\n", _FOLDER, task + _SUFFIX)
    elif space.has(_FOLDER, task + _SUFFIX):
        os.unlink(space.path(_FOLDER, task + _SUFFIX))


def tasks_with_trees(space: Workspace) -> list[str]:
    """The tasks that have a working tree of their own."""
    found = (name.removesuffix(_SUFFIX) for name in space.listed(_FOLDER) if _SUFFIX in name)
    return sorted(name for name in found if names.is_task(name))


def records_of_others(space: Workspace, task: str) -> tuple[str, ...]:
    """State and evidence of the other ones, which their own commits will carry."""
    others = [one for one in tasks_with_trees(space) if one != task]
    states = (space.relative("state", f"{one}.json") for one in others)
    return (*states, *(space.relative("evidence", one) for one in others))
