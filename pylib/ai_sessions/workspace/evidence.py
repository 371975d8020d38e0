"""What our process saw at each step of a task, in `evidence/`: the proof that it is done."""

from __future__ import annotations

import hashlib

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
