"""`redact`: forget what was said in one entry of a session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.words import Name
from ai_sessions.sessions import derived, redacting
from ai_sessions.sessions.derived import Place


@click.command()
@click.argument("name", type=Name())
@click.argument("id_", metavar="ID")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be redacted.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def redact(app: App, name: str, id_: str, dry_run: bool, yes: bool) -> None:
    """Take what was said in one entry out of a session, for good.

    \b
      ai-session.sh show plan-search           # the column seq has the numbers
      ai-session.sh redact plan-search 1
      ai-session.sh redact support state.cart

    ID is the number or the id of an entry, the id of a message (12.0 means all of entry 12), or a
    key: state.KEY, pin.KEY, title, description, which means every value that it had. What it cost
    and used stays. The words also go from summaries that cover it, pins and titles made of it,
    forks and other copies of the session, the trash, the index, the files in RECORD_DIR, and the
    raw output of the session's calls. They stay in what agents keep themselves, in exports, and in
    .ai-session/ of a repository.
    """
    found = app.find(name)
    store = app.sessions()
    sought = redacting.find(store, found, id_)
    entry, session = sought.entries[-1], sought.session
    more = f", {len(sought.entries)} values" if len(sought.entries) > 1 else ""
    at = entry.get("ts", "")[:19] or "without a time"
    told = f"entry {entry.get('seq', '?')} of {session}, {at}{more}"
    facts = {"session": session, "seq": entry.get("seq"), "id": entry.get("id", "")}
    if dry_run:
        made = derived.places(store, session, sought.entries)
        app.out.say(f"would redact {told}{_with(made)}")
        app.out.result({"would_redact": facts, "derived": _plain(made)})
        return
    if not (yes or app.agrees(f"Take the words of {told} out for good?")):
        app.out.note("nothing redacted")
        return
    done = redacting.redact(store, app.index(), sought, app.recorded())
    also = f"; also in {', '.join(done.also_in)}" if done.also_in else ""
    app.out.say(f"redacted {told}{_with(done.derived)}{also}")
    app.out.note("not changed: what agents keep themselves, exports, .ai-session/ of repositories")
    also_in = list(done.also_in)
    app.out.result({"redacted": facts, "also_in": also_in, "derived": _plain(done.derived)})


def _with(made: Iterable[Place]) -> str:
    told = [f"{one.kind} {one.seq} of {one.session}" for one in made]
    return f", with {', '.join(told)}" if told else ""


def _plain(made: Iterable[Place]) -> list[dict[str, Any]]:
    return [{"session": one.session, "seq": one.seq, "kind": one.kind} for one in made]
