"""What a model said, read: the JSON object in it (bare, in a fence, among words), or a question."""

import json
import re
from operator import itemgetter
from typing import Any

#: How an agent says that it needs an answer of a person before it can go on.
BLOCKED = "BLOCKED:"
#: Between the answers of an agent that took several turns.
TURN = "\n\n---\n\n"
_FENCE = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)


def json_object(text: str) -> dict[str, Any] | None:
    """The object meant as the answer; None when there is none.

    The last fenced block wins over earlier ones, because models show examples first; among words,
    the longest object.
    """
    found = json_objects(text)
    return found[-1] if found else None


def json_objects(text: str) -> list[dict[str, Any]]:
    """The whole answer as one object, else those of fenced blocks in their order, else those that
    stand among the words, the longest last. One that gives a key twice can be read in two ways, so
    it counts as none.
    """
    text = text.strip().removeprefix("\ufeff")
    whole = _loaded(text)
    if whole is not None:
        return [whole]
    fenced = [value for block in _FENCE.findall(text) if (value := _loaded(block)) is not None]
    return fenced or _embedded(text)


def _loaded(text: str) -> dict[str, Any] | None:
    text = text.strip()
    value, end = _decoded(text, 0)
    return value if end == len(text) else None


def _embedded(text: str) -> list[dict[str, Any]]:
    found: list[tuple[int, dict[str, Any]]] = []
    start = text.find("{")
    while start >= 0:
        value, end = _decoded(text, start)
        if value is not None:
            found.append((end - start, value))
        start = text.find("{", max(end, start + 1))
    return [value for _, value in sorted(found, key=itemgetter(0))]


def _decoded(text: str, start: int) -> tuple[dict[str, Any] | None, int]:
    """The object that begins at `start`, and where it ends; `start` itself when none begins there.
    None for one that can be read in two ways.
    """
    twice = False

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        found = dict(pairs)
        twice = twice or len(found) < len(pairs)
        return found

    try:
        value, end = json.JSONDecoder(object_pairs_hook=once).raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start
    return (value if isinstance(value, dict) and not twice else None), end


def question(text: str) -> str:
    """What an agent asks a person: the first or last line of a turn, `BLOCKED: …`; empty when it
    goes on.
    """
    for turn in reversed(text.split(TURN)):
        lines = [line.strip().strip("*`_ ") for line in turn.splitlines() if line.strip()]
        for line in (*lines[-1:], *lines[:1]):
            if line.startswith(BLOCKED):
                return " ".join(line.removeprefix(BLOCKED).strip("*`_ ").split())
    return ""
