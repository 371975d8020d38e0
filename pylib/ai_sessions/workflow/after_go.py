"""After GO: what of the workspace is in no commit yet, how it is committed, and what comes next."""

import shlex
import shutil
from collections.abc import Mapping, Sequence

from ai_sessions import git
from ai_sessions.workflow import hints
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace

#: What reviews and verifications write; the rest of the workspace is for people to edit.
_WRITTEN = ("reviews/", "verify/", "events.jsonl")


def uncommitted(space: Workspace, tree: Tree) -> tuple[str, ...]:
    """Files of reviews and verifications that no commit has as they are."""
    changed = git.changed_between(tree.repo, tree.head(), tree.snapshot())
    return tuple(name for name in changed if is_report(space, name))


def is_report(space: Workspace, name: str) -> bool:
    """True for a file that reviews and verifications of the feature write."""
    return name.startswith(tuple(f"{space.relative()}/{one}" for one in _WRITTEN))


def told(space: Workspace, names: Sequence[str]) -> str:
    """What lies there, for people; empty when it is nothing."""
    if not names:
        return ""
    parts = ", ".join(_parts(space, names))
    return f"not committed, so their cost is forgotten when they are discarded: {parts}"


def _parts(space: Workspace, names: Sequence[str]) -> list[str]:
    """Folders and files of the workspace, as seen from the repository."""
    start = f"{space.relative()}/"
    found = {name.removeprefix(start).partition("/")[0] for name in names}
    return [f"{start}{part}" for part in sorted(found)]


def commit(space: Workspace, tree: Tree) -> str:
    """Commit these files and nothing else; empty when there is nothing to commit.

    Hooks run and commits are signed as ever. Raises what `git.commit` raises.
    """
    names = uncommitted(space, tree)
    subject = f"docs({space.feature}): review and verify"
    trailers = {"Feature": space.feature}
    return git.commit(tree.repo, names, subject, trailers, tree.environ) if names else ""


def next_command(space: Workspace, tree: Tree, environ: Mapping[str, str]) -> str:
    """Commit what lies there, then push, or ask for a pull request where `gh` can."""
    steps = []
    if parts := _parts(space, uncommitted(space, tree)):
        words = shlex.join(parts)
        message = shlex.quote(f"Review and verify {space.feature}")
        steps += [f"git add {words}", f"git commit -m {message} -- {words}"]
    if git.remotes(tree.repo):
        branch = git.branch(tree.repo)
        is_own = bool(branch) and branch != git.default_branch(tree.repo)
        steps.append("git push -u origin HEAD" if is_own else "git push")
        if is_own and shutil.which("gh", path=environ.get("PATH")):
            steps.append("gh pr create --fill")
    return " && ".join(steps) or hints.stats()
