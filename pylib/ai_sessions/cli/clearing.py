"""`clear`: what a model is told of a conversation begins anew; the log stays."""

from __future__ import annotations

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import kept
from ai_sessions.cli.words import Name
from ai_sessions.conversations import segments
from ai_sessions.plurals import counted
from ai_sessions.sessions import export as exporting


@click.command()
@click.argument("name", type=Name())
@click.pass_obj
def clear(app: App, name: str) -> None:
    """Let the next model begin afresh: it is told what comes from now on, with summaries and pins.

    \b
      ai-session.sh clear support

    Nothing is deleted: all messages stay in the log, for show, search and export.
    """
    store, found = kept(app), app.find(name)
    session = segments.clear(store, found)
    app.out.result({"session": exporting.facts(session), "segment": session.segment_seq})
    kept_there = counted(session.totals.messages, "message")
    app.out.say(f"{found} is cleared; its log keeps {kept_there}")
