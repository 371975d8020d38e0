"""How a feature's work stands, for a model that takes it over: the plan and its tasks, what our own
process saw when it ran the tests, and the files that were touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ai_sessions import controls, git
from ai_sessions.errors import AiSessionsError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import progress
from ai_sessions.providers.fields import items, table, word
from ai_sessions.records import Json
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, read_evidence

#: Characters of all of it, and of one line.
_ROOM, _ROOM_EACH = 6_000, 400
#: Tasks of which the last ones are told with all that is known; of others it is their state.
_WHOLE = 5
_FILES = 12
#: Steps of a task at which tests or a check are run.
_STEPS = ("red", "green", "check", "again")
#: Characters of a commit's id and of a time that are told.
_OF_A_COMMIT, _OF_A_MINUTE = 7, len("2026-01-02T03:04")


def told(space: Workspace) -> str:
    """A page of plain text; empty where there is no plan that can be read."""
    try:
        state = FeatureState(space)
    except AiSessionsError:
        return ""
    return "\n".join(_fitting([*_head(state), *_tasks(state), *_uncommitted(space)]))


def _head(state: FeatureState) -> Iterator[str]:
    document, feature = state.document, state.workspace.feature
    yield f"Feature {feature}: {document.get('title', '')}".rstrip(": ")
    if goal := document.get("goal"):
        yield f"Goal: {goal}"
    done = sum(one in progress.FINISHED for one in state.states.values())
    yield f"Plan: {done} of {len(state.tasks)} tasks are finished."


def _tasks(state: FeatureState) -> Iterator[str]:
    """A line for each task; more of those that were worked at last."""
    runs = {task["id"]: list(_runs(state.workspace, task["id"])) for task in state.tasks}
    ended = {id_: max(run.at for run in found) for id_, found in runs.items() if found}
    latest = sorted(ended, key=lambda id_: ended[id_])[-_WHOLE:]
    for task in state.tasks:
        id_ = task["id"]
        yield f"- {id_} {task['title']}: {_state(state, id_)}"
        if id_ in latest:
            yield from (f"  {run.told()}" for run in runs[id_])
            if names := _touched(state, id_):
                yield f"  files: {_listed(names)}"


@dataclass(frozen=True, slots=True)
class _Run:
    """What our process saw when it ran the tests, or the check, of a task."""

    step: str
    at: str
    base: str
    """The commit below what was tested."""
    seen: Json

    def told(self) -> str:
        command = " ".join(map(str, items(self.seen, "command")))
        counts = table(self.seen, "counts").items()
        told = ", ".join(f"{count} {name}" for name, count in counts if count)
        where = f", on commit {self.base[:_OF_A_COMMIT]}" if self.base else ""
        end = f"exit {self.seen.get('exit')}, {told or 'no tests'}"
        return f"{self.step}: we ran `{command}`: {end} ({self.at[:_OF_A_MINUTE]}{where})"


def _runs(space: Workspace, task: str) -> Iterator[_Run]:
    for step in _STEPS:
        record = read_evidence(space, task, step)
        if seen := table(record, "run"):
            yield _Run(step, word(record, "at"), word(record, "base"), seen)


def _state(state: FeatureState, task: str) -> str:
    """`done (commit 1234567)`, `failed (why)`."""
    record = state.records.get(task) or TaskState()
    commit = state.commit_of(task)[:_OF_A_COMMIT]
    more = (f"commit {commit}" if commit else "", record.reason, record.question)
    known = "; ".join(filter(None, more))
    return f"{state.shown(task)} ({known})" if known else state.shown(task)


def _touched(state: FeatureState, task: str) -> list[str]:
    """Files that changed for a task, its tests first, as git told when that was proved."""
    record = state.records.get(task) or TaskState()
    return _others(state.workspace, dict.fromkeys((*record.red_paths, *record.paths)))


def _uncommitted(space: Workspace) -> Iterator[str]:
    changed = git.changed_files(Path(space.repo))
    if names := _others(space, [one.path for one in changed]):
        yield f"Changed and not committed: {_listed(names)}"


def _others(space: Workspace, names: Iterable[str]) -> list[str]:
    """Those that are not the workspace's own."""
    own = f"{space.relative()}/"
    return [name for name in names if not name.startswith(own)]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FILES} more" if len(names) > _FILES else ""
    return ", ".join(names[:_FILES]) + more


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    """Lines until there is no room."""
    room = _ROOM
    for number, line in enumerate(lines):
        plain = f"{_indent(line)}{controls.one_line(line)}"[:_ROOM_EACH]
        room -= len(plain) + 1
        if room < 0:
            yield f"({len(lines) - number} more lines)"
            return
        yield plain


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))
