"""A sentence or a command of an older message that fits a question, and how a model is told it."""

from __future__ import annotations

from ai_sessions import controls
from ai_sessions.lazy_dataclasses import dataclass

#: How a command is told that ran and passed.
PASSED = "ran and passed: "
#: Characters of a time that are its day.
_DAY = len("2026-01-02")


@dataclass(frozen=True, slots=True)
class Recalled:
    """`text`: whole sentences of one message, or a command that ran and passed, never cut. `role`:
    empty for a command.

    `at`: when it was said, RFC 3339. `commit`: of the project at that time; empty: none. `changed`:
    what is different in the project since, in a few words. `score`: the higher, the better it fits.
    """

    text: str
    id: str
    role: str
    at: str = ""
    commit: str = ""
    changed: str = ""
    score: float = 0.0


def line(one: Recalled) -> str:
    """How a model is told it, on one line, so that it can imitate nothing around it."""
    facts = ", ".join(filter(None, (one.at[:_DAY], f"message {one.id}", one.changed)))
    who = f"{one.role}: " if one.role else ""
    told = " ".join(controls.plain(f"{who}{one.text}").splitlines())
    return f"[{controls.one_line(facts)}] {told}"
