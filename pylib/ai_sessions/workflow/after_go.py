"""After GO: what of the workspace is in no commit yet, how it is committed, and what comes next."""

import shlex
import shutil
from collections.abc import Mapping, Sequence

from ai_sessions import git
from ai_sessions.errors import AiSessionsError
from ai_sessions.workflow import hints
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace

#: What reviews and verifications write; the rest of the workspace is for people to edit.
_WRITTEN = ("reviews/", "verify/", "events.jsonl")


def uncommitted(space: Workspace, tree: Tree) -> tuple[str, ...]:
    """Files of reviews and verifications that no commit has as they are."""
    changed = git.changed_between(tree.repo, tree.head(), tree.look())
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

    Hooks run and commits are signed as ever. Raises what `git.commit` raises, and leaves nothing
    staged then, so that no later commit of a person takes our files along.
    """
    names = uncommitted(space, tree)
    if not names:
        return ""
    subject = f"docs({space.feature}): review and verify"
    try:
        return git.commit(tree.repo, names, subject, {"Feature": space.feature}, tree.environ)
    except AiSessionsError:
        git.unstage(tree.repo, names)
        raise


def next_command(space: Workspace, tree: Tree, environ: Mapping[str, str]) -> str:
    """Commit what lies there, then push, or ask for a pull request where `gh` can."""
    steps = []
    if parts := _parts(space, uncommitted(space, tree)):
        words = shlex.join(parts)
        message = shlex.quote(f"Review and verify {space.feature}")
        steps += [f"git add {words}", f"git commit -m {message} -- {words}"]
    steps += _push(tree, environ)
    return " && ".join(steps) or hints.stats()


def _push(tree: Tree, environ: Mapping[str, str]) -> list[str]:
    """Commands that work as they stand: also on a branch that no remote has yet."""
    branch, remotes = git.branch(tree.repo), git.remotes(tree.repo)
    if not branch or not remotes:
        return []
    _remote, followed = git.upstream(tree.repo)
    target = "origin" if "origin" in remotes else remotes[0]
    steps = ["git push" if followed == branch else f"git push -u {shlex.quote(target)} HEAD"]
    is_own = branch != git.default_branch(tree.repo)
    if is_own and shutil.which("gh", path=environ.get("PATH")):
        steps.append("gh pr create --fill")
    return steps
