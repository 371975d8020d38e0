"""How what a conversation knows is put into words for a model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ai_sessions.memory import recall
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Json, Message, Pin, Summary


def pins(kept: Mapping[str, Pin]) -> Message | None:
    """What is told verbatim each time; None: nothing is."""
    return _listed("Keep in mind:", (pin.text or "" for pin in kept.values())) if kept else None


def state(variables: Json) -> Message | None:
    """The variables of a conversation; None: there are none."""
    told = (f"{key} = {value_of(value)}" for key, value in variables.items())
    return _listed("State of this conversation:", told) if variables else None


def summed(summary: Summary) -> Message:
    """What a model is told in place of messages."""
    return Message("system", f"Summary of what was said before:\n{summary.text}")


def recalled(found: Iterable[Recalled], commands: Iterable[Item] = ()) -> Message | None:
    """What was said long ago and fits the question; None: nothing does."""
    lines = [recall.line(one) for one in found]
    lines += [f"[{one.at[:10]}] ran and passed: {one.text}" for one in commands]
    return _listed("From older messages:", lines) if lines else None


def value_of(value: Any) -> str:
    """A variable's value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _listed(head: str, lines: Iterable[str]) -> Message:
    return Message("system", "\n".join([head, *(f"- {line}" for line in lines)]))
