"""What an agent may not touch during a call: our state and evidence, and which branch it is on.

State and evidence are put back. The plan is for people and models to edit, so a change of it is
told and stays.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_sessions import head
from ai_sessions.disk import files
from ai_sessions.errors import NeedsPerson
from ai_sessions.workflow import hints
from ai_sessions.workflow.work import Work

_LISTED = 3


@contextmanager
def guarded(work: Work) -> Iterator[None]:
    """Hold the workspace for the length of a call of a task's agent.

    Raises `NeedsPerson` when the agent has gone to another branch.
    """
    before, plan = _content(work), work.space.text("plan.yaml")
    branch = head.branch(str(work.tree.repo))
    try:
        yield
        _need_branch(work, branch)
    finally:
        _put_back(work, before)
        if work.space.text("plan.yaml") != plan:
            told = "plan.yaml changed while the agent was at work; is that what you want?"
            work.warn([f"{work.task.id}: {told}"])


def _need_branch(work: Work, branch: str) -> None:
    now = head.branch(str(work.tree.repo))
    if now != branch:
        told = f"the agent left {_shown(branch)} for {now or 'a detached HEAD'}"
        again = hints.implement(work.space.feature, work.task.id)
        back = f"git switch {branch or '--detach ' + work.began}"
        raise NeedsPerson(f"{work.task.id}: {told}", f"{back}; {again}")


def _shown(branch: str) -> str:
    return f"branch {branch}" if branch else "a detached HEAD"


def _put_back(work: Work, before: dict[str, bytes]) -> None:
    now = _content(work)
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    for name in changed:
        path = work.space.path(name)
        with files.reported(path):
            if name in before:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                files.replace(path, before[name], mode=0o644)
            else:
                os.unlink(path)
    if changed:
        more = f" and {len(changed) - _LISTED} more" if len(changed) > _LISTED else ""
        shown = ", ".join(changed[:_LISTED])
        work.warn([f"{work.task.id}: put back {shown}{more} (only ai-sessions writes there)"])


def _content(work: Work) -> dict[str, bytes]:
    """State and evidence by name, of those tasks alone that nobody else may be at work on."""
    top = Path(work.space.folder)
    is_beside = work.tree.repo != Path(work.space.repo)
    folders = (top / "state", top / "evidence")
    found = (path for folder in folders for path in folder.rglob("*.json"))  # no drafts of others
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in found
        if path.is_file()
        and (_task(path) == work.task.id if is_beside else _task(path) not in work.options.beside)
    }


def _task(path: Path) -> str:
    """The task a file of `state/` or `evidence/` is about."""
    return path.parent.name if path.parent.parent.name == "evidence" else path.stem
