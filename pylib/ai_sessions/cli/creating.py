"""`create`: a new conversation, with what it begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from ai_sessions import labels
from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import content, kept, text, text_or_file
from ai_sessions.conversations.creating import create as make
from ai_sessions.dialogue import opening as openings
from ai_sessions.errors import ConfigError
from ai_sessions.records import About
from ai_sessions.sessions import export as exporting


@click.command()
@click.argument("name")
@click.option(
    "--template",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="YAML or JSON with system, pins, state, limit, tags, title, description, expires.",
)
@click.option("--title", help="What it is called, in one line.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--system", metavar="TEXT|@FILE", help="What a model is told before anything else.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Tokens a model is told at most."
)
@click.option("--expires", metavar="TIME", help="Time after its last use: 12h, 7d, never.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Once for each tag.")
@click.pass_obj
def create(
    app: App,
    name: str,
    template: str | None,
    title: str | None,
    description: str | None,
    system: str | None,
    limit: int | None,
    expires: str | None,
    tags: Sequence[str],
) -> None:
    """Create the conversation NAME. Options count before what the template says; tags add up.

    \b
      ai-session.sh create support --title "Support desk" --limit 8000 --expires 7d
      ai-session.sh create support-pl --system "Answer in Polish." --tag support --tag pl
    """
    changed: dict[str, Any] = {
        "title": title and labels.line("title", title),
        "description": description and text("description", description),
        "system": system and text_or_file("system", system),
        "token_limit": limit,
    }
    if expires is not None:
        changed["expires_in_ms"] = openings.expiry(expires)
    opening = _changed(_template(template), changed, tags)
    about = About(project=app.project)
    session = make(kept(app), datetime.now(UTC), name, opening, about, app.counter())
    app.out.result({"session": exporting.facts(session)})
    title = f": {session.about.title}" if session.about.title else ""
    app.out.say(f"created {session.name}{title}")
    if session.expires_at:
        app.out.note(f"  expires {session.expires_at} unless it is used before")


def _template(path: str | None) -> openings.Opening:
    if path is None:
        return openings.Opening()
    try:
        found = content(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start + 1})") from None
    return openings.read(found, path)


def _changed(
    opening: openings.Opening, changed: Mapping[str, Any], tags: Sequence[str]
) -> openings.Opening:
    """With what was given (None: it was not), but an expiry of None is one, too."""
    given = {key: value for key, value in changed.items() if value is not None}
    if "expires_in_ms" in changed:
        given["expires_in_ms"] = changed["expires_in_ms"]
    labelled = dict.fromkeys((*opening.tags, *map(labels.tag, tags)))
    return replace(opening, **given, tags=tuple(labelled))
