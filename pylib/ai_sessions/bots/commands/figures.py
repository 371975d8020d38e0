"""`/stats`, `/model` and `/export`: what a conversation costs, who answers in it, and all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import money, threads
from ai_sessions.assemble import chats, providers
from ai_sessions.bots.events import File, Outbound, Say
from ai_sessions.conversations import statistics
from ai_sessions.plurals import counted
from ai_sessions.providers.choosing import is_auto
from ai_sessions.sessions import rendering

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.conversations.statistics import SessionStatistics
    from ai_sessions.records import Session
    from ai_sessions.sessions.rendering import Form

_NOTHING = "Nothing has been said here yet."
#: Models that are listed; the others can be named all the same.
_LISTED = 40
_FORMS: dict[str, Form] = {"": "md", "md": "md", "json": "json", "html": "html"}


async def stats(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Messages, tokens and cost of this conversation, in the figures of `ai-session.sh show`."""
    session = await threads.run(desk.session, asked.event)
    if session is None:
        yield Say(_NOTHING)
        return
    yield Say(_figures(await threads.run(statistics.of_session, session, desk.parts.now())))


def _figures(found: SessionStatistics) -> str:
    lines = [
        found.name,
        f"{counted(found.messages, 'message')}, {counted(found.tool_calls, 'tool call')}, "
        f"{counted(found.errors, 'error')}",
        f"{found.total_tokens:,} tokens: {found.input_tokens:,} in, {found.output_tokens:,} out",
        f"cost: {money.shown(found.cost_nusd, found.unknown_costs)}",
        f"last active: {found.last_active}",
    ]
    return "\n".join(lines)


async def model(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Show who answers here and whom else one may ask, or have somebody else answer."""
    if wanted := asked.event.text.strip():
        yield Say(await threads.run(_chosen, desk, asked, wanted))
        return
    provider, name = await threads.run(desk.choice, asked.event)
    now = _shown(provider, name) if provider or name else "as the settings say"
    known = await threads.call(desk.parts.available_models)
    listed = [*known[:_LISTED], *(["…"] if len(known) > _LISTED else [])]
    yield Say(
        "\n".join([f"Here answers: {now}", "/model auto takes the best of several.", *listed])
    )


def _chosen(desk: Desk, asked: Asked, wanted: str) -> str:
    """Raises `ConfigError` or `UsageError` for whom cannot be asked; nothing is changed then."""
    settings = desk.parts.settings()
    if wanted in ("default", "none"):
        desk.choose(asked.event, "", "")
        return "Here answers: as the settings say"
    is_provider = wanted in providers.known(settings, desk.parts.environment)
    provider, name = (wanted, "") if is_provider else ("", wanted)
    question = chats.Asked("", provider, name, may_read_files=asked.is_owner)
    chats.prepared(desk.parts, desk.begun(asked.event), question)
    desk.choose(asked.event, provider, name)
    return f"Here answers: {_shown(provider, name)}"


def _shown(provider: str, name: str) -> str:
    return "the best of several" if is_auto(name) else " ".join(filter(None, (provider, name)))


async def export(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """The whole conversation as a file: md, json or html."""
    session, form = await threads.run(desk.session, asked.event), asked.event.text.strip()
    if session is None or form not in _FORMS:
        yield Say(_NOTHING if session is None else f"Not {form}; as md, json or html.")
        return
    data = await threads.run(_page, desk, session, _FORMS[form])
    yield File(f"{session.name}.{_FORMS[form]}", data, session.about.title)


def _page(desk: Desk, session: Session, form: Form) -> bytes:
    return "".join(rendering.pieces(desk.parts.store, session.name, form)).encode()
