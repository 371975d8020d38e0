"""Features of several repositories, for a door that is in none of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ai_sessions import config
from ai_sessions.errors import AiSessionsError, NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.workflow import status
from ai_sessions.workspace.features import features, workspace
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_document
from ai_sessions.workspace.tasks import EVIDENCE, read_evidence


@dataclass(frozen=True, slots=True)
class Repository:
    """`path`: its top-level folder, absolute. `root`: its SESSION_ROOT."""

    path: str
    root: str

    @property
    def problem(self) -> str:
        """Why it has no features; empty: nothing is wrong."""
        if not os.path.isdir(self.path):
            return "no such folder"
        return "" if Path(self.path, ".git").exists() else "not the top folder of a git repository"

    def spaces(self) -> Iterator[Workspace]:
        """Its features, by name; none where something is wrong with it."""
        known = [] if self.problem else features(self.path, self.root)
        return (Workspace(self.path, self.root, name) for name in known)


def listed(paths: Iterable[str], environment: Mapping[str, str]) -> list[Repository]:
    """The repositories at these paths, each with the SESSION_ROOT that is in force there."""

    def root(path: str) -> str:
        found = config.load(environment, files=config.files(environment, path))
        return str(found["SESSION_ROOT"])

    return [Repository(path, root(path)) for path in paths]


def find(
    repositories: Iterable[Repository],
    feature: str,
    path: str = "",
    setting: str = "API_REPOSITORIES",
) -> Workspace:
    """The feature of that name. `path`: of its repository; empty: whichever has it. `setting`: the
    one that lists them.

    Raises `UsageError` for what is no name and when several have it, `NotFound` with the nearest
    one.
    """
    known = [one for one in repositories if path in ("", one.path)]
    if not known:
        told = f"no repository {path!r:.200}" if path else "no repository is shown here"
        raise NotFound(told, f"{setting} lists them")
    has_it = [one for one in known if any(space.feature == feature for space in one.spaces())]
    if len(has_it) > 1:
        there = ", ".join(one.path for one in has_it)
        raise UsageError(f"{feature} is in several repositories", f"name one: {there}")
    one = (has_it or known)[0]
    return workspace(one.path, one.root, feature)


def row(space: Workspace) -> dict[str, Any]:
    """Where a feature stands, as `status` tells it; of a plan that is broken, what is wrong."""
    try:
        found = status.facts_of(space)
    except AiSessionsError as error:
        found = {"feature": space.feature, "tasks": [], "notes": [], "next": error.hint}
        found["problem"] = error.message
    return {"repository": space.repo, **found}


def whole(space: Workspace) -> dict[str, Any]:
    """The same with the plan, and with the proof of each task by its step."""
    found = row(space)
    for task in found["tasks"]:
        proof = {step: read_evidence(space, task["id"], step) for step in EVIDENCE}
        task["proof"] = {step: record for step, record in proof.items() if record}
    return {**found, "plan": _plan(space)}


def _plan(space: Workspace) -> dict[str, Any] | None:
    try:
        return read_document(space)
    except AiSessionsError:
        return None  # `row` says why
