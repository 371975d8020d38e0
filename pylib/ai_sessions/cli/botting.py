"""`bot`: the same sessions from Telegram or Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ai_sessions.cli.app import App

if TYPE_CHECKING:
    from ai_sessions.bots.members import Members


@click.command()
@click.argument("service", type=click.Choice(["telegram", "discord"]))
@click.option("--check", is_flag=True, help="Say what is missing; send and take nothing.")
@click.pass_obj
def bot(app: App, service: str, check: bool) -> int:
    """Talk with your sessions from a chat service, until Ctrl-C.

    \b
      bot.sh telegram --check    # are the settings and packages there
      bot.sh telegram            # shows a code that makes you its owner
    """
    from ai_sessions.bots import adapters, running

    app.need_store()
    adapters.adapter(app.settings, service)
    if check:
        app.out.say(f"{service}: ready")
        app.out.result({"service": service, "ready": True})
        return 0

    def started(members: Members) -> None:
        _started(app, service, members)

    running.run(app.environment, service, started)
    return 0


def _started(app: App, service: str, members: Members) -> None:
    code = "" if members.owners() else members.new_code()
    app.out.say(f"{service}: at work")
    app.out.result({"service": service, **({"code": code} if code else {})})
    if code:
        app.out.note(f"to be its owner, send it within an hour: /start {code}")
    app.out.note("stop with Ctrl-C")
    app.out.flush()
