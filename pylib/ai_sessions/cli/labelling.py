"""How people find a conversation again: `tag`, `describe`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from ai_sessions import labels
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import MayBeEmpty
from ai_sessions.cli.keeping import kept, text
from ai_sessions.cli.words import Name
from ai_sessions.conversations import changing
from ai_sessions.conversations import state as verbs
from ai_sessions.dialogue import opening as openings
from ai_sessions.errors import UsageError
from ai_sessions.plurals import counted
from ai_sessions.records import Session
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
@click.option("--title", cls=MayBeEmpty, metavar="TEXT", help="What it is called, in one line.")
@click.option("--limit", metavar="N|none", help="Tokens a model is told at most.")
@click.option("--expires", metavar="TIME", help="Time after its last use: 12h, 7d, never.")
@click.pass_obj
def describe(
    app: App,
    name: str,
    words: str | None,
    title: str | None,
    limit: str | None,
    expires: str | None,
) -> None:
    """Say what a session is for, what it is called in lists, and how long and large it may be.

    \b
      ai-session.sh describe support "Questions about orders, in two languages."
      ai-session.sh describe support --title "Support desk"
      ai-session.sh describe support --limit 8000 --expires 7d
      ai-session.sh describe support "" --title "" --limit none --expires never

    TEXT `-` reads it from stdin. An empty TEXT or title takes it away.
    """
    if (words, title, limit, expires) == (None,) * 4:
        raise UsageError("what is it for? TEXT, --title, --limit or --expires is missing", _HOW)
    values: dict[str, Any] = {
        "title": title,
        "description": text("TEXT", words) if words else words,
    }
    values = {key: value for key, value in values.items() if value is not None}
    if limit is not None:
        values["token_limit"] = _tokens(limit)
    if expires is not None:
        values["expires_in_ms"] = openings.expiry(expires)
    store, found = kept(app), app.find(name)
    session = changing.change(store, datetime.now(UTC), found, values)
    app.out.result({"session": exporting.facts(session)})
    told = (
        session.about.title or " ".join(session.description.split()) or "no title, no description"
    )
    app.out.say(", ".join([f"{found}: {told}", *_bounds(session, limit, expires)]))


def _tokens(limit: str) -> int | None:
    """The number, or None for `none`. Raises `UsageError`."""
    if limit.strip().lower() == _NONE:
        return None
    if limit.isascii() and limit.isdigit() and 0 < int(limit) <= _MOST_TOKENS:
        return int(limit)
    raise UsageError(f"not a limit of tokens: {limit!r}", "give a number such as 8000, or none")


def _bounds(session: Session, limit: str | None, expires: str | None) -> Iterator[str]:
    """Those of them that were given."""
    most = session.about.token_limit
    if limit is not None:
        yield "no limit of tokens" if most is None else f"at most {counted(most, 'token')}"
    if expires is not None:
        at = session.expires_at
        yield f"expires {at} unless it is used before" if at else "never expires"


_HOW = 'ai-session.sh describe NAME "What it is for" --title "What it is called"'
_NONE = "none"
_MOST_TOKENS = 2**63 - 1
