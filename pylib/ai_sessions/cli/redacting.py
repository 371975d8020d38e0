"""`redact`: forget what was said in one entry of a session."""

from __future__ import annotations

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.words import Name
from ai_sessions.sessions import redacting


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

    ID is the number or the id of an entry. What it cost and used stays. The words also go from
    forks and other copies of the session, the trash, the index, and the raw output of the session's
    calls. They stay in what agents keep themselves, in exports, and in .ai-session/ of a
    repository.
    """
    found = app.find(name)
    store = app.sessions()
    entry = redacting.find(store, found, id_)
    told = (
        f"entry {entry.get('seq', '?')} of {found}, {entry.get('ts', '')[:19] or 'without a time'}"
    )
    facts = {"session": found, "seq": entry.get("seq"), "id": entry.get("id", "")}
    if dry_run:
        app.out.say(f"would redact {told}")
        app.out.result({"would_redact": facts})
        return
    if not (yes or app.agrees(f"Take the words of {told} out for good?")):
        app.out.note("nothing redacted")
        return
    done = redacting.redact(store, app.index(), found, entry)
    also = f"; also in {', '.join(done.also_in)}" if done.also_in else ""
    app.out.say(f"redacted {told}{also}")
    app.out.note("not changed: what agents keep themselves, exports, .ai-session/ of repositories")
    app.out.result({"redacted": facts, "also_in": list(done.also_in)})
