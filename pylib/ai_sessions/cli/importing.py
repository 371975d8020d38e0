"""`import`: sessions from an export of ours or of other tools, and calls from agents' own logs."""

from __future__ import annotations

from typing import Any

import click

from ai_sessions.assemble import stores
from ai_sessions.cli import agent_logs
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import needs, refuse
from ai_sessions.errors import UsageError
from ai_sessions.plurals import counted
from ai_sessions.sessions import importing, reading


@click.command("import")
@click.argument("path", required=False)
@click.option(
    "--from", "agent", type=click.Choice(agent_logs.AGENTS), help="Read the logs of an agent."
)
@click.option("--anew", is_flag=True, help="Read all of its logs again; what is in stays in once.")
@refuse(needs("--anew", "--from"))
@click.pass_obj
def import_(app: App, path: str | None, agent: str | None, anew: bool) -> None:
    """Bring in sessions; twice changes nothing.

    PATH is what `export` wrote (JSON or JSON lines), a page of `render` or of RECORD_DIR, a
    metadata.json of the first layout, or a session of NovaSystem (Markdown or JSON); - reads stdin.

    With --from: the calls that an agent made without us, with tokens and cost, from its logs. Each
    project's go into one session, import-AGENT-PROJECT. Only what is new is read. PATH is then
    another place of its logs than the usual one.
    """
    if agent:
        agent_logs.take_in(app, agent, path, anew=anew)
    elif not path:
        raise UsageError(
            "what? a file is missing",
            "ai-session.sh import FILE, or: ai-session.sh import --from all",
        )
    else:
        _take_in(app, path)


def _take_in(app: App, path: str) -> None:
    came: list[dict[str, Any]] = []
    app.out.also["sessions"] = lambda: came
    scratch = app.sessions_at(None).scratch
    wait_s = app.settings["SESSION_LOCK_TIMEOUT"]
    try:
        with click.open_file(path, encoding="utf-8") as file:
            for found in reading.sessions(file, scratch, path):
                if not found.facts["name"]:
                    one = importing.count(found, stores.store(app.settings, False, app.out.note))
                    app.out.say(f"{one.name}: {one.added:,}")
                    continue
                one = importing.bring_in(found, app.sessions_at, wait_s)
                app.out.say(f"{one.name}: {counted(one.added, 'new entry', 'new entries')}")
                came.append({"name": one.name, "added": one.added})
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}", "agents' logs: ai-session.sh import --from all"
        ) from error
    if not came:
        app.out.note("no sessions in there")
    app.out.result({"sessions": came})
