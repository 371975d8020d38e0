"""`bot`: the same sessions from Telegram or Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ai_sessions.cli.app import App

if TYPE_CHECKING:
    from ai_sessions.bots.members import Members


@click.command()
@click.argument("service", type=click.Choice(["telegram", "discord"]))
@click.option("--check", is_flag=True, help="Say who the bot is and what is missing; send nothing.")
@click.option(
    "--webhook",
    metavar="URL",
    default="",
    help="Have the service call this address, which leads to --port, in place of asking it.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8766,
    show_default=True,
    help="Port to listen on with --webhook, on 127.0.0.1; 0: any that is free.",
)
@click.pass_obj
def bot(app: App, service: str, check: bool, webhook: str, port: int) -> int:
    """Talk with your sessions from a chat service, until Ctrl-C.

    \b
      bot.sh telegram --check    # are the settings and packages there, and who is it
      bot.sh telegram            # shows a code that makes you its owner
      bot.sh telegram --webhook https://bot.example/telegram --port 8766
    """
    from ai_sessions.bots import running
    from ai_sessions.bots.adapter import Hook

    app.need_store()
    if check:
        lines = running.check(app.settings, service)
        app.out.say("\n".join([f"{service}: ready", *lines]))
        app.out.result({"service": service, "ready": True, "notes": lines})
        return 0

    def started(members: Members) -> None:
        _started(app, service, members)

    running.run(app.environment, service, started, Hook(webhook, port) if webhook else None)
    return 0


def _started(app: App, service: str, members: Members) -> None:
    code = "" if members.owners() else members.new_code()
    app.out.say(f"{service}: at work")
    app.out.result({"service": service, **({"code": code} if code else {})})
    if code:
        app.out.note(f"to be its owner, send it within an hour: /start {code}")
    app.out.note("stop with Ctrl-C")
    app.out.flush()
