"""What the gate says, and in which words."""

from typing import Literal

from ai_sessions.lazy_dataclasses import dataclass

_SAID_CHARACTERS = 80

#: Why the gate refused, for machines; "" when it did not.
Code = Literal[
    "",
    "nothing_changed",
    "outside",
    "none",
    "pass",
    "crash",
    "error",
    "old_failures",
    "frozen",
    "red",
    "skipped",
    "fewer",
    "exit",
    "broken",
    "suite",
    "teeth",
    "unmoved",
    "unseen",
    "faked",
    "installed",
    "unable",
    "unseen_skip",
    "snapshot",
]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a task may touch: its id, patterns of its tests and of its sources.

    `runs`: the words of the commands that run its tests and the suite, and the files that the
    configuration of its test tools names.
    """

    task: str
    tests: tuple[str, ...]
    sources: tuple[str, ...]
    runs: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    """Patterns of the files that its tests record what they expect in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. `reason`: one line for the user; `feedback`: for the model's next try."""

    ok: bool
    reason: str
    feedback: str = ""
    code: Code = ""
    warnings: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """The files it is about, such as frozen ones to restore."""


def refused(
    scope: Scope, code: Code, reason: str, feedback: str, paths: tuple[str, ...] = ()
) -> Verdict:
    line = f"{scope.task}: {' '.join(reason.split())}"
    return Verdict(False, line, feedback, code, paths=paths)


def quoted(said: str) -> str:
    """` Agent said: "success".`, one short line of what it claimed; nothing for silence."""
    line = " ".join(said.split())
    if not line:
        return ""
    short = line if len(line) <= _SAID_CHARACTERS else f"{line[: _SAID_CHARACTERS - 3]}..."
    return f'. Agent said: "{short}".'
