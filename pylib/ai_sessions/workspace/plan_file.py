"""The plan of a feature: `plan.yaml`, the page made from it, and the document in the cache."""

from __future__ import annotations

import hashlib

from ai_sessions import controls
from ai_sessions.errors import InvalidPlan, NotFound
from ai_sessions.workspace.files import save_record
from ai_sessions.yaml_text import NotYaml, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.plan.document import Plan
    from ai_sessions.plan.findings import Finding
    from ai_sessions.workspace.files import Workspace

    Record = dict[str, Any]

_CACHE_SCHEMA = 1


def read_document(space: Workspace) -> Record:
    """The plan's document, from the cache when `plan.yaml` has not changed since.

    Raises `NotFound` without a plan and `InvalidPlan`, which has the first fault as its message.
    """
    text = read_plan_text(space)
    key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    cached = space.record("cache", "plan.json")
    if cached and cached.get("schema") == _CACHE_SCHEMA and cached.get("sha256") == key:
        document: Record = cached["document"]
        return document
    document, found = check_text(space, text)
    wrong = [one for one in found if one.level == "error"]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        faults = tuple(one.shown(space.relative("plan.yaml")) for one in wrong)
        raise InvalidPlan(faults[0] + more, f"plan.sh {space.feature} --check", faults)
    save_record(space, {"schema": _CACHE_SCHEMA, "sha256": key, "document": document}, "plan.json")
    return document


def read_plan(space: Workspace) -> Plan:
    """The plan. Raises as `read_document`."""
    from ai_sessions.plan.document import from_document

    return from_document(read_document(space))


def read_plan_text(space: Workspace) -> str:
    """`plan.yaml` as it stands. Raises `NotFound` without one."""
    text = space.text("plan.yaml")
    if not text.strip():
        raise NotFound(
            f"{space.feature} has no plan yet", f'plan.sh {space.feature} "what to build"'
        )
    return text


def check_text(space: Workspace, text: str) -> tuple[Record, tuple[Finding, ...]]:
    """The document in `text` and all that is wrong with it."""
    from ai_sessions.plan.findings import Finding, findings

    try:
        document, lines, twice = parsed(text)
    except NotYaml as error:
        return {}, (Finding(error.line, error.message),)
    doubled = tuple(Finding(line, f"key {key!r} stands here twice") for line, key in twice)
    return document, (*doubled, *findings(document, lines, space.feature))


def save_plan(space: Workspace, text: str, page: str) -> None:
    """Write `plan.yaml` and its page."""
    space.write(text, "plan.yaml")
    save_page(space, page)


def save_page(space: Workspace, page: str) -> None:
    """Write the page of the plan, with nothing in it that steers a terminal."""
    space.write(controls.plain(page), "plan.md")
