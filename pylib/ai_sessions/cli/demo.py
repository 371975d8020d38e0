"""`demo`: hands over to the script, which is Bash because it shows what a person would type."""

from __future__ import annotations

import os

import click

from ai_sessions import config
from ai_sessions.cli.app import App
from ai_sessions.cli.called import VARIABLE
from ai_sessions.errors import ConfigError, UsageError


@click.command()
@click.pass_obj
def demo(app: App) -> None:
    """Take a small feature from plan to GO, in a scratch repository.

    \b
      demo.sh
      AGENT=claude demo.sh                             # a real agent, which costs money

    The agent is a recording unless AGENT names a real one. Everything is kept in one temporary
    folder, its sessions too; yours are not touched.
    """
    if app.json or app.quiet:
        raise UsageError("the demo is for people: it knows no --json and no --quiet", "demo.sh")
    app.settings.check()
    script = os.path.join(config.ROOT, "scripts", "demo.sh")
    try:
        os.execvpe("bash", ["bash", script], {**app.environment, VARIABLE: app.out.called})  # noqa: S606
    except FileNotFoundError as error:
        raise ConfigError("bash is not installed", "install it (apt-get install bash)") from error
