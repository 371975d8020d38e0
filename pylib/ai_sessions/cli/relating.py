"""How conversations belong together: `tree` shows it, `link` notes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import excludes, refuse
from ai_sessions.cli.keeping import kept, text
from ai_sessions.cli.words import Name
from ai_sessions.conversations import family
from ai_sessions.conversations.family import Family
from ai_sessions.display import trees
from ai_sessions.display.briefs import EXPIRED
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Parent, Session, stamp


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the tree. `depth`: 0 for the first of all, a parent that is gone counts."""

    depth: int
    session: Session
    parent: str


@click.command()
@click.argument("name", type=Name())
@click.pass_obj
def tree(app: App, name: str) -> None:
    """Show where a conversation comes from, what comes from it, and what it is linked with.

    \b
      ai-session.sh tree support

    A fork shares what was said up to the point where it left its parent; a child follows one that
    has ended.
    """
    found = family.family(app.sessions(), app.find(name))
    now = stamp(datetime.now(UTC))
    rows = list(_rows(found))
    app.out.result({"session": found.branch.session.name, **_facts(found, rows, now)})
    lines = [(row.depth, _line(row, found, now)) for row in rows]
    if found.missing:
        lines.insert(0, (0, f"{found.missing.name}  gone"))
    app.out.say("\n".join(trees.drawn(lines)))
    for other in found.linked:
        app.out.say(f"linked: {_words(other, now, '')}")
    for gone in found.gone:
        app.out.say(f"linked: {gone}  gone")


@click.command()
@click.argument("name", type=Name())
@click.argument("other", type=Name())
@click.option("--note", metavar="TEXT", help="How they are related, in a sentence.")
@click.option("--off", is_flag=True, help="Take the link away.")
@refuse(excludes("--off", "--note"))
@click.pass_obj
def link(app: App, name: str, other: str, note: str | None, off: bool) -> None:
    """Note in both conversations that they are related; the next model is told of it.

    \b
      ai-session.sh link support support-pl --note "the same customers"
    """
    store = kept(app)
    ours, theirs = app.find(name), app.find(other)
    if off:
        family.unlink(store, ours, theirs)
    else:
        family.link(store, ours, theirs, text("note", note) if note else "")
    app.out.result({"session": ours, "other": theirs, "linked": not off})
    app.out.say(f"{ours} and {theirs} are {'no longer ' if off else ''}linked")


def _rows(found: Family) -> Iterator[Row]:
    """The ancestors, then the session with all that come from it, each before its own."""
    first = 1 if found.missing else 0
    for at, one in enumerate(reversed(found.ancestors)):
        yield Row(first + at, one, _name_of_parent(one))
    left = [(first + len(found.ancestors), found.branch)]
    while left:
        depth, branch = left.pop()
        yield Row(depth, branch.session, _name_of_parent(branch.session))
        left += [(depth + 1, child) for child in reversed(branch.children)]


def _name_of_parent(session: Session) -> str:
    return session.about.parent.name if session.about.parent else ""


def _line(row: Row, found: Family, now: str) -> str:
    here = "  <- this one" if row.session.uid == found.branch.session.uid else ""
    return f"{_words(row.session, now, _relation(row.session.about.parent))}{here}"


def _words(session: Session, now: str, relation: str) -> str:
    """Its name, how it left its parent, its status unless it goes on, its title."""
    status = _status(session, now)
    shown = "" if status == "active" else status
    return "  ".join(filter(None, (session.name, relation, shown, session.about.title)))


def _relation(parent: Parent | None) -> str:
    if parent is None:
        return ""
    point = _point(parent)
    return f"fork at {point}" if point else "child"


def _point(parent: Parent) -> str:
    """Id of the message, or number of the entry, after which a fork goes its own way."""
    if parent.seq is None:
        return ""
    return str(parent.seq) if parent.number is None else f"{parent.seq}.{parent.number}"


def _status(session: Session, now: str) -> str:
    return EXPIRED if session.status == "active" and session.is_over(now) else session.status


def _facts(found: Family, rows: list[Row], now: str) -> dict[str, Any]:
    missing = found.missing
    return {
        "tree": [_fact(row, now) for row in rows],
        "linked": [_brief(one, now) for one in found.linked],
        "missing": {"name": missing.name, "uid": missing.uid} if missing else None,
        "gone": list(found.gone),
    }


def _fact(row: Row, now: str) -> dict[str, Any]:
    """A row for programs: a flat list, since trees may be deeper than readers of JSON go."""
    parent = row.session.about.parent
    fork = {"fork_at": _point(parent)} if parent and parent.seq is not None else {}
    return {**_brief(row.session, now), "depth": row.depth, "parent": row.parent or None, **fork}


def _brief(session: Session, now: str) -> dict[str, Any]:
    return {
        "name": session.name,
        "uid": session.uid,
        "kind": session.kind,
        "title": session.about.title,
        "status": _status(session, now),
    }
