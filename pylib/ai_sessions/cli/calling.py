"""What the commands of the work share: the workspace, the calls of a command, working alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ai_sessions import names
from ai_sessions.cli import budgeted
from ai_sessions.cli.app import App
from ai_sessions.errors import UsageError
from ai_sessions.providers.choosing import Wanted
from ai_sessions.sessions import projects
from ai_sessions.workspace.features import mistyped, workspace
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.lock import lock_feature, lock_tree

if TYPE_CHECKING:
    from ai_sessions.workflow.calls import Line
    from ai_sessions.workflow.project import Project


def space_of(app: App, feature: str) -> Workspace:
    """Raises `UsageError` for what is no name and `NotFound` with the nearest feature."""
    return workspace(str(app.repo), app.settings["SESSION_ROOT"], feature)


def space_to_be(app: App, feature: str, *, is_meant: bool = False) -> Workspace:
    """The workspace of a feature, which need not be there yet.

    Raises `UsageError` for what is no name, and `NotFound` for what looks like a slip of the finger
    unless it `is_meant`.
    """
    repo, root = str(app.repo), app.settings["SESSION_ROOT"]
    space = Workspace(repo, root, names.feature(feature))
    if not (space.exists() or is_meant) and mistyped(repo, root, feature):
        workspace(repo, root, feature)
    return space


def project_of(app: App) -> Project:
    """The repository as its config.yaml tells it."""
    from ai_sessions.workflow.project import project

    return project(app.repo, app.settings["SESSION_ROOT"])


def line_for(
    app: App,
    /,
    space: Workspace,
    command: str,
    given: Mapping[str, Any],
    *,
    need_edit: bool = False,
    preferred: str = "",
) -> Line:
    """The calls of a command, with what the user chose about them.

    `preferred`: who should answer when the user named nobody.
    """
    from ai_sessions.workflow.calls import Calling, Line

    if given["no_session"]:
        app.set("USE_SESSIONS", "false")
    app.set("AI_MODEL", given["model"])  # a wrong one is refused as a setting is
    app.set("AI_TIMEOUT", given["timeout"])
    app.set("AI_RETRY_WAIT", given["retry_wait"])
    app.need_store()
    wanted = Wanted(given["provider"] or "", given["model"] or "", preferred)
    provider, model = app.answerer(command, wanted, need_edit)
    calling = Calling(
        command,
        session_name(app, command, space, given),
        model=model,
        timeout_s=app.settings["AI_TIMEOUT"],
        silence_s=app.settings["AI_SILENCE_TIMEOUT"],
        lock_wait_s=lock_wait(app, given),
        retry=given["retry"],
        retry_wait_s=app.settings["AI_RETRY_WAIT"],
        require_resume=given["require_resume"],
    )
    line = Line(space, provider, app.kit(), calling, app.out.note)
    app.out.also["cost"] = line.facts
    return line


def need_sessions(app: App, given: Mapping[str, Any]) -> None:
    """Raises `UsageError` for a session that was chosen, or must go on, where none is recorded."""
    is_off = given["no_session"] or not app.settings["USE_SESSIONS"]
    if given["require_resume"] and is_off:
        raise UsageError(
            "--require-resume needs a session, and none is recorded",
            "leave out --no-session, or: USE_SESSIONS=true",
        )
    chosen = given["session"]
    if not chosen:
        return
    if not app.settings["USE_SESSIONS"]:
        origin = app.settings.origin("USE_SESSIONS")
        raise UsageError(f"--session {chosen} needs sessions, and USE_SESSIONS is off ({origin})")
    if given["no_session"]:
        raise UsageError("--session and --no-session exclude each other")


def session_name(app: App, command: str, space: Workspace, given: Mapping[str, Any]) -> str:
    """As chosen; the default is this project's own."""
    if given["session"]:
        return names.session(given["session"])
    made = _default_session(app, command, space, given)
    return projects.session_for(app.store(), made, space.repo)


def _default_session(app: App, command: str, space: Workspace, given: Mapping[str, Any]) -> str:
    """As the script has named it; without a script, or where only the beginning of the feature's
    name was typed, it is named here.
    """
    if given["default_session"] and space.feature not in app.shorthand:
        return names.session(given["default_session"])
    return names.session_name(command, space.feature)


def worktree_session(app: App, space: Workspace, given: Mapping[str, Any], task: str) -> str:
    """The session of a task in a working tree of its own: `implement-payment-gateway-t1.2`.

    Agents look for a conversation by the folder it was held in, so each tree has its own.
    """
    name = given["session"] or _default_session(app, "implement", space, given)
    return projects.session_for(app.store(), f"{name}-{task.lower()}", space.repo)


def lock_wait(app: App, given: Mapping[str, Any]) -> float:
    """Seconds to wait for another run."""
    wait = given.get("lock_wait")
    return float(app.settings["SESSION_TURN_TIMEOUT"] if wait is None else wait)


@contextmanager
def alone_on(app: App, space: Workspace, given: Mapping[str, Any]) -> Iterator[None]:
    """Hold the feature for the length of a `with` body."""
    lock = lock_feature(space, lock_wait(app, given), app.out.note)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def alone_in_tree(app: App, given: Mapping[str, Any]) -> Iterator[None]:
    """Hold the working tree for the length of a `with` body."""
    lock = lock_tree(str(app.repo), lock_wait(app, given), app.out.note)
    try:
        yield
    finally:
        lock.release()


def told(app: App, line: Line) -> None:
    """Say what the calls of a command came to, and whether the budgets last at this rate."""
    cost = line.told_cost()
    if cost:
        app.out.note(f"{line.calling.session}: {cost}")
        for warning in budgeted.warnings(app.settings, app.index):
            app.out.note(f"warning: {warning}")
