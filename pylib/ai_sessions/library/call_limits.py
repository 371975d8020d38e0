"""How often tools may be called in a session, by what is on record of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ai_sessions.conversations import lineage
from ai_sessions.errors import UsageError
from ai_sessions.records import Entry

#: Most calls of all tools, or of each by its name (of others any number); None: any number.
Limits = int | Mapping[str, int] | None
#: Key in the metadata of a result: how often the tool was tried for it.
ATTEMPT = "attempt"


def checked(limits: Limits) -> Limits:
    """Raises `UsageError` for what is no limit."""
    given = limits.values() if isinstance(limits, Mapping) else [limits]
    for one in given:
        is_none = one is None and limits is None
        if not is_none and (type(one) is not int or one < 0):
            raise UsageError(f"max_calls: a limit is a whole number from 0 up, not {one!r:.80}")
    return dict(limits) if isinstance(limits, Mapping) else limits


def made(entries: Iterable[Entry]) -> Counter[str]:
    """Calls by the name of the tool. What was not tried, or was answered from memory, is none."""
    found = Counter[str]()
    for entry in entries:
        for said in lineage.messages(entry):
            if said.role == "tool" and said.metadata.get(ATTEMPT) != 0:
                found[said.name] += 1
    return found


def refusal(limits: Limits, before: Counter[str], tool: str) -> str | None:
    """Why a tool is not called; None: it may be."""
    if isinstance(limits, Mapping):
        limit, used, what = limits.get(tool), before[tool], f"calls of {tool}"
    else:
        limit, used, what = limits, before.total(), "calls of tools"
    if limit is None or used < limit:
        return None
    return f"{tool} was not called: this session has had its {limit} {what}"
