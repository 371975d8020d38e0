"""Which features and tasks there are, what the others have in hand, and what a slip means."""

from __future__ import annotations

import os
from contextlib import suppress

from ai_sessions import names
from ai_sessions.config import nearest
from ai_sessions.errors import AiSessionsError, NotFound
from ai_sessions.plan.progress import FINISHED
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import read_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sessions.plan.document import Task

#: How alike two names are, from 0 to 1, when one of them is probably a mistake.
_SLIP = 0.9


def features(repo: str, root: str) -> list[str]:
    """The features that have a workspace, by name."""
    try:
        found = os.listdir(os.path.join(repo, root))
    except FileNotFoundError:
        return []
    return sorted(
        name
        for name in found
        if names.is_feature(name) and os.path.isdir(os.path.join(repo, root, name))
    )


def workspace(repo: str, root: str, feature: str) -> Workspace:
    """The workspace of a feature that exists.

    Raises `UsageError` for what is no name and `NotFound` with the nearest feature.
    """
    found = Workspace(repo, root, names.feature(feature))
    if found.exists():
        return found
    need_not_deleted(found)
    near = nearest(feature, features(repo, root))
    hint = f"did you mean {near}? else: " if near else ""
    raise NotFound(f"no such feature: {feature}", f'{hint}plan.sh {feature} "what to build"')


def need_not_deleted(space: Workspace, otherwise: str = "") -> None:
    """Raises `NotFound` for a feature that is gone from the working tree while HEAD has it.

    `otherwise`: what to do for who does not want it back.
    """
    if not space.exists() and (folder := _deleted(space)):
        more = f"; {otherwise}" if otherwise else ""
        hint = f"HEAD has it: git checkout HEAD -- {folder}{more}"
        raise NotFound(f"no such feature: {space.feature}", hint)


def need_new(space: Workspace) -> None:
    """Raises `NotFound` for a feature that was deleted and is about to be laid out once more: its
    plan, evidence and costs are still in HEAD.
    """
    need_not_deleted(space, "to begin it anew, commit that it is gone")


def _deleted(space: Workspace) -> str:
    """The folder to bring back when a feature is gone from the working tree, and HEAD has it."""
    from pathlib import Path

    from ai_sessions import git

    folder = space.root if not os.path.isdir(os.path.join(space.repo, space.root)) else ""
    with suppress(AiSessionsError):
        if git.content_at(Path(space.repo), "HEAD", space.relative("plan.yaml")) is not None:
            return folder or f"{space.root}/{space.feature}"
    return ""


def mistyped(repo: str, root: str, feature: str) -> str:
    """The feature that `feature` is a slip of the finger for; empty when it is a name of its own.

    Names that differ in their numbers alone are several features: `step-1`, `step-2`.
    """
    from difflib import SequenceMatcher

    def letters(name: str) -> str:
        return "".join(letter for letter in name if not letter.isdigit())

    for known in features(repo, root):
        alike = SequenceMatcher(None, feature, known).ratio() >= _SLIP
        if alike and letters(feature) != letters(known):
            return known
    return ""


def unknown_task(task: str, known: Sequence[str], feature: str) -> NotFound:
    """The error for a task that the plan does not have, with the nearest ids."""
    from difflib import get_close_matches

    near = get_close_matches(task.upper(), known, 3, 0.5) or list(known)[:3]
    return NotFound(f"{feature} has no task {task}", f"nearest: {', '.join(near)}")


def unfinished(space: Workspace) -> list[tuple[Workspace, Task]]:
    """The unfinished tasks of other features; of a plan that cannot be read: none."""
    from ai_sessions.workspace.plan_file import read_plan

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
    return not task.dropped and read_state(space, task.id).state not in FINISHED
