"""State and evidence of the features that are not worked on: nobody may change them meanwhile.

One command at a time works in a working tree, so whatever is written there is an agent's, or that
of code an agent wrote. Looked at by sizes and times alone, because a repository may have many.
"""

import os
from pathlib import Path

from ai_sessions import git
from ai_sessions.plurals import listed
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.other_features import folders_of_others

_ROOMS = ("state", "evidence")
#: inode, size, times of content and of the entry: the last cannot be set back by a program.
_Mark = tuple[int, int, int, int]


class OtherFeatures:
    """Their records as they are now."""

    def __init__(self, space: Workspace, tree: Tree) -> None:
        self._space = space
        self._tree = tree
        self._seen = tree.snapshot()
        self._marks = self._found()

    def put_back(self) -> list[str]:
        """Make them what they were; what had changed, for people."""
        now = self._found()
        before, self._marks = self._marks, now
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        if not changed:
            return []
        git.restore(self._tree.repo, self._seen, changed, staged=False)
        self._tree.forget()
        self._marks = self._found()
        return [f"put back {listed(changed)} (only ai-sessions writes there)"]

    def accept(self) -> None:
        """Take them as they are now: a person has gone to another commit, which has others."""
        now = self._found()
        if now != self._marks:
            self._seen = self._tree.look()
        self._marks = now

    def _found(self) -> dict[str, _Mark]:
        """Mark by path, relative to the repository."""
        repo = self._tree.repo
        folders = (repo / name for name in folders_of_others(self._space))
        return {
            os.path.relpath(path, repo): mark
            for folder in folders
            if not folder.is_symlink()
            for room in _ROOMS
            for path in (folder / room).rglob("*.json")
            if (mark := _mark(path))
        }


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
