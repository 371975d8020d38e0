"""`say`: add a message to a conversation without a call of a model."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from ai_sessions.cli import flags, keeping
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import needs, refuse
from ai_sessions.cli.words import Name
from ai_sessions.conversations import chat, checks
from ai_sessions.conversations.messages import add_message
from ai_sessions.errors import UsageError
from ai_sessions.plurals import counted
from ai_sessions.records import Message, Role
from ai_sessions.store.messages import plain_message

_HOW = 'ai-session.sh say NAME --role system "Answer in one sentence."'


@click.command()
@click.argument("name", type=Name())
@click.argument("text", required=False)
@click.option("--role", required=True, metavar="R", help=f"Who said it: {', '.join(checks.ROLES)}.")
@click.option("--tool-call-id", metavar="ID", help="With --role tool: the call that it answers.")
@click.option("--error", is_flag=True, help="With --role tool: the tool failed, TEXT says how.")
@flags.waiting
@refuse(needs("--error", "--tool-call-id"))
@click.pass_obj
def say(
    app: App,
    name: str,
    text: str | None,
    role: Role,
    tool_call_id: str | None,
    error: bool,
    lock_wait: float | None,
) -> None:
    """Add a message to session NAME without calling a model: TEXT, or what comes from stdin.

    \b
      ai-session.sh say support --role system "Answer in one sentence."
      git log -3 | ai-session.sh say support --role user -
      ai-session.sh say support --role tool --tool-call-id call_1 "42"

    The next model is told of it.
    """
    if text is None and sys.stdin.isatty():
        raise UsageError("what was said? TEXT is missing", _HOW)
    message = Message(role, "", tool_call_id=tool_call_id or "", is_error=error)
    checks.check(message)
    store, found, count = keeping.kept(app), app.find(name), app.counter()
    said = keeping.text("TEXT", "-" if text is None else text)
    found = chat.current(store, datetime.now(UTC), found)
    wait = app.settings["SESSION_TURN_TIMEOUT"] if lock_wait is None else lock_wait
    with store.turn(found, float(wait)) as turn:
        message = Message(role, said, tool_call_id=tool_call_id or "", is_error=error)
        kept = add_message(store, datetime.now(UTC), found, message, turn=turn, count=count)
    plain = plain_message(kept, kept.at, _as_it_is)
    app.out.result({"session": found, "message": {"id": kept.id, **plain}})
    app.out.say(f"{found}: {kept.id} {role}, {_size(kept)}")


def _size(message: Message) -> str:
    about = "about " if message.tokens_source == "estimate" else ""
    return about + counted(message.tokens or 0, "token")


def _as_it_is(value: object) -> object:
    return value
