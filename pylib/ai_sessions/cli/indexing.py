"""`index`: bring what searches go by up to date, to the end."""

from __future__ import annotations

import dataclasses

import click

from ai_sessions.assemble import meanings
from ai_sessions.cli.app import App
from ai_sessions.errors import StorageError
from ai_sessions.index.vectors import Unavailable
from ai_sessions.plurals import counted


@click.command()
@click.pass_obj
def index(app: App) -> None:
    """Prepare all texts of all sessions for search by meaning, with the extra `semantic`.

    \b
      ai-session.sh index
      nice ai-session.sh index --quiet          # from cron, at night

    Some 30 texts a second; those that are prepared are left as they are. Who stops it, or kills it,
    goes on later where it was. Searches go on meanwhile, and find what is prepared.
    """
    meaning = meanings.required(app.index().folder, "index")

    def tell(made: int, missing: int) -> None:
        app.out.working(f"index {made} of {missing}")

    try:
        filled = meaning.fill(app.index(), tell=tell)
    except Unavailable as error:
        raise StorageError(str(error), "run the same command again") from error
    app.out.result(dataclasses.asdict(filled))
    told = f"{counted(filled.made, 'passage')} prepared, {filled.passages} can be found by meaning"
    app.out.say(told if not filled.left else f"{told}; {filled.left} could not be read")
