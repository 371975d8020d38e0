"""`clear` and `deactivate`: where a conversation ends for a model, or for everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import kept
from ai_sessions.cli.words import Name
from ai_sessions.conversations import expiry, segments
from ai_sessions.plurals import counted
from ai_sessions.records import Change
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


@click.command()
@click.argument("name", type=Name())
@click.option("--off", is_flag=True, help="Let it go on again.")
@click.pass_obj
def deactivate(app: App, name: str, off: bool) -> None:
    """End a conversation: the next message of its name begins a new one, which follows it.

    \b
      ai-session.sh deactivate support
      ai-session.sh deactivate support --off

    Nothing is deleted. `list` shows it as inactive, and `tree` what follows it.
    """
    store, found = kept(app), app.find(name)
    if off:
        session = store.append(found, [Change("status", "active")])
    else:
        session = expiry.deactivate(store, datetime.now(UTC), found)
    app.out.result({"session": exporting.facts(session)})
    what = "active again" if off else "inactive; the next message begins a new conversation"
    app.out.say(f"{found} is {what}")
