"""Reading what an agent's command printed: JSON lines, and failures told by their words.

An agent's output is a stranger's: whatever is missing or of another kind than we expect is read as
nothing, never as an exception.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ai_sessions.providers.contract import Failure
from ai_sessions.providers.process import Ended
from ai_sessions.records import Json, Status

#: Status, what the agent's words look like, what to do about it.
Class = tuple[Status, str, str]

_SHOWN = 300
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
#: Exit codes of a command that was stopped; agents that catch a signal say 0.
_STOPPED = (0, 129, 130, 137, 143)

EMPTY = Failure("empty", "it ended without an answer", "run the same command again")


def event(line: str) -> Json | None:
    """The object of one line; None when there is none in it."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def word(source: Any, key: str) -> str:
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, str) else ""


def part(source: Any, key: str) -> Json:
    """The object under `key`, or an empty one."""
    value = source.get(key) if isinstance(source, dict) else None
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def count(source: Any, key: str) -> int:
    return max(0, int(number(source, key)))


def number(source: Any, key: str) -> float:
    value = source.get(key) if isinstance(source, dict) else None
    return float(value) if value is not None and is_number(value) else 0.0


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def plain(text: str) -> str:
    """Without the codes that colour it: some agents send them into a pipe all the same."""
    return _ESCAPES.sub("", text)


def one_line(text: str) -> str:
    return " ".join(plain(text).split())[:_SHOWN]


def todos(items: Any, text_key: str) -> tuple[Json, ...]:
    """An agent's to-do list in our words, or nothing if it is no list."""
    found = (item for item in listed(items) if isinstance(item, dict))
    return tuple({"text": word(item, text_key), "status": word(item, "status")} for item in found)


def classified(classes: Iterable[Class], told: str, *clues: object) -> Failure:
    """What kind of failure it is by its words and other clues; the first class that fits wins."""
    hay = " ".join(map(str, (told, *clues)))
    message = one_line(told) or "it failed"
    for status, pattern, hint in classes:
        if re.search(pattern, hay):
            return Failure(status, message, hint)
    return Failure("other", message, "its whole output is in the session's logs")


def timed_out(ended: Ended) -> Failure:
    hint = "raise AI_TIMEOUT or AI_SILENCE_TIMEOUT, or ask for less at once"
    return Failure("timeout", ended.timed_out, hint)


def was_stopped(ended: Ended) -> bool:
    return ended.exit_code in _STOPPED


def cut_off(unreadable: int, agent: str) -> Failure:
    """It stopped before its last line. Exit 0 means nothing here: interrupted agents say 0."""
    if unreadable:
        message = f"{unreadable} lines of its answer are not JSON"
        return Failure("unreadable", message, f"is the {agent} on your PATH the coding agent?")
    return Failure("interrupted", "it was stopped before it answered", "run it again")


def detail(ended: Ended, unreadable: int) -> Json:
    """What is worth keeping about how a command ended."""
    facts = {"exit_code": ended.exit_code, "unreadable_lines": unreadable}
    return {key: value for key, value in facts.items() if value}
