"""`show`: one session, what it is, what it cost, what was said in it last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ai_sessions import money
from ai_sessions.cli import listing
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import excludes, refuse
from ai_sessions.cli.terminal import room
from ai_sessions.cli.words import Name
from ai_sessions.conversations import lineage
from ai_sessions.display import briefs, columns, timeline, transcripts
from ai_sessions.display.timeline import Forks, Moment
from ai_sessions.errors import UsageError
from ai_sessions.index import sessions
from ai_sessions.plurals import counted
from ai_sessions.records import Interaction, Session, Totals, stamp
from ai_sessions.sessions import export as exporting
from ai_sessions.sessions import finding, latest
from ai_sessions.store.messages import plain_message

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Messages of a chat that are shown unless the user says how many.
_MESSAGES = 10
#: Entries that are read along with each message: the marks between them.
_BESIDE = 16
#: Characters of a line in a pipe, and the fewest on a terminal.
_LONGEST, _SHORTEST = 200, 20
_HEAD = ("id", "at", "who", "what")
_CALL_HEAD = ("seq", "at", "task", "for", "model", "tokens", "USD", "s", "outcome")
_CALLS_LEAST_NEEDED = ("s", "model", "for", "tokens")
When = Callable[[str], str]


@click.command()
@click.argument("name", type=Name(), required=False)
@click.option("--session-id", metavar="ID", help="In place of NAME: its id, or how that begins.")
@click.option(
    "--interactions",
    "count",
    type=click.IntRange(min=0),
    default=10,
    metavar="N",
    help="So many of the last calls.  [default: 10]",
)
@click.option(
    "--messages",
    type=click.IntRange(min=0),
    metavar="N",
    help="So many of the last messages.  [default: 10 of a chat, 0 of work]",
)
@click.option("--transcript", is_flag=True, help="Print all that was said, as Markdown.")
@click.option("--utc", is_flag=True, help="Times as they are kept, not how long ago.")
@refuse(
    excludes("--transcript", "--json", "--interactions", "--messages", "--utc"),
    excludes("--session-id", "NAME"),
)
@click.pass_obj
def show(
    app: App,
    name: str | None,
    session_id: str | None,
    count: int,
    messages: int | None,
    transcript: bool,
    utc: bool,
) -> None:
    """Show one session: what it is, what it cost, its last calls, the end of a chat.

    \b
      ai-session.sh show implement-payment-gateway | grep Cost
      ai-session.sh show plan-pay --transcript
      ai-session.sh show --session-id 01a22a43

    NAME may be the beginning of a name, as long as only one fits; sessions of the repository you
    are in come first. Between the messages stand marks: breaks, summaries, pins, errors, forks.
    """
    store = app.sessions()
    found = _found(app, store, name, session_id)
    session = store.read(found)
    for notice in session.notices:
        app.out.note(f"{found}: {notice}")
    if transcript:
        for piece in transcripts.markdown(session, lineage.entries(store, session)):
            app.out.raw(app.out.readable(piece))
        return
    wanted = messages if messages is not None else _MESSAGES * (session.kind == "chat")
    # a chat may have no call at all, and looking for one would read all of it
    calls = latest.last_calls(store, found, min(count, session.totals.interactions))
    told = _moments(store, session, wanted, _forks(app, session)) if wanted else []
    if app.json:
        app.out.result(_facts(session, calls, told, is_told=wanted > 0))
        return

    def when(at: str) -> str:
        return listing.when(at, app.out, utc=utc)

    app.out.say("\n".join(_session_lines(session, when)))
    _say_calls(app, session, calls, when)
    _say_moments(app, session, told, when)


def _found(app: App, store: Store, name: str | None, session_id: str | None) -> str:
    if session_id is not None:
        return finding.by_id(store.sessions(), session_id)
    if name is None:
        raise UsageError("which session? NAME or --session-id is missing", "ai-session.sh list")
    return app.find(name)


def _facts(
    session: Session, calls: Iterable[Interaction], told: Iterable[Moment], *, is_told: bool
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "session": {**exporting.facts(session), "status": _status(session)},
        "interactions": [exporting.call(one) for one in calls],
    }
    if not is_told:
        return facts
    marks = [
        {"kind": one.kind, "text": one.text, "seq": one.id, "at": one.at}
        for one in told
        if not one.message
    ]
    return {**facts, "messages": [_message(one) for one in told if one.message], "marks": marks}


def _message(moment: Moment) -> dict[str, Any]:
    """A message as a journal has it, with its id."""
    if moment.message is None:
        raise ValueError("a mark is no message")
    return {"id": moment.id, **plain_message(moment.message, moment.at, lambda value: value)}


def _status(session: Session) -> str:
    is_over = session.status == "active" and session.is_over(stamp(datetime.now(UTC)))
    return briefs.EXPIRED if is_over else session.status


def _moments(store: Store, session: Session, most: int, forks: Forks) -> list[Moment]:
    """The last messages with the marks between them, at the cost of what is asked for."""
    count, before = most + _BESIDE, -1
    while True:
        entries = list(lineage.entries(store, session, count))
        found = list(timeline.moments(entries, forks))
        if sum(bool(one.message) for one in found) > most or len(entries) in (before, 0):
            break
        count, before = count * 4, len(entries)
    ends = session.expires_at if _status(session) == briefs.EXPIRED else ""
    over = [Moment("expired", "the next message begins a new conversation", "", ends)]
    return [*timeline.last(found, most), *(over if ends else ())]


def _forks(app: App, session: Session) -> Forks:
    """Where this session was forked, by the index: there may be thousands of others."""
    found: dict[tuple[int, int | None], list[str]] = defaultdict(list)
    for row in sessions.rows(app.index(), lambda row: _is_fork(row, session.uid)):
        found[row["parent"]["seq"], row["parent"].get("number")].append(row["name"])
    return {place: tuple(names) for place, names in found.items()}


def _is_fork(row: Mapping[str, Any], uid: str) -> bool:
    parent = row.get("parent") or {}
    return parent.get("uid") == uid and parent.get("seq") is not None


def _session_lines(session: Session, when: When) -> list[str]:
    about = session.about
    pinned = " (pinned)" if session.pinned else ""
    told = [
        ("Session", session.name + pinned),
        ("Title", about.title),
        ("Feature", about.feature),
        ("Command", about.command),
        ("Project", about.project),
        ("Status", _status(session)),
        ("Created", when(session.created_at)),
        ("Last used", when(session.last_used)),
        *_conversation(session, when),
        *((f"With {name}", f"{value.id} {value.model}") for name, value in session.resume.items()),
    ]
    lines = [briefs.unbroken(f"{label:<14} {value}") for label, value in told if value]
    return [*lines, *listing.total_lines(exporting.facts(session)["totals"])]


def _conversation(session: Session, when: When) -> Iterator[tuple[str, str]]:
    """What conversations alone have; empty values are left out by the caller."""
    about, parent, sums = session.about, session.about.parent, session.totals
    who = (about.interface, about.conversation_id, about.external_user_id, about.external_chat_id)
    yield "Description", " ".join(session.description.split())
    yield "Interface", " ".join(filter(None, who))
    yield "Tags", ", ".join(session.tags)
    yield "Limit", "" if about.token_limit is None else f"{about.token_limit:,} tokens"
    yield "Expires", when(session.expires_at) if _status(session) == "active" else ""
    if parent:
        yield ("Follows" if parent.seq is None else "Fork of"), parent.name
    yield "Linked with", ", ".join(session.links.values())
    for key, pin in session.pins.items():
        yield "Pin", columns.cut(f"{key}: {' '.join((pin.text or '').split())}", _LONGEST)
    for key, value in session.state.items():
        yield "State", columns.cut(f"{key}={json.dumps(value, ensure_ascii=False)}", _LONGEST)
    if session.kind == "chat":
        yield "Messages", f"{sums.messages:,}{_of_messages(sums)}"


def _of_messages(sums: Totals) -> str:
    """What is known of messages beside calls, whose tokens have a line of their own."""
    told = []
    ins, outs = sums.input_tokens - sums.usage.input_tokens, sums.said_output_tokens
    if ins or outs:
        told.append(f"{ins:,} tokens in, {outs:,} out without a call")
    if sums.estimated_tokens:
        told.append(f"{counted(sums.estimated_tokens, 'token')} estimated")
    if sums.tool_calls:
        failed = f", {sums.tool_errors:,} failed" if sums.tool_errors else ""
        told.append(f"{counted(sums.tool_calls, 'tool call')}{failed}")
    return f" ({'; '.join(told)})" if told else ""


def _say_calls(app: App, session: Session, calls: list[Interaction], when: When) -> None:
    if not calls:
        return
    app.out.say(f"\nLast {len(calls)} of {counted(session.totals.interactions, 'call')}:")
    rows = [_call_cells(one, when(_to_seconds(one.at))) for one in calls]
    app.out.say(listing.table(app.out, [_CALL_HEAD, *rows], _CALLS_LEAST_NEEDED))


def _call_cells(call: Interaction, at: str) -> tuple[str, ...]:
    return (
        str(call.seq),
        at,
        call.task or "-",
        call.purpose or "-",
        call.model or call.provider,
        f"{call.usage.total_tokens:,}",
        money.shown(call.cost.nusd),
        f"{call.duration_ms / 1000:.1f}",
        call.status,
    )


def _say_moments(app: App, session: Session, told: list[Moment], when: When) -> None:
    if not told:
        return
    shown = sum(bool(one.message) for one in told)
    app.out.say(f"\nLast {shown} of {counted(max(session.totals.messages, shown), 'message')}:")
    rows = [(one.id, when(_to_seconds(one.at)), one.kind) for one in told]
    used = sum(max(map(columns.width, column)) + 2 for column in zip(*rows, strict=True))
    cells = max(room() - used, _SHORTEST) if app.out.is_terminal() else _LONGEST
    mark = app.out.readable("…")
    table = [
        (*row, columns.cut(moment.text, cells, mark))
        for row, moment in zip(rows, told, strict=True)
    ]
    app.out.say(listing.table(app.out, [_HEAD, *table], (), _HEAD))


def _to_seconds(at: str) -> str:
    """`2026-11-01T10:00:00.123Z` without the fraction."""
    return f"{at[:19]}Z" if at.endswith("Z") else at
