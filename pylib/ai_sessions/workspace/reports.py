"""Numbered reports, in `reviews/` and `verify/`."""

from __future__ import annotations

from ai_sessions import controls

#: What reviews and verifications write; the rest of the workspace is for people to edit.
_WRITTEN = ("reviews/", "verify/", "events.jsonl")
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_sessions.workspace.files import Workspace

    Record = dict[str, Any]


def next_number(space: Workspace, kind: str) -> str:
    """The number of the next report in `reviews` or `verify`: `001`."""
    return f"{space.last_number(kind) + 1:03d}"


def last_report(space: Workspace, kind: str) -> Record | None:
    """The latest report in `reviews` or `verify`; None when there is none."""
    return space.record(kind, f"{space.last_number(kind):03d}.json")


def save_report(space: Workspace, kind: str, record: Mapping[str, Any], page: str) -> str:
    """Write the next report, JSON and Markdown; returns the page's path from the repository."""
    number = next_number(space, kind)
    space.save(record, kind, f"{number}.json")
    space.write(controls.plain(page), kind, f"{number}.md")
    return space.relative(kind, f"{number}.md")


def is_report(space: Workspace, name: str) -> bool:
    """True for a path, as seen from the repository, that reviews and verifications write."""
    is_proof = name.startswith(space.relative("evidence/")) and name.endswith("/again.json")
    return is_proof or name.startswith(tuple(f"{space.relative()}/{one}" for one in _WRITTEN))
