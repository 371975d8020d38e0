"""`adopt`: give sessions to the repository one is in."""

from __future__ import annotations

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import one_of, refuse
from ai_sessions.cli.words import Feature, Name
from ai_sessions.errors import UsageError
from ai_sessions.sessions import adopting
from ai_sessions.store.contract import Store


@click.command()
@click.argument("name", required=False, type=Name())
@click.option("--feature", type=Feature(), metavar="NAME", help="All sessions of this feature.")
@click.option("--force", is_flag=True, help="Even if the repository that has it is still there.")
@refuse(one_of("NAME", "--feature"))
@click.pass_obj
def adopt(app: App, name: str | None, feature: str | None, force: bool) -> None:
    """Give a session to the repository you are in.

    \b
      ai-session.sh adopt implement-payment-gateway
      ai-session.sh adopt --feature payment-gateway

    A repository that was moved or renamed keeps its sessions by itself, because its .git folder or
    its first commit tells. This is for one where neither does: a shallow clone in a new place, a
    history that was rewritten, a copy without .git.
    """
    project, store = str(app.repo), app.sessions()
    names = _named(app, store, name) if name else _of_feature(store, feature, project, force)
    for each in names:
        adopting.check(store, each, project, force=force)
    adopted: list[str] = []
    app.out.also["adopted"] = lambda: adopted
    for each in names:
        was = adopting.adopt(store, each, project, force=force)
        if was is None:
            app.out.say(f"{each} belongs to this repository already")
            continue
        adopted.append(each)
        before = f"; before to {was}" if was else ""
        app.out.say(f"{each} belongs to this repository now{before}")
    app.out.result({"adopted": adopted, "project": project})


def _named(app: App, store: Store, name: str) -> tuple[str, ...]:
    """The session of exactly that name, whose ever it is; else the one that it is the beginning
    of.
    """
    return (name if name in store.names() else app.find(name),)


def _of_feature(store: Store, feature: str | None, project: str, force: bool) -> tuple[str, ...]:
    if feature is None:
        raise UsageError(
            "which session? NAME or --feature is missing",
            "see what there is: ai-session.sh list",
        )
    return adopting.of_feature(store, feature, project, force=force)
