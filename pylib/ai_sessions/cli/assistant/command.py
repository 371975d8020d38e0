"""The command `assistant`: its options, and the commands below it."""

from __future__ import annotations

from typing import Any

import click

from ai_sessions.cli import flags
from ai_sessions.cli.app import App
from ai_sessions.cli.words import Seconds


@click.group()
def assistant() -> None:
    """Talk with an assistant that remembers you and takes the model that is best now.

    \b
      assistant.sh ask "What is a closure?"
      assistant.sh chat                        # on a terminal: a prompt
    """


_model = click.option("-m", "--model", metavar="MODEL", help="This one, in place of the best.")
_timeout = click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="For one answer (AI_TIMEOUT).",
)


@assistant.command()
@click.argument("text", required=False)
@_model
@_timeout
@flags.waiting
@flags.watched
@click.pass_obj
def ask(app: App, /, text: str | None, **given: Any) -> int:
    """Ask TEXT, or what comes from stdin; it knows who you are and what was said before.

    \b
      assistant.sh ask "What is a closure?"
      git log -3 | assistant.sh ask

    The answer comes on stdout as it is written. All that is said is kept in the session assistant,
    wherever you are.
    """
    from ai_sessions.cli.assistant import asking

    return asking.ask(app, text, given)


@assistant.command()
@_model
@_timeout
@flags.waiting
@flags.watched
@click.pass_obj
def chat(app: App, /, **given: Any) -> int:
    """Talk at a prompt, turn after turn; Ctrl-D leaves."""
    from ai_sessions.cli.assistant import asking

    return asking.chat(app, given)
