"""How what a conversation knows is put into words for a model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ai_sessions import controls
from ai_sessions.memory import recall
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Json, Message, Pin, Summary

#: What a summary begins with, and what is told of older messages beside it.
SUMMARY = "Summary of what was said before:"
OLDER = "From older messages:"
#: Characters of a time that are its day.
_DAY = len("2026-01-02")


def pins(kept: Mapping[str, Pin]) -> Message | None:
    """What is told verbatim each time; None: nothing is."""
    return _listed("Keep in mind:", (pin.text or "" for pin in kept.values())) if kept else None


def state(variables: Json) -> Message | None:
    """The variables of a conversation; None: there are none."""
    told = (f"{key} = {value_of(value)}" for key, value in variables.items())
    return _listed("State of this conversation:", told) if variables else None


def summed(summary: Summary) -> Message:
    """What a model is told in place of messages."""
    return Message("system", f"{SUMMARY}\n{summary.text}")


def recalled(found: Iterable[Recalled], commands: Iterable[Item] = ()) -> Message | None:
    """What was said long ago and fits the question, and commands that ran and passed; None: there
    is nothing of it.
    """
    lines = [*map(recall.line, found), *map(_command, commands)]
    return _listed(OLDER, lines) if lines else None


def left_out(id_: str, tokens: int = 0) -> str:
    """What stands in a message where its middle was."""
    what = f"{tokens:,} tokens left out" if tokens else "left out"
    where = f"; message {id_}" if id_ else ""
    return f"[... {what}{where} ...]"


def skipped(id_: str) -> str:
    """What is told after a message when those that followed it are not told."""
    since = f" from {id_} on" if id_ else ""
    return f"[... messages{since} left out here ...]"


def value_of(value: Any) -> str:
    """A variable's value as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _command(item: Item) -> str:
    """It is told whole; its further lines are indented, so that it can imitate nothing here."""
    where = f"message {item.sources[-1]}" if item.sources else ""
    facts = ", ".join(filter(None, (item.at[:_DAY], where)))
    text = controls.plain(item.text).replace("\n", "\n  ")
    return f"[{facts}] {recall.PASSED}{text}" if facts else f"{recall.PASSED}{text}"


def _listed(head: str, lines: Iterable[str]) -> Message:
    return Message("system", "\n".join([head, *(f"- {line}" for line in lines)]))
