"""Tasks at the same time: each in a process and a working tree of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.errors import AiSessionsError, ProviderError
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from typing import IO

    from ai_sessions.cli.app import App

_LAUNCH = Path(__file__).with_name("launch.py")
#: What the user chose for `implement` that holds for each task.
_VALUES = (
    *("provider", "model", "timeout", "lock_wait"),
    *("retry", "retry_wait", "attempts", "commit", "reason"),
)
_FLAGS = ("no_session", "require_resume", "tdd", "no_tests")
_AGAIN = "run the same command again to go on"
_SUMS = ("calls", "input_tokens", "output_tokens", "cost_nusd", "unknown_costs")
#: The cost part of an answer without a call.
NOTHING_SPENT: Mapping[str, int | float] = {**dict.fromkeys(_SUMS, 0), "cost": 0.0}


@dataclass(slots=True)
class Job:
    """One task under way. `answer`: its JSON object, once it has ended."""

    task: str
    process: subprocess.Popen[str]
    answer: dict[str, Any] = field(default_factory=dict)
    relays: list[threading.Thread] = field(default_factory=list)

    def wait(self) -> AiSessionsError | None:
        """Until it has ended; what it failed with, or None."""
        code = self.process.wait()
        for relay in self.relays:
            relay.join()
        return None if code == 0 else _Failed(self.task, code, self.answer.get("error") or {})

    def stop(self) -> None:
        """End it and its agent; what it has done so far stays in its tree."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class _Failed(AiSessionsError):
    """What a job failed with, in its own words."""

    def __init__(self, task: str, code: int, error: Mapping[str, Any]) -> None:
        ended = f"was killed (signal {-code})" if code < 0 else f"ended with {code}"
        message = str(error.get("message") or f"{task}: its process {ended}")
        super().__init__(message, str(error.get("hint") or _AGAIN))
        self.exit_code = code if code > 0 else ProviderError.exit_code
        self.kind = str(error.get("kind") or "failed")


def start(app: App, feature: str, task: str, session: str, given: Mapping[str, Any]) -> Job:
    """Begin a task. What its process tells people is told here, with the task's name before it."""
    words = ["implement", feature, "--task", task, "--in-worktree", "--jsonl", "--session", session]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCH), *words, *_options(app, given)],
        cwd=app.folder,
        env=dict(app.environment),
        stdin=subprocess.PIPE,  # stays open as long as we live
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    job = Job(task, process)
    for target, stream in ((_tell, process.stderr), (_take, process.stdout)):
        relay = threading.Thread(target=target, args=(app, job, stream), daemon=True)
        relay.start()
        job.relays.append(relay)
    return job


def end_with_parent() -> None:
    """In a job: stop as if interrupted when who began it is gone, even by `kill -9`.

    Nobody would bring its work back, and its agent would go on costing.
    """

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def added_up(costs: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The cost part of a JSON answer, over several lines."""
    found = [cost for cost in costs if cost]
    if not found:
        return {}
    sums = {name: sum(int(cost.get(name) or 0) for cost in found) for name in _SUMS}
    return {**found[0], **sums, "cost": money.known(sums["cost_nusd"], sums["unknown_costs"])}


def _options(app: App, given: Mapping[str, Any]) -> Sequence[str]:
    words = [f"--{name.replace('_', '-')}" for name in _FLAGS if given.get(name)]
    for name in _VALUES:
        if given.get(name) not in (None, ""):
            words += [f"--{name.replace('_', '-')}", str(given[name])]
    told = {"--quiet": app.quiet, "--verbose": app.out.verbose}
    return [*words, *(flag for flag, wanted in told.items() if wanted)]


def _tell(app: App, job: Job, stream: IO[str]) -> None:
    """What it says to people. Errors are left out: they come with the job's answer."""
    for line in stream:
        if not line.startswith(("error: ", "hint: ", "::error")):
            app.out.aside(f"{job.task}  {line.rstrip()}")


def _take(app: App, job: Job, stream: IO[str]) -> None:
    """What it says to programs: its events are ours too, the last of them is its answer."""
    for line in stream:
        found = _loaded(line)
        kind = found.pop("event", None)
        if kind == "result":
            job.answer = found
        elif kind:
            app.out.event(kind, **{**found, "task": job.task})


def _loaded(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
