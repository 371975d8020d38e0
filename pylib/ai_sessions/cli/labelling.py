"""How people find a conversation again: `tag`, `describe`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from ai_sessions import labels
from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import kept, text
from ai_sessions.cli.words import Name
from ai_sessions.conversations import state as verbs
from ai_sessions.errors import UsageError
from ai_sessions.sessions import export as exporting


class TagsCommand(click.Command):
    """Takes `-urgent` for a tag, where click sees the options -u, -r and so on."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        letters = {name for param in self.params for name in param.opts if name[1:2] != "-"}
        end = args.index("--") if "--" in args else len(args)
        words = [one for one in args[:end] if _is_removed(one) and one not in (*letters, "-h")]
        others = [one for one in args[:end] if one not in words]
        return super().parse_args(ctx, [*others, "--", *words, *args[end + 1 :]])


def _is_removed(word: str) -> bool:
    return word[:1] == "-" and word[:2] != "--" and len(word) > 1


@click.command(cls=TagsCommand)
@click.argument("name", type=Name())
@click.argument("words", nargs=-1, metavar="[+TAG|-TAG|TAG]...")
@click.option("--remove", is_flag=True, help="Take all of these away.")
@click.pass_obj
def tag(app: App, name: str, words: Sequence[str], remove: bool) -> None:
    """Show the tags of a session, give it some, take others away; `list --tag` finds them.

    \b
      ai-session.sh tag support +urgent -waiting
      ai-session.sh tag support urgent                 # the same as +urgent
      ai-session.sh tag support
    """
    taken = [one[1:] for one in words if _is_removed(one)]
    given = [one.removeprefix("+") for one in words if not _is_removed(one)]
    if remove:
        taken, given = [*taken, *given], []
    found = app.find(name)
    if words:
        for one in taken:
            labels.tag(one)
        session = verbs.tag(kept(app), datetime.now(UTC), found, given, taken)
    else:
        session = app.sessions().read(found)
    app.out.result({"session": found, "tags": list(session.tags)})
    if words:
        app.out.say(f"{found}: {', '.join(session.tags) or 'no tags'}")
    else:
        for one in session.tags:
            app.out.say(one)


@click.command()
@click.argument("name", type=Name())
@click.argument("words", metavar="[TEXT]", required=False)
@click.option("--title", metavar="TEXT", help="What it is called, in one line.")
@click.pass_obj
def describe(app: App, name: str, words: str | None, title: str | None) -> None:
    """Say what a session is for, and with --title what it is called in lists.

    \b
      ai-session.sh describe support "Questions about orders, in two languages."
      ai-session.sh describe support --title "Support desk"

    TEXT `-` reads it from stdin.
    """
    if words is None and title is None:
        raise UsageError("what is it for? TEXT or --title is missing", _HOW)
    store, found = kept(app), app.find(name)
    description = None if words is None else text("TEXT", words)
    session = verbs.describe(store, datetime.now(UTC), found, description, title)
    app.out.result({"session": exporting.facts(session)})
    app.out.say(f"{found}: {session.about.title or ' '.join(session.description.split())}")


_HOW = 'ai-session.sh describe NAME "What it is for" --title "What it is called"'
