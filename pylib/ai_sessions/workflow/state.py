"""Where each task of a feature really stands: stored state, checked against evidence and commits.

`done` counts only while the evidence is unchanged and a commit that HEAD contains names its hash.
Light on imports, because `status` is answered on the fast path.
"""

from __future__ import annotations

import json

from ai_sessions import git_files
from ai_sessions.errors import NotFound
from ai_sessions.plan import progress
from ai_sessions.workspace.files import read_cached, save_cached
from ai_sessions.workspace.plan_file import read_document
from ai_sessions.workspace.tasks import (
    TaskState,
    cut_off_calls,
    evidence_hash,
    read_evidence,
    read_states,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from ai_sessions.workflow.tree import Tree
    from ai_sessions.workspace.files import Workspace

_CACHE = "commits.json"
#: The trailer of a commit that names evidence, and what its value begins with.
_TRAILER = "Evidence"
_DIGEST = "sha256:"


class FeatureState:
    """A feature's tasks as they stand. `notes`: what a person should know about it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.document = read_document(workspace)
        self.records = read_states(workspace)
        self.commits = commits(workspace.repo, workspace)
        self.tasks: list[Mapping[str, Any]] = [
            task for phase in self.document["phases"] for task in phase["tasks"]
        ]
        self.needs = {task["id"]: list(task.get("needs") or ()) for task in self.tasks}
        self.notes: list[str] = []
        self.kinds = {task["id"]: task.get("kind") or "code" for task in self.tasks}
        self.states = {task["id"]: self._state(task) for task in self.tasks}
        self.costs = costs(workspace)

    def shown(self, task: str) -> str:
        return progress.shown(task, self.needs, self.states)

    def count(self, state: str) -> int:
        return sum(self.shown(task) == state for task in self.needs)

    @property
    def finished(self) -> bool:
        return all(state in progress.FINISHED for state in self.states.values())

    def next_task(self) -> str:
        return progress.following(self.needs, self.states)

    def commit_of(self, task: str) -> str:
        """The commit that carries a finished task; empty when there is none."""
        return self.commits.get(self.proof_hash(task, self.states[task]), "")

    def proof_hash(self, task: str, state: str) -> str:
        step = proof_of(state, self.kinds[task])
        return evidence_hash(self.workspace, task, step) if step else ""

    def _state(self, task: Mapping[str, Any]) -> str:
        if task.get("state") == "dropped":
            return "dropped"
        record = self.records.get(task["id"]) or TaskState()
        state = record.state or "todo"
        if not proof_of(state, self.kinds[task["id"]]):
            return state
        proof = self.proof_hash(task["id"], state)
        if proof and proof in self.commits:
            return state
        return self._unproven(task["id"], state, bool(proof) and proof == record.proof)

    def _unproven(self, task: str, state: str, intact: bool) -> str:
        """A task that says `done` without the proof: back to where it can be proved again."""
        if intact:
            self.notes.append(f"{task} is proved, but no commit of this branch carries it")
            return "green"
        self.notes.append(f"{task} says {state}, but its evidence is missing or was changed")
        return "red" if evidence_hash(self.workspace, task, "red") else "todo"


def proof_of(state: str, kind: str) -> str:
    """The step whose evidence proves a finished state; empty for a state that needs none."""
    if state == "done":
        return "green" if kind == "code" else "check"
    return "waiver" if state == "waived" else ""


def commits(repo: str, workspace: Workspace) -> dict[str, str]:
    """Commit by the evidence hash its trailer names, over all that HEAD contains."""
    tip = git_files.commit(repo)
    if tip:
        kept = read_cached(workspace, tip, _CACHE)
        if kept is not None:
            return dict(kept)
    found = searched(repo)
    if tip:
        save_cached(workspace, tip, found, _CACHE)
    return found


def searched(repo: str) -> dict[str, str]:
    """The same without the cache, also for another working tree."""
    from pathlib import Path

    from ai_sessions import git

    found = git.trailers(Path(repo), _TRAILER)
    return {value.removeprefix(_DIGEST): commit for value, commit in found.items()}


def has_proof(repo: Path, tip: str, now: str) -> bool:
    """True when a commit that `now` has and `tip` has not names evidence."""
    from ai_sessions import git

    found = git.trailers(repo, _TRAILER, f"{tip}..{now}")
    return any(value.startswith(_DIGEST) for value in found)


def costs(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Nano-dollars and calls without a known price, by task; key "" is the whole feature.

    What a call has cost that was cut off is not known before the next one is made.
    """
    sums: dict[str, tuple[int, int]] = {}
    for event in _calls(workspace, cut_off_calls(workspace).values()):
        for key in {"", str(event.get("task") or "")}:
            known, unknown = sums.get(key, (0, 0))
            cost = event.get("cost_nusd")
            sums[key] = (known + max(cost or 0, 0), unknown + (cost is None))
    return sums


def calls_of(workspace: Workspace, task: str) -> list[Mapping[str, Any]]:
    """The calls for one task in all its runs, in the order they ended."""
    return [event for event in _calls(workspace) if event.get("task") == task]


def _calls(
    workspace: Workspace, cut_off: Iterable[Mapping[str, Any]] = ()
) -> Iterable[Mapping[str, Any]]:
    """Each once: of one that was accounted for twice, because whoever did it was killed meanwhile,
    what is known. `cut_off`: notes of calls that may not be accounted for yet.
    """
    found: dict[object, Mapping[str, Any]] = {}
    for number, event in enumerate(_call_events(workspace)):
        key = event.get("id") or number
        if key not in found or found[key].get("cost_nusd") is None:
            found[key] = event
    for number, note in enumerate(cut_off, len(found)):
        found.setdefault(note.get("call") or number, note)
    return found.values()


def _call_events(workspace: Workspace) -> Iterator[dict[str, Any]]:
    for line in workspace.text("events.jsonl").splitlines():
        if '"call"' not in line:
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue  # a torn last line
        if event.get("event") == "call":
            yield event


def covered(feature_state: FeatureState, item: str) -> Sequence[str]:
    """The tasks that cover an acceptance item, dropped ones left out."""
    return [
        task["id"]
        for task in feature_state.tasks
        if item in (task.get("covers") or ()) and feature_state.states[task["id"]] != "dropped"
    ]


# -- where a feature began: the commit its changes are compared with


def parted_from(tree: Tree, name: str) -> str:
    """The commit where the current line and that of `name` parted, else `name` itself.

    Raises `NotFound` when it is no commit.
    """
    from ai_sessions import git

    commit = tree.commit_id(name)
    return git.merge_base(tree.repo, commit) or commit


def base_of(tree: Tree, feature_state: FeatureState) -> str:
    """The commit before the feature's first one."""
    from ai_sessions import git

    named = str(feature_state.document.get("base") or "") or git.default_branch(tree.repo)
    if named and named != git.branch(tree.repo) and git.commit_id(tree.repo, named):
        parted = git.merge_base(tree.repo, named)
        if parted and parted != tree.head():
            return parted
    return first_parent(tree, feature_state) or tree.head()


def first_parent(tree: Tree, feature_state: FeatureState) -> str:
    """The commit that the earliest proof of the feature began from; empty when there is none."""
    from ai_sessions import git

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
    from ai_sessions import git

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
