"""Parts of a repository with test commands of their own: which tasks of a plan are tested there."""

from collections.abc import Mapping, Sequence
from typing import Any

from ai_sessions.plan import document as plans
from ai_sessions.records import Json

#: Commands (`test`, `suite`) by the folder that they run in.
Parts = Mapping[str, Mapping[str, Json]]


def with_parts(document: Json, parts: Parts) -> dict[str, Any]:
    """The document with each task of a part tested by the part's command; its own stays.

    Where all tasks are of one part, the part's suite is the plan's: one that is a test tool of the
    top does not reach the part. A script of the top (`make test`, `npm test`) may, and stays.
    """
    phases = [
        {**phase, "tasks": [_placed(task, parts) for task in phase["tasks"]]}
        for phase in document["phases"]
    ]
    made = {**document, "phases": phases}
    places = {_part_of(task, parts) for task in plans.tasks_in(made)}
    defaults = dict(made.get("defaults") or {})
    only = places.pop() if len(places) == 1 else ""
    suite = parts.get(only, {}).get("suite")
    if suite and not _may_reach(defaults.get("suite")):
        made["defaults"] = {**defaults, "suite": {**suite, "cwd": only}}
    return made


def _may_reach(suite: Json | None) -> bool:
    """True for a suite of the top that may run the tests of the parts, too: a script."""
    return bool(suite) and not (suite or {}).get("runner")


def _placed(task: Json, parts: Parts) -> Json:
    place = _part_of(task, parts)
    test = parts.get(place, {}).get("test")
    if not test or task.get("test") or task.get("kind", "code") != "code":
        return task
    return {**task, "test": {**test, "cwd": place}}


def _part_of(task: Json, parts: Parts) -> str:
    """The part that all test files of a task are in; empty: none."""
    names: Sequence[str] = (task.get("files") or {}).get("tests") or ()
    found = (place for place in parts if all(name.startswith(f"{place}/") for name in names))
    return max(found, key=len, default="") if names else ""
