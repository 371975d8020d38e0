"""What is on record of each task: its state, its evidence, and what of it is under way."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress

from ai_sessions.disk import files
from ai_sessions.errors import UsageError
from ai_sessions.workspace.files import MOST_BYTES, as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ai_sessions.workspace.files import Workspace

    Record = dict[str, Any]

#: How a record begins that nobody has laid out in another way.
_OURS = b'{\n "schema"'
#: The parts of a task's proof, in the order they come about.
EVIDENCE = ("baseline", "red", "green", "suite", "check", "waiver", "again")


# -- state: what our process knows of a task, in `state/`


class TaskState:
    """What our process knows of a task. `state`: empty before its first run."""

    __slots__ = (
        *("answers", "at", "frozen", "paths", "proof", "question", "reason", "red", "red_paths"),
        *("state", "tests"),
    )

    def __init__(
        self,
        state: str = "",
        *,
        at: str = "",
        reason: str = "",
        question: str = "",
        answers: Sequence[Mapping[str, str]] = (),
        frozen: Mapping[str, str] | None = None,
        red: str = "",
        red_paths: Sequence[str] = (),
        proof: str = "",
        tests: int = 0,
        paths: Sequence[str] = (),
    ) -> None:
        """`at`: when it came to be so. `question`: what the agent asks, and `answers`: what people
        have decided so far. `frozen`: digest by path of what may not change after red. `red` and
        `proof`: hashes of the evidence; `red_paths` and `paths`: what changed at red and after it.
        `tests`: how many passed.
        """
        self.state, self.at, self.reason, self.question = state, at, reason, question
        self.answers, self.frozen = list(answers), dict(frozen or {})
        self.red, self.red_paths = red, list(red_paths)
        self.proof, self.tests, self.paths = proof, tests, list(paths)

    def record(self) -> Record:
        """Its fields as JSON, those left out that say nothing."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    def copy(self) -> TaskState:
        return TaskState(**self.record())


_STATE_FIELDS = {
    **dict.fromkeys(("state", "at", "reason", "question", "red", "proof"), str),
    **dict.fromkeys(("answers", "red_paths", "paths"), list),
    **{"frozen": dict, "tests": int},
}


def read_state(space: Workspace, task: str) -> TaskState:
    """What our process knows of a task; a new one before its first run."""
    return TaskState(**_known(space.record("state", f"{task}.json"), _STATE_FIELDS))


def read_states(space: Workspace) -> dict[str, TaskState]:
    """The state of every task that has one."""
    return {task: read_state(space, task) for task in space.records("state", "")}


def save_state(space: Workspace, task: str, state: TaskState) -> None:
    space.save({"schema": 1, "task": task, **state.record()}, "state", f"{task}.json")


def _known(record: object, fields: Mapping[str, type]) -> Record:
    """The fields of a record that are known and of their type: others wrote here, or an earlier
    version of ours.
    """
    given = record if isinstance(record, dict) else {}
    return {name: given[name] for name, kind in fields.items() if isinstance(given.get(name), kind)}


# -- evidence: what our process saw at each step, the proof that a task is done


def read_evidence(space: Workspace, task: str, step: str) -> Record | None:
    """What was seen at a step of a task; None when that step was not reached."""
    return space.record("evidence", task, f"{step}.json")


def save_evidence(space: Workspace, task: str, step: str, record: Mapping[str, Any]) -> str:
    """Returns the SHA-256 that ties the evidence to its commit."""
    return space.save({"schema": 1, "task": task, "step": step, **record}, *_proof(task, step))


def evidence_hash(space: Workspace, task: str, step: str) -> str:
    """SHA-256 of an evidence file; empty when there is none.

    As it was written, also where a checkout has converted its line ends, or a hook has laid its
    JSON out in another way.
    """
    try:
        data = files.read_bytes(space.path(*_proof(task, step)), MOST_BYTES)
    except (OSError, ValueError):
        return ""
    written = data.replace(b"\r\n", b"\n")
    if not written.startswith(_OURS):
        with suppress(ValueError):
            written = as_json(json.loads(written))
    return hashlib.sha256(written).hexdigest()


def _proof(task: str, step: str) -> tuple[str, ...]:
    if step not in EVIDENCE:
        raise UsageError(f"no such evidence: {step}")
    return "evidence", task, f"{step}.json"


# -- runs and calls that are under way or were cut off, as this machine knows them, in `cache/`


class RunNote:
    """How far a run of a task has come, for one that goes on after it."""

    __slots__ = (
        *("answered", "base", "before", "branch", "brought", "pid", "step", "trial", "wrote"),
    )

    def __init__(
        self,
        step: str = "",
        *,
        base: str = "",
        before: str = "",
        answered: bool = False,
        brought: bool = False,
        branch: str = "",
        wrote: Mapping[str, str] | None = None,
        trial: tuple[str, Sequence[str]] | None = None,
        pid: int = 0,
    ) -> None:
        """`base`: the commit the task began from; `before`: the tree its step began from.
        `answered`: the agent has finished its part. `brought`: what is there was proved in a tree
        of its own. `branch`: where it ran; empty when HEAD was detached. `wrote`: digest by path of
        what the agent is known to have written outside the task. `trial`: the tree that has the
        work, and its files, while the tests are tried without it.
        """
        self.step, self.base, self.before = step, base, before
        self.answered, self.brought, self.trial, self.pid = answered, brought, trial, pid
        self.branch, self.wrote = branch, dict(wrote or {})


_RUN_FIELDS = {
    **dict.fromkeys(("step", "base", "before", "branch"), str),
    **{"answered": bool, "brought": bool, "pid": int, "wrote": dict},
}


def read_run(space: Workspace, task: str) -> RunNote | None:
    """What an interrupted run left, or one that is under way."""
    record = space.record("cache", f"running-{task}.json")
    if not record:
        return None
    trial = _known(record.get("trial"), {"tree": str, "names": list})
    left = (trial["tree"], trial["names"]) if len(trial) == 2 else None
    return RunNote(**_known(record, _RUN_FIELDS), trial=left)


def save_run(space: Workspace, task: str, note: RunNote | None) -> None:
    """None: the run came to its end."""
    name = ("cache", f"running-{task}.json")
    if note is not None:
        record = {key: getattr(note, key) for key in _RUN_FIELDS} | {"pid": os.getpid()}
        if note.trial:
            record["trial"] = {"tree": note.trial[0], "names": list(note.trial[1])}
        space.save(record, *name)
    elif space.has(*name):
        os.unlink(space.path(*name))


def unfinished_runs(space: Workspace) -> dict[str, RunNote]:
    """The runs that have not come to their end, by task: under way, or interrupted."""
    tasks = space.records("cache", "running-")
    return {task: note for task in tasks if (note := read_run(space, task))}


def begin_call(space: Workspace, record: Mapping[str, Any]) -> str:
    """Note that a model is being called; returns what `end_call` wants to know."""
    import uuid

    name = f"calling-{uuid.uuid4().hex}.json"
    space.save({**record, "pid": os.getpid()}, "cache", name)
    return name


def end_call(space: Workspace, name: str) -> bool:
    """The call is accounted for; False when somebody else has done so already."""
    try:
        os.unlink(space.path("cache", name))
    except FileNotFoundError:
        return False
    return True


def cut_off_calls(space: Workspace) -> dict[str, Record]:
    """Calls whose process has ended without saying what came of them, by name."""
    noted = (f"calling-{one}.json" for one in space.records("cache", "calling-"))
    found = {name: record for name in noted if (record := space.record("cache", name))}
    return {name: record for name, record in found.items() if not is_at_work(record.get("pid"))}


def is_at_work(pid: object) -> bool:
    """True while the other process that wrote a record with this `pid` is running."""
    if not isinstance(pid, int) or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
