"""What may go into a summary, and how much it matters by itself."""

from __future__ import annotations

from functools import cached_property

from ai_sessions.memory.cues import Cues, cues
from ai_sessions.memory.items import Item, ItemKind
from ai_sessions.memory.subjects import Statement

_WEIGHTS: dict[ItemKind, float] = {
    "constraint": 3.0,
    "decision": 2.8,
    "preference": 2.8,
    "goal": 2.4,
    "fact": 2.0,
    "next": 1.8,
    "error": 1.4,
    "artifact": 1.2,
    "said": 0.5,
    "command": 0.4,
}
#: Parts of it by who said something; a user's words are what an assistant is there for.
_BY_ROLE = {"user": 1.0, "": 1.0, "assistant": 0.6, "tool": 0.5, "system": 1.0}
_LABEL, _VALUE, _CUE, _DEFINES = 1.5, 0.35, 0.6, 0.5
_MOST_VALUES = 3
#: Part of it that is left to what an assistant says that it prefers.
_OWN_LIKING = 0.4
#: Part of it that a question is worth.
_ASKED = 0.25


class Candidate:
    """An item that may be told. `order`: the later it was said, the higher."""

    def __init__(self, item: Item, order: int, found: Statement | None = None) -> None:
        self.item = item
        self.order = order
        if found:
            self.statement = found

    @cached_property
    def statement(self) -> Statement:
        return Statement(cues(self.item.text))

    @property
    def cues(self) -> Cues:
        return self.statement.cues

    @cached_property
    def told(self) -> str:
        """Its text as it stands below the name of its kind."""
        return self.cues.text if self.cues.kind == self.item.kind else self.item.text

    @cached_property
    def weight(self) -> float:
        """How much it matters, whatever else was said: the same in each summary."""
        weight = _WEIGHTS[self.item.kind]
        if self.item.kind in ("artifact", "command"):
            return weight
        weight += _CUE * self.cues.strength + _LABEL * self.cues.is_labelled
        weight += _VALUE * min(len(self.statement.values), _MOST_VALUES)
        weight += _DEFINES * self.statement.defines
        weight *= _ASKED if self.cues.is_question else 1
        if self.item.kind == "preference" and self.item.role == "assistant":
            weight *= _OWN_LIKING
        return max(weight, 0.1) * _BY_ROLE.get(self.item.role, 0.5)
