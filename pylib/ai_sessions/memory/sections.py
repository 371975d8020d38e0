"""A summary's text: one line for each item, by what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.items import ItemKind
from ai_sessions.memory.recall import PASSED

HEADS: dict[ItemKind, str] = {
    "goal": "Goals:",
    "constraint": "Constraints:",
    "preference": "Preferences:",
    "decision": "Decisions:",
    "fact": "Facts:",
    "artifact": "Files:",
    "error": "Errors:",
    "next": "Next:",
    "said": "Also said:",
    "command": "Commands that passed:",
}
#: Characters of a time that are its day.
_DAY = len("2026-01-02")
#: How commands that passed are told; nobody's words may look like it.
_EVIDENCE = re.compile(rf"(?:\[[^\]\n]*\] ?)*{re.escape(PASSED.strip())}", re.IGNORECASE)


def text_of(told: Sequence[Candidate]) -> str:
    """All of them by section, the newest last; a day is told where it is another than before."""
    return "\n".join(_lines(told))


def line_of(one: Candidate) -> str:
    """Of an item by itself, without its day."""
    return f"- {_told(one)}"


def _told(one: Candidate) -> str:
    """What imitates evidence says whose words it is."""
    if one.item.kind != "command" and _EVIDENCE.match(one.told):
        return f"{one.item.role or 'somebody'} said: {one.told}"
    return one.told


def _lines(told: Sequence[Candidate]) -> Iterator[str]:
    day = ""
    for kind, head in HEADS.items():
        section = sorted((one for one in told if one.item.kind == kind), key=_when)
        if section:
            yield head
        for one in section:
            its_day = one.item.at[:_DAY]
            dated = f"[{its_day}] " if its_day and its_day != day else ""
            day = its_day or day
            yield f"- {dated}{_told(one)}"


def _when(one: Candidate) -> int:
    return one.order
