"""What the assistant shows of itself: its greeting, its statistics. Light on imports: both are
looked at with each new shell.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from ai_sessions.assistant import statistics, table
from ai_sessions.cli.terminal import has_no_pictures, room, without_pictures
from ai_sessions.display import columns
from ai_sessions.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.assistant.profile import Profile
    from ai_sessions.assistant.service import Assistant
    from ai_sessions.assistant.statistics import Statistics
    from ai_sessions.cli.output import Output

_INIT = "assistant.sh --init"
_FACTS = (
    *("user_name", "assistant_name", "preferred_model", "created_at", "last_active"),
    *("total_conversations", "favorite_models"),
)


def show(assistant: Assistant, out: Output, part: str = "", form: str = "table") -> None:
    """Print the `greeting`, the `stats`, or both. Raises `NotFound` where somebody is to be
    greeted of whom nothing is known.
    """
    told: dict[str, Any] = {}
    if part != "stats":
        profile = required(assistant)
        told = {"greeting": assistant.greeting(), "profile": facts(profile)}
        say(out, told["greeting"])
    if part != "greeting":
        found = assistant.statistics()
        told |= statistics.facts(found)
        if form == "csv":
            out.data(_csv(found))
        elif not out.json:
            out.data(("" if part else "\n") + _page(assistant, found, out))
    for note in assistant.notes():
        out.note(out.typed(note))
    out.result(told)


def say(out: Output, text: str) -> None:
    """A line of the answer, with pictures where the terminal has them."""
    out.say(without_pictures(text, os.environ))


def required(assistant: Assistant) -> Profile:
    """Who uses it. Raises `NotFound`."""
    profile = assistant.profile()
    if profile is None:
        raise NotFound("nobody has said who they are yet", _INIT)
    return profile


def facts(profile: Profile) -> dict[str, Any]:
    """A profile as JSON, under the names of its file."""
    return {name: getattr(profile, name) for name in _FACTS}


def _page(assistant: Assistant, found: Statistics, out: Output) -> str:
    """The table, and on a terminal a bar for each limit."""
    ascii_only = has_no_pictures(os.environ)
    text = table.text(found, ascii_only=ascii_only)
    parts = [text if found.profile else out.typed(text)]
    if out.is_terminal():
        now = datetime.now(UTC)
        bars = table.bars(found, assistant.models, now, ascii_only=ascii_only)
        parts.append("\n".join(columns.wrapped(line, room()) for line in bars.splitlines()))
    return "\n\n".join(filter(None, parts)) + "\n"


def _csv(found: Statistics) -> str:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(statistics.csv(found))
    return text.getvalue()
