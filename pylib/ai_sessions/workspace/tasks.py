"""What is on record of each task: its state, its evidence, and what of it is under way."""

from __future__ import annotations

import hashlib
import os

from ai_sessions.disk import files
from ai_sessions.errors import UsageError
from ai_sessions.workspace.files import MOST_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_sessions.workspace.files import Workspace

    Record = dict[str, Any]

#: The parts of a task's proof, in the order they come about.
EVIDENCE = ("baseline", "red", "green", "suite", "check", "waiver")


# -- state: what our process knows of a task, in `state/`


def read_state(space: Workspace, task: str) -> Record:
    """What our process knows of a task; empty before its first run."""
    return space.record("state", f"{task}.json") or {}


def read_states(space: Workspace) -> dict[str, Record]:
    """The state of every task that has one."""
    return {task: read_state(space, task) for task in space.records("state", "")}


def save_state(space: Workspace, task: str, record: Mapping[str, Any]) -> None:
    space.save({"schema": 1, "task": task, **record}, "state", f"{task}.json")


# -- evidence: what our process saw at each step, the proof that a task is done


def read_evidence(space: Workspace, task: str, step: str) -> Record | None:
    """What was seen at a step of a task; None when that step was not reached."""
    return space.record("evidence", task, f"{step}.json")


def save_evidence(space: Workspace, task: str, step: str, record: Mapping[str, Any]) -> str:
    """Returns the SHA-256 that ties the evidence to its commit."""
    return space.save({"schema": 1, "task": task, "step": step, **record}, *_proof(task, step))


def evidence_hash(space: Workspace, task: str, step: str) -> str:
    """SHA-256 of an evidence file; empty when there is none.

    As it was written, also where a checkout has converted its line ends.
    """
    try:
        data = files.read_bytes(space.path(*_proof(task, step)), MOST_BYTES)
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def _proof(task: str, step: str) -> tuple[str, ...]:
    if step not in EVIDENCE:
        raise UsageError(f"no such evidence: {step}")
    return "evidence", task, f"{step}.json"


# -- runs and calls that are under way or were cut off, as this machine knows them, in `cache/`


def read_run(space: Workspace, task: str) -> Record | None:
    """What an interrupted run left: its step and the tree it began from."""
    return space.record("cache", f"running-{task}.json")


def save_run(space: Workspace, task: str, record: Mapping[str, Any] | None) -> None:
    """None: the run came to its end."""
    if record is not None:
        space.save({**record, "pid": os.getpid()}, "cache", f"running-{task}.json")
    elif space.has("cache", f"running-{task}.json"):
        os.unlink(space.path("cache", f"running-{task}.json"))


def unfinished_runs(space: Workspace) -> dict[str, Record]:
    """The runs that have not come to their end, by task: under way, or interrupted."""
    tasks = space.records("cache", "running-")
    return {task: record for task in tasks if (record := read_run(space, task))}


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
    return {name: record for name, record in found.items() if not is_at_work(record)}


def is_at_work(record: Mapping[str, Any]) -> bool:
    """True while the other process that wrote this record is running."""
    pid = record.get("pid")
    if not isinstance(pid, int) or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
