"""Task lists of other tools, read into our plan document.

Known: spec-kit `tasks.md` (`- [ ] T001 [P] text`), OpenSpec and cc-sdd `tasks.md` (`- [ ] 1.1
text`), task-master `tasks.json`. They seldom name test files, so those are proposed from the
sources and the findings say what is left to fill in.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ai_sessions.errors import ConfigError

_BOX = re.compile(r"^\s*[-*]\s*\[(?P<mark>[ xX])\]\s*(?P<rest>.*)$")
_SPEC_KIT = re.compile(r"^\**(?P<id>T\d+)\**\s*(?P<tags>(?:\[[^\]]+\]\s*)*)(?P<text>.*)$")
_NUMBERED = re.compile(r"^\**(?P<id>\d+(?:\.\d+)*)\.?\**\s+(?P<text>.*)$")
_HEADING = re.compile(r"^#{2,4}\s+(?P<text>.*)$")
_PATH = re.compile(r"`?((?:[\w.-]+/)+[\w.-]+\.\w+|[\w-]+\.(?:py|js|ts|go|rs|sh|bats|md))`?")
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*(?:_test|\.test|\.spec)\.\w+|[^/]*\.bats)$")

Document = dict[str, Any]


def read(text: str, name: str, feature: str, commands: Mapping[str, Any]) -> Document:
    """The document in a task list called `name`. Raises `ConfigError` when it holds no task."""
    phases = _task_master(text) if name.endswith(".json") else _markdown(text)
    if not any(phase["tasks"] for phase in phases):
        raise ConfigError(
            f"{name}: no tasks found",
            "known: spec-kit and OpenSpec tasks.md, task-master tasks.json",
        )
    document: Document = {"schema": 1, "feature": feature, "title": feature}
    if commands:
        document["defaults"] = dict(commands)
    document["phases"] = [phase for phase in phases if phase["tasks"]]
    return document


def _markdown(text: str) -> list[Document]:
    """Headings become phases, boxes become tasks, in the order they stand."""
    phases: list[Document] = [_phase(1, "Tasks")]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading:
            title = heading["text"].strip()
            if phases[-1]["tasks"]:
                phases.append(_phase(len(phases) + 1, title))
            else:
                phases[-1]["title"] = title
            continue
        box = _BOX.match(line)
        if box:
            _add(phases[-1], box["rest"].strip())
    return phases


def _add(phase: Document, rest: str) -> None:
    """Without `[P]` (may run side by side) a task follows the one before it."""
    named = _SPEC_KIT.match(rest) or _NUMBERED.match(rest)
    text = named["text"] if named else rest
    before = [phase["tasks"][-1]["id"]] if phase["tasks"] else []
    id_ = f"T{phase['id'][1:]}.{len(phase['tasks']) + 1}"
    phase["tasks"].append(_task(id_, text, [] if "[P]" in rest else before))


def _task_master(text: str) -> list[Document]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"not JSON: {error}") from error
    tasks = _task_list(found)
    phases: list[Document] = []
    ids: dict[str, str] = {}
    for number, one in enumerate(tasks, 1):
        phase = _phase(number, str(one.get("title") or f"Task {number}"))
        parts = one.get("subtasks") or [one]
        for index, part in enumerate(parts, 1):
            own = f"{one.get('id')}.{part.get('id')}" if one.get("subtasks") else str(one.get("id"))
            ids[own] = f"T{number}.{index}"
            task = _task(ids[own], _said(part), [])
            phase["tasks"].append({**task, "_needs": _dependencies(one, part)})
        ids.setdefault(str(one.get("id")), phase["tasks"][-1]["id"])
        phases.append(phase)
    for task in (task for phase in phases for task in phase["tasks"]):
        _resolve(task, ids)
    return phases


def _task_list(found: Any) -> list[Mapping[str, Any]]:
    """`{"tasks": […]}`, or one such list per tag (`{"master": {"tasks": […]}}`)."""
    if isinstance(found, dict) and "tasks" not in found:
        found = next((one for one in found.values() if isinstance(one, dict)), {})
    tasks = found.get("tasks") if isinstance(found, dict) else found
    if not isinstance(tasks, list):
        return []
    return [one for one in tasks if isinstance(one, dict)]


def _dependencies(task: Mapping[str, Any], part: Mapping[str, Any]) -> list[str]:
    if part is task:
        return [str(need) for need in task.get("dependencies") or ()]
    siblings = {str(one.get("id")) for one in task.get("subtasks") or ()}
    own = [str(need) for need in part.get("dependencies") or ()]
    inside = [f"{task.get('id')}.{need}" if need in siblings else need for need in own]
    return inside or [str(need) for need in task.get("dependencies") or ()]


def _resolve(task: Document, ids: Mapping[str, str]) -> None:
    needs = [ids[need] for need in task.pop("_needs") if need in ids]
    if needs:
        task["needs"] = [need for need in dict.fromkeys(needs) if need != task["id"]]


def _said(part: Mapping[str, Any]) -> str:
    details = str(part.get("details") or part.get("description") or "")
    title = str(part.get("title") or details or "task")
    paths = " ".join(_PATH.findall(details))
    return f"{title} ({paths})" if paths and paths not in title else title


def _phase(number: int, title: str) -> Document:
    return {"id": f"P{number}", "title": title, "tasks": []}


def _task(id_: str, text: str, needs: Sequence[str]) -> Document:
    found = list(dict.fromkeys(_PATH.findall(text)))
    tests = [path for path in found if _TEST_FILE.search(path)]
    sources = [path for path in found if path not in tests]
    task: Document = {"id": id_, "title": text.strip() or id_}
    if needs:
        task["needs"] = list(needs)
    task["files"] = {"src": sources, "tests": tests or [_test_of(path) for path in sources[:1]]}
    return task


def _test_of(path: str) -> str:
    """Where a source's tests usually are."""
    stem, _, ending = path.rsplit("/", 1)[-1].rpartition(".")
    names = {
        "py": f"tests/test_{stem}.py",
        "go": f"{path.removesuffix('.go')}_test.go",
        "sh": f"test/{stem}.bats",
    }
    return names.get(ending, f"test/{stem}.test.{ending}")
