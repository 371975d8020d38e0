"""Every command there is, a line each, in the order in which help lists them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions.bots.commands import conversations, figures, general, memory, work
from ai_sessions.bots.commands.command import Command
from ai_sessions.bots.events import Outbound, Say

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk


async def tell_help(_desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """All that the sender may use."""
    known = (one for one in COMMANDS.values() if asked.is_owner or not one.for_owners)
    yield Say(
        "\n".join(f"{' '.join((f'/{one.name}', one.takes)).strip()} - {one.tells}" for one in known)
    )


_ALL = (
    Command(
        "start",
        "[CODE]",
        "say hello; with the code, become the owner",
        general.start,
        at_once=True,
        for_strangers=True,
    ),
    Command("help", "", "this list", tell_help, at_once=True),
    Command("new", "", "end this conversation and begin another one", conversations.new),
    Command("reset", "", "begin afresh; summaries and the log stay", conversations.reset),
    Command("clear", "", "the same", conversations.reset),
    Command("cancel", "", "end what is under way here", conversations.cancel, at_once=True),
    Command("stats", "", "messages, tokens and cost of this conversation", figures.stats),
    Command("model", "[auto|NAME]", "who answers here", figures.model),
    Command("context", "", "what the next answer would be told, in tokens", memory.tell_context),
    Command("summary", "", "summarize older messages now", memory.summary),
    Command("remember", "[TEXT]", "what every answer is told, word for word", memory.remember),
    Command("forget", "KEY", "take that away again", memory.forget),
    Command("state", "[KEY=VALUE]", "variables of this conversation", memory.tell_state),
    Command("export", "[md|json|html]", "this conversation as a file", figures.export),
    Command(
        "status", "[FEATURE]", "where the work stands", work.status, for_owners=True, at_once=True
    ),
    Command(
        "plan", "FEATURE TEXT", "plan a feature, or change its plan", work.plan, for_owners=True
    ),
    Command(
        "implement", "FEATURE [TASK]", "do a task, test first", work.implement, for_owners=True
    ),
    Command("review", "FEATURE", "have its changes reviewed", work.review, for_owners=True),
    Command("verify", "FEATURE", "check the finished work", work.verify, for_owners=True),
    Command(
        "repo",
        "[NAME or any]",
        "the repository that this chat works in",
        work.choose_repository,
        for_owners=True,
    ),
    Command(
        "allowed",
        "[off]",
        "what is allowed without asking again",
        work.allowed,
        for_owners=True,
        at_once=True,
    ),
    Command(
        "quiet",
        "[off]",
        "no word here of what happens elsewhere",
        work.quiet,
        for_owners=True,
        at_once=True,
    ),
    Command(
        "id",
        "",
        "the ids of you and of this chat",
        general.tell_id,
        at_once=True,
        for_strangers=True,
    ),
)
COMMANDS = {one.name: one for one in _ALL}
