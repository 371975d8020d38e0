"""Commands that look at sessions and look after them: list, show, search, export, …"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ai_sessions import config, typed_times
from ai_sessions.assemble import stores
from ai_sessions.cli import flags, listing, overview, searching
from ai_sessions.cli.app import App
from ai_sessions.cli.terminal import room
from ai_sessions.cli.words import Command, Name, Removed
from ai_sessions.conversations import forking, lineage
from ai_sessions.display import briefs, columns
from ai_sessions.errors import NotFound, StorageError, UsageError
from ai_sessions.index import choosing
from ai_sessions.index.search import MEANING, WORDS
from ai_sessions.names import fits
from ai_sessions.plurals import counted
from ai_sessions.records import Change, stamp
from ai_sessions.sessions import export as exporting
from ai_sessions.sessions import finding

if TYPE_CHECKING:
    pass

_ACTIVE_DAYS = 7


@click.command("list")
@click.option("--active", is_flag=True, help=f"Only those used in the last {_ACTIVE_DAYS} days.")
@click.option("--command", help="Only those of one command: plan, implement, review.")
@click.option("--feature", metavar="NAME", help="Only those of one feature.")
@click.option("--project", help="Only those of one repository: its path, or its end.")
@click.option("--kind", type=click.Choice(["work", "chat"]), help="Only work, or only chats.")
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="Only those with this tag; repeatable."
)
@click.option("--expired", is_flag=True, help="Only conversations whose time is over.")
@click.option(
    "--sort",
    type=click.Choice(choosing.SORTS),
    default="last-used",
    show_default=True,
    help="What comes first.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")
@click.option("--utc", is_flag=True, help="Times as they are kept, not how long ago.")
@flags.forms("table", "json", "csv", "md")
@click.pass_obj
def list_(
    app: App,
    active: bool,
    command: str | None,
    feature: str | None,
    project: str | None,
    kind: str | None,
    tags: Sequence[str],
    expired: bool,
    sort: str,
    limit: int | None,
    utc: bool,
    form: str,
) -> None:
    """List sessions, one line each, the one used last first.

    \b
      ai-session.sh list | grep payment
      ai-session.sh list --feature payment-gateway --sort cost
      ai-session.sh list --format csv > sessions.csv

    In a pipe the lines are tab-separated with all names in full.
    """
    since = stamp(_now() - timedelta(days=_ACTIVE_DAYS)) if active else ""
    status = briefs.EXPIRED if expired else None
    in_project = None if project is None else lambda one: listing.in_project(one, project)
    chosen = choosing.Chosen(
        *(command, feature, in_project, since, sort, limit, kind, tags),
        status=status,
        now=stamp(_now()),
    )
    if form == "csv":
        app.out.data(exporting.row(briefs.COLUMNS))
        listing.take_each(app.index(), app.out, chosen, lambda row: _write_values(app, row))
    elif form == "md":
        cells: list[Sequence[str]] = [briefs.COLUMNS]
        listing.take_each(app.index(), app.out, chosen, lambda row: cells.append(briefs.cells(row)))
        app.out.say(columns.markdown(cells, listing.LEFT))
    else:
        listing.show_list(app.index(), app.out, chosen, utc=utc, empty=lambda: _none_fits(app))


def _none_fits(app: App) -> str:
    known = len(app.sessions().names())
    return f"none of {counted(known, 'session')} fits" if known else ""


def _write_values(app: App, row: listing.Row) -> None:
    app.out.data(exporting.row(listing.values(row)))


@click.command()
@click.argument("words")
@click.option("--in", "within", multiple=True, type=Name(), help="Only in this session.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    metavar="N",
    help="At most so many.  [default: 20]",
)
@click.option(
    "--by",
    type=click.Choice(searching.WAYS),
    help="What has to fit.  [default: both with the extra `semantic`, else words]",
)
@click.option("--utc", is_flag=True, help="Times as they are kept, not how long ago.")
@click.pass_obj
def search(
    app: App, words: str, within: Sequence[str], limit: int, by: str | None, utc: bool
) -> None:
    """Find what was said: every one of WORDS, in any of its forms, the latest first.

    \b
      ai-session.sh search "idempotency key"
      ai-session.sh search refund --in plan-payment-gateway
      ai-session.sh search "why did we give up on the queue" --by meaning

    Looked at are messages, calls of tools and their results, summaries, pins, titles, descriptions
    and state. What a fork shares is found in its parent, and with --in in the fork as well. When no
    entry has all of WORDS, those with the most of them are shown.

    With the extra `semantic`, messages, summaries, pins, titles and state are also found by what
    they mean, and what fits best by words or by meaning comes first. Each text has to be prepared
    once for that; search does so for some seconds, `index` for all of them.
    """
    names = [app.find(name) for name in within]
    shared = lineage.shared(app.sessions(), names) if names else {}
    meaning = None if by == WORDS else app.meaning(f"--by {by}" if by else "")
    searching.show(
        app.index(),
        app.out,
        words,
        names,
        limit,
        utc=utc,
        until=shared,
        meaning=meaning,
        by_words=by != MEANING,
    )


@click.command()
@click.argument("names", nargs=-1, type=Name())
@flags.time_span
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="File to write, replaced in one step; - is stdout.",
)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(exporting.FORMS),
    default="json",
    show_default=True,
    help="What to write.",
)
@click.option("--envelope", is_flag=True, help='JSON as {"schema": 1, "sessions": [...]}.')
@click.option("--redact", is_flag=True, help="Mask keys and your home folder's path.")
@click.pass_obj
def export(
    app: App,
    names: Sequence[str],
    since: str | None,
    until: str | None,
    zone: str | None,
    output: str,
    form: exporting.Form,
    envelope: bool,
    redact: bool,
) -> None:
    """Write sessions out for other programs: NAMES, or all of them.

    \b
      ai-session.sh export --output sessions-backup.json
      ai-session.sh export --since 2026-11-01 --until 2026-11-30 --format csv
      ai-session.sh export implement-payment-gateway --format md

    The default is a JSON array, so that
    `export | jq '[.[].interactions[].cost] | add'` is what they cost.
    """
    other = next((name for name, on in (("json", app.json), ("envelope", envelope)) if on), "")
    if other and form != "json":
        raise UsageError(f"--{other} and --format {form} exclude each other")
    first, last = typed_times.span(since, until, _now(), typed_times.zone_named(zone))
    wanted = exporting.Wanted(
        names=tuple(app.find(name) for name in names),
        form=form,
        since=stamp(first) if first else "",
        until=stamp(last) if last else "",
        envelope=envelope,
        ledger=str(app.settings["SESSION_DIR"]),
        home=str(Path.home()) if redact else None,
    )
    if output == "-":
        unreadable = exporting.export(app.sessions(), wanted, app.out.data)
    else:
        with exporting.draft(output) as file:
            unreadable = exporting.export(
                app.sessions(), wanted, file.write, lambda name: app.out.working(f"export {name}")
            )
        app.out.note(f"written: {output}")
    if unreadable:
        raise StorageError(f"left out, cannot be read: {'; '.join(unreadable)}")


@click.command()
@click.argument("name", type=Name(), required=False)
@click.option("--scripts", is_flag=True, help="The folder of plan.sh and the others, for PATH.")
@click.pass_obj
def path(app: App, name: str | None, scripts: bool) -> None:
    """Print the folder of a session, or the one that all are in."""
    if scripts and name is not None:
        raise UsageError("--scripts is of no session", "ai-session.sh path --scripts")
    if scripts:
        folder = f"{config.ROOT}/scripts"
    else:
        folder = _root(app) if name is None else str(stores.folder(app.settings, app.find(name)))
    app.out.say(folder)
    app.out.result({"path": folder})


@click.command()
@click.argument("name", type=Removed())
@click.pass_obj
def restore(app: App, name: str) -> None:
    """Take a removed session back out of the trash."""
    store = app.sessions()
    discarded = store.discarded()
    if not any(fits(one, name) for one in discarded):
        raise NotFound(f"nothing called {name!r} in the trash", _trash_hint(discarded))
    session = store.restore(finding.find(discarded, name))
    app.out.say(f"restored {session.name}")
    app.out.result({"session": exporting.facts(session)})


@click.command()
@click.argument("name", type=Name())
@click.argument("new")
@click.pass_obj
def rename(app: App, name: str, new: str) -> None:
    """Give a session another name."""
    old = app.find(name)
    session = app.sessions().rename(old, new)
    app.recorded().renew([session.name])
    app.out.say(f"{old} is now {session.name}")
    app.out.result({"session": exporting.facts(session)})


@click.command()
@click.argument("name", type=Name())
@click.option("--off", is_flag=True, help="Let clean remove it again.")
@click.pass_obj
def pin(app: App, name: str, off: bool) -> None:
    """Keep a session for ever: clean never removes it."""
    found = app.find(name)
    session = app.sessions().append(found, [Change("pinned", not off)])
    app.out.say(f"{found} is {'no longer ' if off else ''}pinned")
    app.out.result({"session": exporting.facts(session)})


@click.command()
@click.argument("name", type=Name())
@click.argument("new")
@click.option("--at", "message", metavar="ID", default="", help="Only up to this message.")
@click.pass_obj
def fork(app: App, name: str, new: str, message: str) -> None:
    """Begin session NEW with all that was said in NAME; what it cost stays with NAME.

    Nothing is copied: what NEW shares is read from NAME, so NAME cannot be removed before NEW.
    """
    store = app.sessions()
    session = forking.fork(store, app.find(name), new, _now(), message)
    shared = sum(len(lineage.messages(entry)) for entry in lineage.entries(store, session))
    app.out.say(f"{session.name} begins with {counted(shared, 'message')}")
    app.out.result({"session": exporting.facts(session)})


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def completion(app: App, shell: str) -> None:
    """Print what makes the shell complete commands, options and names with Tab.

    \b
      eval "$(ai-session.sh completion bash)"          # best put into ~/.bashrc
      eval "$(ai-session.sh completion zsh)"           # ~/.zshrc, after compinit
      ai-session.sh completion fish | source           # ~/.config/fish/config.fish

    The names are those of features, tasks, sessions and providers, for all of the scripts.
    """
    from ai_sessions.cli import completing

    source = completing.source(shell, app.out.called)
    app.out.say(source)
    app.out.result({"shell": shell, "source": source})


@click.command("help")
@click.argument("command", nargs=-1, type=Command())
@click.pass_context
def help_(ctx: click.Context, command: Sequence[str]) -> None:
    """Show all commands, or how one of them is used."""
    out = ctx.find_object(App).out  # type: ignore[union-attr]
    if not command:
        page = overview.page(out.called, room() if out.is_terminal() else None)
        out.say(page)
        out.result({"help": page})
        return
    from ai_sessions.cli.main import group

    group.main([*command, "--help"], ctx.find_root().info_name, standalone_mode=False)


def _trash_hint(discarded: Sequence[str]) -> str:
    return f"there is: {', '.join(discarded[:_FEW])}" if discarded else "it is empty"


_FEW = 8


def _root(app: App) -> str:
    return str(app.settings["SESSION_DIR"])


def _now() -> datetime:
    return datetime.now(UTC)
