"""Where each task of a feature really stands: stored state, checked against evidence and commits.

`done` counts only while the evidence is unchanged and a commit that HEAD contains carries it.
Light on imports, because `status` is answered on the fast path.
"""

from __future__ import annotations

import json

from ai_sessions.errors import NotFound
from ai_sessions.plan import progress
from ai_sessions.workflow import hints
from ai_sessions.workflow.carriers import Carriers
from ai_sessions.workspace.plan_file import read_document
from ai_sessions.workspace.tasks import (
    TaskState,
    cut_off_calls,
    evidence_hash,
    read_evidence,
    read_run,
    read_states,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ai_sessions.workflow.tree import Tree
    from ai_sessions.workspace.files import Workspace


class FeatureState:
    """A feature's tasks as they stand. `notes`: what a person should know about it. `to_prove`: of
    them those about finished tasks that no commit carries, which can be proved again without a
    call, by task.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.document = read_document(workspace)
        self.records = read_states(workspace)
        self.tasks: list[Mapping[str, Any]] = [
            task for phase in self.document["phases"] for task in phase["tasks"]
        ]
        self.needs = {task["id"]: list(task.get("needs") or ()) for task in self.tasks}
        tests = {task["id"]: (task.get("files") or {}).get("tests") or () for task in self.tasks}
        self._carriers = Carriers(workspace, tests)
        self.commits = self._carriers.named
        self.to_prove: dict[str, str] = {}
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

    def next_step(self) -> str:
        """The command for what comes next, what costs nothing first; empty: nothing is ready."""
        feature, task = self.workspace.feature, self.next_task()
        if self.to_prove:
            return hints.prove(feature)
        return hints.implement(feature, task) if task else ""

    def commit_of(self, task: str) -> str:
        """The commit that carries a finished task; empty when there is none."""
        step = proof_of(self.states[task], self.kinds[task])
        return self._carriers.of(task, step) if step else ""

    def proof_hash(self, task: str, state: str) -> str:
        step = proof_of(state, self.kinds[task])
        return evidence_hash(self.workspace, task, step) if step else ""

    def is_finished_by(self, task: str, commit: str) -> None:
        """Let `commit` carry what is to be proved, for this process: its checks are to come."""
        state = self.records[task].state
        self._carriers.take(task, proof_of(state, self.kinds[task]), commit)
        self.states[task] = state
        self.notes.remove(self.to_prove.pop(task))

    def _state(self, task: Mapping[str, Any]) -> str:
        id_ = task["id"]
        if task.get("state") == "dropped":
            return "dropped"
        record = self.records.get(id_) or TaskState()
        state = record.state or "todo"
        step = proof_of(state, self.kinds[id_])
        if not step or self._carriers.of(id_, step):
            return state
        return self._unproven(id_, state, step, self.proof_hash(id_, state) == record.proof)

    def _unproven(self, task: str, state: str, step: str, intact: bool) -> str:
        """A task that says `done` without the proof: back to where it can be proved again."""
        reverted_by = self._carriers.reverted_by(task, step)
        if intact and not reverted_by and evidence_hash(self.workspace, task, step):
            return self._uncarried(task, step)
        why = (
            f"was reverted by commit {reverted_by[:7]}"
            if reverted_by
            else f"says {state}, but its evidence is missing or was changed"
        )
        self.notes.append(f"{task} {why}")
        return "red" if evidence_hash(self.workspace, task, "red") else "todo"

    def _uncarried(self, task: str, step: str) -> str:
        """Whoever was stopped right before the commit goes on there; else it is proved again."""
        if read_run(self.workspace, task):
            self.notes.append(f"{task} is proved, but not committed")
            return "green"
        why = self._carriers.why_none(task, step)
        again = f"prove it again, at no cost: {hints.prove(self.workspace.feature)}"
        self.to_prove[task] = f"{task} was proved, but {why}; {again}"
        self.notes.append(self.to_prove[task])
        return "green"


def proof_of(state: str, kind: str) -> str:
    """The step whose evidence proves a finished state; empty for a state that needs none."""
    if state == "done":
        return "green" if kind == "code" else "check"
    return "waiver" if state == "waived" else ""


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


def calls_since(workspace: Workspace, at: str) -> list[Mapping[str, Any]]:
    """The calls that were made since a time, RFC 3339 UTC."""
    return [event for event in _calls(workspace) if str(event.get("at")) >= at]


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
