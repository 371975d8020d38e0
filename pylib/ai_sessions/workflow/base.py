"""Where a feature began: the commit its changes are compared with."""

from ai_sessions import git
from ai_sessions.errors import NotFound
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.evidence import read_evidence
from ai_sessions.workspace.files import Workspace


def parted_from(tree: Tree, name: str) -> str:
    """The commit where the current line and that of `name` parted, else `name` itself.

    Raises `NotFound` when it is no commit.
    """
    commit = tree.commit_id(name)
    return git.merge_base(tree.repo, commit) or commit


def base_of(tree: Tree, feature_state: FeatureState) -> str:
    """The commit before the feature's first one."""
    named = str(feature_state.document.get("base") or "") or git.default_branch(tree.repo)
    if named and named != git.branch(tree.repo) and git.commit_id(tree.repo, named):
        parted = git.merge_base(tree.repo, named)
        if parted and parted != tree.head():
            return parted
    return first_parent(tree, feature_state) or tree.head()


def first_parent(tree: Tree, feature_state: FeatureState) -> str:
    """The commit that the earliest proof of the feature began from; empty when there is none."""
    bases = [
        str(record["base"])
        for task in feature_state.needs
        for step in ("baseline", "check", "waiver")
        if (record := read_evidence(feature_state.workspace, task, step))
        and feature_state.commit_of(task)
    ]
    there = [
        one for one in bases if git.commit_id(tree.repo, one) and git.is_ancestor(tree.repo, one)
    ]
    for one in there:
        if all(git.is_ancestor(tree.repo, one, of=other) for other in there):
            return one
    return next(iter(there), "")


def task_diff(space: Workspace, tree: Tree, task: str) -> str:
    """What the commits of one task changed. Raises `NotFound` before it has any."""
    steps = ("green", "check", "waiver")
    record = next(filter(None, (read_evidence(space, task, step) for step in steps)), None)
    commit = FeatureState(space).commit_of(task)
    if record is None or not commit:
        raise NotFound(
            f"{task} has no commit to review", f"implement.sh {space.feature} --task {task}"
        )
    baseline = read_evidence(space, task, "baseline") or record
    base = str(baseline["base"])
    start = base if git.is_ancestor(tree.repo, base, of=commit) else f"{commit}^"
    return tree.patch(start, commit)
