"""`remove`: move sessions, each named, to the trash."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.words import Name
from ai_sessions.errors import AiSessionsError
from ai_sessions.plurals import counted
from ai_sessions.sessions import removing


@click.command()
@click.argument("names", nargs=-1, required=True, type=Name())
@click.pass_obj
def remove(app: App, names: Sequence[str]) -> None:
    """Move sessions to the trash; `restore NAME` takes one back within 30 days.

    \b
      ai-session.sh remove plan-search

    A session that is in use stays. The others are removed all the same, each problem is reported,
    and the exit code is that of the gravest one.
    """
    done = removing.remove(app.sessions(), names, app.find, app.settle)
    told_removed(app, done.gone)
    facts = {"removed": list(done.gone), "failed": [_fact(*one) for one in done.failed]}
    if done.failed:
        app.out.also["removed"] = lambda: facts["removed"]
        app.out.also["failed"] = lambda: facts["failed"]
        raise _gravest(app, done, len(names))
    app.out.result(facts)


def told_removed(app: App, gone: Sequence[str]) -> None:
    """Say what went to the trash, and what takes it back."""
    if not gone:
        return
    what = gone[0] if len(gone) == 1 else counted(len(gone), "session")
    which, one = (gone[0], "it") if len(gone) == 1 else ("NAME", "one")
    back = app.out.typed(f"ai-session.sh restore {which}")
    app.out.say(f"removed {what}; to take {one} back: {back}")


def _gravest(app: App, done: removing.Removed, asked: int) -> AiSessionsError:
    """The error to end with, after the others were told."""
    if asked == 1:
        return done.failed[0][1]
    for _name, error in done.failed:
        app.out.warn(error.message)
    gravest = max((error for _name, error in done.failed), key=lambda error: error.exit_code)
    names = ", ".join(name for name, _error in done.failed)
    return type(gravest)(f"not removed: {names}", gravest.hint)


def _fact(name: str, error: AiSessionsError) -> dict[str, object]:
    return {
        "name": name,
        "kind": error.kind,
        "code": error.exit_code,
        "message": error.message,
    }
