"""`context` and `summarize`: what a model would be told of a conversation, and its older messages
in short.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.keeping import kept, text
from ai_sessions.cli.words import Name
from ai_sessions.config import ASKING
from ai_sessions.conversations import summaries
from ai_sessions.conversations.requests import window_in
from ai_sessions.conversations.told import Holder
from ai_sessions.display import columns
from ai_sessions.memory import failures
from ai_sessions.plurals import counted
from ai_sessions.providers.choosing import AUTO, Wanted, choose
from ai_sessions.records import Summary
from ai_sessions.sessions import export

if TYPE_CHECKING:
    from ai_sessions.conversations.context import Context
    from ai_sessions.conversations.memory import Memory
    from ai_sessions.memory.building import Part
    from ai_sessions.records import Message, Session

_HEAD = ("part", "messages", "tokens")


@click.command()
@click.argument("name", type=Name())
@click.argument("question", metavar="[QUESTION]", required=False)
@click.option("--limit", type=click.IntRange(min=1), metavar="TOKENS", help="Most that it may be.")
@click.option(
    "--messages",
    type=click.IntRange(min=1),
    metavar="N",
    help="At most so many of the newest messages.  [default: as many as fit]",
)
@click.option("--text", "is_text", is_flag=True, help="Print every word of it, part after part.")
@click.pass_obj
def context(
    app: App,
    name: str,
    question: str | None,
    limit: int | None,
    messages: int | None,
    is_text: bool,
) -> None:
    """Show what a model would be told of a conversation, part by part, with the tokens of each.

    \b
      ai-session.sh context support
      ai-session.sh context support "Which port is it?" --text

    QUESTION is what would be asked next: older messages that fit it are recalled. Nothing is called
    and nothing is written. Agents keep a conversation themselves; this is what others are told.
    """
    store, found = app.sessions(), app.find(name)
    memory = _memory(app)
    asked = "" if question is None else text("QUESTION", question)
    most = limit or _limit(app, memory, store.read(found))
    told = memory.context(store, found, messages, limit=most, question=asked)
    app.out.result({"session": found, **export.context(told)})
    if is_text:
        app.out.say("\n".join(app.out.readable(one) for one in _texts(told)))
    else:
        app.out.say(columns.aligned([_HEAD, *map(_row, told.parts)], left=_HEAD[:1]))
    app.out.note("; ".join(_sums(told)))


@click.command()
@click.argument("name", type=Name())
@click.option(
    "--text", "given", metavar="TEXT", help="This is the summary of all so far; - for stdin."
)
@click.pass_obj
def summarize(app: App, name: str, given: str | None) -> None:
    """Put a summary in the place of a conversation's older messages, now; the newest ones stay.

    \b
      ai-session.sh summarize support
      ai-session.sh summarize support --text "Priya wants a refund for order 4711."

    Models are told the summary from now on. All messages stay in the log, for show, search and
    export. By itself it happens when what a model is told comes near its limit.
    """
    store, found = kept(app), app.find(name)
    now = datetime.now(UTC)
    if given is not None:
        last = store.read(found).last_seq
        summary: Summary | None = summaries.add_summary(
            store, now, found, Summary(text("TEXT", given), last, kind="given"), app.counter()
        )
    else:
        memory = app.kit().memory
        summary = memory.fold(store, now, found, _limit(app, memory, store.read(found)))
    app.out.result({"session": found, "summary": export.summary(summary) if summary else None})
    if summary is None:
        fewest = counted(app.settings["MIN_MESSAGES_TO_SUMMARIZE"], "message")
        app.out.note(
            f"{found}: nothing to summarize: fewer than {fewest}, or they are short already"
        )
        return
    if told := failures.warning(summary):
        app.out.warn(told)
    app.out.say(app.out.readable(summary.text))
    app.out.note(
        f"entries {summary.covers_from} to {summary.covers_to} in"
        f" {counted(summary.tokens or 0, 'token')} ({summary.kind})"
    )


def _memory(app: App) -> Memory:
    from ai_sessions.assemble.memory import memory, recall

    looks = recall(app.settings, app.sessions(), app.out.note)
    return memory(app.settings, recall=looks)


def _limit(app: App, memory: Memory, session: Session) -> int:
    """As for who would answer next in the session. Nobody is called."""
    from ai_sessions.assemble import providers
    from ai_sessions.conversations import chat

    preferred, model = chat.last_answer(app.sessions(), session)
    is_work = session.about.command in ASKING
    command = session.about.command if is_work else chat.PURPOSE
    choice = choose(app.settings, command, Wanted("", "", preferred, model), lambda: "")
    if choice.provider != AUTO:  # the best is who answered last, as far as anybody can know
        preferred, model = choice.provider, choice.model
    window: int | None = app.settings["AI_WINDOW"]
    if preferred in providers.PROVIDERS:
        made = providers.provider(app.settings, app.environment, preferred)
        window = window_in(app.kit(), session.name, made, model)
    return Holder(memory, window).limit(session)


def _row(part: Part) -> tuple[str, str, str]:
    return part.name, str(len(part.messages)), str(part.tokens)


def _texts(told: Context) -> Iterator[str]:
    """Each part with its heading, each message with who says it."""
    for part in told.parts:
        sizes = f"{counted(len(part.messages), 'message')}, {counted(part.tokens, 'token')}"
        yield f"--- {part.name}: {sizes} ---"
        yield from (_said(message) for message in part.messages)


def _said(message: Message) -> str:
    told = "".join(f"\n[calls {call.name}]" for call in message.tool_calls)
    return f"{message.role}: {message.text}{told}"


def _sums(told: Context) -> Iterator[str]:
    """What it comes to, and what is not in it."""
    of = f" of {told.limit:,}" if told.limit else ""
    yield f"{told.tokens:,}{of} tokens"
    if told.left_out:
        yield f"{counted(told.left_out, 'older message')} had no room: search finds them"
    if told.cut:
        yield f"cut in the middle: {', '.join(told.cut)}"
