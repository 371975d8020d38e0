"""`resume`: from a session into the agent's own window, with the same conversation."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import one_of, refuse
from ai_sessions.cli.words import Name, Provider
from ai_sessions.errors import ConfigError, NotFound
from ai_sessions.providers import windows
from ai_sessions.records import SUMMARY, About, Entry, Interaction, Resume, Session
from ai_sessions.sessions import latest, projects
from ai_sessions.store.contract import Store


@click.command()
@click.argument("name", type=Name())
@click.option("--print", is_flag=True, expose_value=False, help="Print the command (the default).")
@click.option("--exec", "run", is_flag=True, help="Run it, in place of this command.")
@click.option(
    "--provider",
    "wanted",
    type=Provider(),
    help="Whose conversation, when several agents worked in it.",
)
@refuse(one_of("--print", "--exec"), one_of("--exec", "--json"))
@click.pass_obj
def resume(app: App, name: str, run: bool, wanted: str | None) -> None:
    """Go on with a session in the agent's own window, or print the command for it.

    \b
      ai-session.sh resume plan-payment-gateway
      ai-session.sh resume plan-payment-gateway --exec

    What was paid there comes in with: import --from AGENT.
    """
    store = app.sessions()
    session = store.read(app.find(name))
    provider = wanted or _last_used(store, session)
    found = session.resume.get(provider)
    if found is None or not windows.has(provider):
        raise _nothing(session, provider, found is not None)
    words = windows.words(provider, found)
    folder = _folder(app, session, found)
    line = shlex.join(words)
    told = f"cd {shlex.quote(folder)} && {line}" if folder else line
    app.out.result({"provider": provider, "id": found.id, "cwd": folder, "command": words})
    if not run:
        app.out.say(told)
        return
    with store.turn(session.name, 0):  # somebody may be talking in it now
        app.out.note(told)
    app.out.flush()
    _become(words, folder, app.environment)


def _folder(app: App, session: Session, found: Resume) -> str:
    """Where to go on: where the conversation was held, or else in this repository if it is its."""
    held = found.cwd or session.about.project
    if not held or Path(held).is_dir() or not app.project:
        return held
    if not projects.same(session.about, About(project=app.project)):
        return held
    app.out.warn(f"{held} is gone: the agent may not find the conversation from {app.project}")
    return app.project


def _last_used(store: Store, session: Session) -> str:
    """The provider of the last call that can be continued; empty: there is none."""
    if len(session.resume) < 2:
        return next(iter(session.resume), "")
    calls = filter(_is_call, latest.backwards(store, session.name))
    return next((one.provider for one in calls if _continues(session.resume, one)), "")


def _is_call(entry: Entry) -> TypeGuard[Interaction]:
    return isinstance(entry, Interaction) and entry.purpose != SUMMARY


def _continues(resumes: Mapping[str, Resume], call: Interaction) -> bool:
    return call.provider in resumes and windows.has(call.provider)


def _nothing(session: Session, provider: str, no_window: bool) -> NotFound:
    if no_window:
        return NotFound(f"{provider} has no window of its own", _choices(session))
    if provider:
        return NotFound(f"{session.name} has no conversation of {provider}", _choices(session))
    return NotFound(f"{session.name} has no conversation that can be continued")


def _choices(session: Session) -> str:
    return f"it has: {', '.join(session.resume)}" if session.resume else ""


def _become(words: list[str], folder: str, environment: Mapping[str, str]) -> None:
    """Replace this process. Raises `ConfigError` when the agent or the folder is not there."""
    path = shutil.which(words[0], path=environment.get("PATH", os.defpath))
    if path is None:
        raise ConfigError(f"{words[0]} is not on your PATH", "install it, or: resume NAME --print")
    if folder and not Path(folder).is_dir():
        raise ConfigError(f"the folder of that conversation is gone: {folder}")
    os.chdir(folder or os.curdir)
    os.execve(path, words, dict(environment))  # noqa: S606 (a command of the user's own)
