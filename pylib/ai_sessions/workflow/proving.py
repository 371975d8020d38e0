"""Proving finished tasks again whose commits are gone: after a squash, an amended commit, a rebase.

Evidence and work are still there, so no model is needed: the tests pass at HEAD, and they fail with
the version of the changed files that was there before the work.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions import git
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import counted
from ai_sessions.workflow import hints, status
from ai_sessions.workflow.report import (
    EXIT_CODES,
    Check,
    next_command,
    plain,
    uncommitted,
    verdict_of,
)
from ai_sessions.workflow.state import FeatureState, proof_of
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import evidence_hash, read_evidence, save_evidence


@dataclass(frozen=True, slots=True)
class Proved:
    """What came of proving tasks again. `tasks`: those that are done now."""

    feature: str
    commit: str
    checks: tuple[Check, ...]
    tasks: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[verdict_of(self.checks, strict=False)] if self.checks else 0

    def lines(self, mark: Callable[[str], str] = str) -> list[str]:
        """For people: the answer first. `mark`: gives the words that judge a colour."""
        told = f"{counted(len(self.tasks), 'task')} proved again, no model was asked"
        if not self.checks:
            told = "nothing to prove again"
        return [
            f"{self.feature}: {told}",
            *(f"  {check.shown(mark)}" for check in self.checks),
            *(f"  note: {note}" for note in self.notes),
        ]

    def facts(self) -> dict[str, Any]:
        return {
            "feature": self.feature,
            "commit": self.commit,
            "proved": list(self.tasks),
            "checks": [plain(check) for check in self.checks],
            "notes": list(self.notes),
        }


def following(space: Workspace, proved: Proved, environ: Mapping[str, str]) -> str:
    """What to type when tasks have been proved again: commit that, or what the feature needs.
    Empty where a person has to look first.
    """
    if proved.exit_code:
        return ""
    tree = Tree(Path(space.repo), space.root)
    if any(name.endswith("/again.json") for name in uncommitted(space, tree)):
        return next_command(space, tree, environ)
    return status.next_command(FeatureState(space))


def not_committed(task: str) -> Check:
    """What is said of a task whose evidence HEAD does not have."""
    return Check(f"{task} committed", "open", "HEAD does not have its evidence: commit it first")


def anew(space: Workspace, task: str) -> str:
    """What is to be done about a task that could not be proved again."""
    rm = f"rm {space.relative('state', task)}.json; {hints.implement(space.feature, task)}"
    return f"{task}: put it right, commit, and prove it again; or do it anew, with paid calls: {rm}"


def adopt(feature_state: FeatureState, commit: str) -> dict[str, str]:
    """Let the tasks that are to be proved again count as finished in a checkout of `commit`, for
    their checks; returns by task the commit that carries its work.
    """
    found = {task: carrier(feature_state, task, commit) for task in feature_state.to_prove}
    for task, carried_by in found.items():
        feature_state.is_finished_by(task, carried_by)
    return found


def carrier(feature_state: FeatureState, task: str, commit: str) -> str:
    """The commit that brought the evidence of a task in; where evidence is in no commit, its work.
    `commit`: the one to search from.
    """
    space, repo = feature_state.workspace, Path(feature_state.workspace.repo)
    step = proof_of(feature_state.records[task].state, feature_state.kinds[task])
    changed = (read_evidence(space, task, step) or {}).get("changed") or {}
    file = space.relative("evidence", task, f"{step}.json")
    return git.last_change(repo, [file], commit) or git.last_change(repo, list(changed), commit)


def without_the_work(repo: Path, commit: str, carried_by: str, green: Mapping[str, Any]) -> str:
    """A commit that is `commit` with what the work has changed as it was before; empty when that is
    not known here. `green`: the evidence of the work.
    """
    changed = green.get("changed") or {}
    kept = green.get("before") or {}
    if not changed:  # nothing to take away, so the tests pass without the work
        return commit
    moved = _moved(repo, commit, carried_by, changed)
    now = git.entries_at(repo, commit, [*changed, *moved])
    then = _before_commit(repo, carried_by, list(changed))
    # what the task itself has replaced says most, where nobody has changed these files since
    first, second = (kept, then) if _is_last(repo, commit, changed) else (then, kept)
    for known in filter(None, (first, second)):
        entries = {**known, **dict.fromkeys(moved, "")}
        if entries != now and (tree := git.with_entries(repo, commit, entries)):
            return git.loose_commit(repo, tree, commit)
    return ""


def _moved(repo: Path, commit: str, carried_by: str, changed: Mapping[str, str]) -> list[str]:
    """Files of `commit` that the work has become which is not where it was made: those with its
    content that came with `carried_by` or since.
    """
    there = git.entries_at(repo, commit, list(changed))
    gone = {digest for name, digest in changed.items() if digest and not there[name]}
    start = git.commit_id(repo, f"{carried_by}^") or git.empty_tree(repo)
    if not gone:
        return []
    new = git.changed_between(repo, start, commit)
    return [name for name, digest in _digests(repo, commit, new).items() if digest in gone]


def _is_last(repo: Path, commit: str, changed: Mapping[str, str]) -> bool:
    """True when these files are still as the work has left them."""
    now = _digests(repo, commit, list(changed))
    return all(now.get(name, "") == digest for name, digest in changed.items())


def _digests(repo: Path, commit: str, names: Sequence[str]) -> dict[str, str]:
    """The hashes of those of these files that a commit has, as evidence has them."""
    import hashlib

    there = git.contents_at(repo, commit, names)
    return {name: hashlib.sha256(content).hexdigest() for name, content in there.items()}


def _before_commit(repo: Path, commit: str, names: Sequence[str]) -> dict[str, str]:
    """The entries of these files before a commit; none in a shallow clone that begins with it."""
    parent = git.commit_id(repo, f"{commit}^")
    if parent:
        return git.entries_at(repo, parent, names)
    return {} if git.is_shallow(repo) else dict.fromkeys(names, "")


def save(space: Workspace, task: str, step: str, commit: str, facts: Mapping[str, Any]) -> bool:
    """Keep that the evidence of a step is carried by `commit`; False when the evidence is not here.

    `facts`: what was seen when it was proved again.
    """
    proof = evidence_hash(space, task, step)
    if not proof or proof != facts["proof"]:
        return False
    save_evidence(space, task, "again", {"commit": commit, **facts})
    return True
