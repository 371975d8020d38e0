"""`/sessions/{id}/context`: what a model would be told of a session now, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages, paths
from ai_sessions.api.v1.sessions import session_of
from ai_sessions.conversations.context import Context
from ai_sessions.display.html import charts, tables, transcript
from ai_sessions.display.html.escaping import optional, text
from ai_sessions.errors import LimitReached
from ai_sessions.plurals import counted
from ai_sessions.records import Session

_HEADS = ("Part", "Messages", "Tokens", tables.Html('<span class="away">Share</span>'))


def show(service: Service, asked: Asked) -> Answer:
    """Nothing is written."""
    session = session_of(service, asked)
    back = tables.link(paths.session(session.uid), transcript.title_of(session))
    content = (
        f'<main id="main">\n<h1>What a model would be told now</h1>\n<p dir="auto">{back}</p>\n'
        f"{_told(service, session)}</main>\n"
    )
    return frame.page(asked, "What a model would be told", content, paths.SESSIONS)


def _told(service: Service, session: Session) -> str:
    try:
        told = service.core.build_context(session)
    except LimitReached as error:  # not even the pins have room
        return f'<p class="bad">{text(error.message)}</p>\n{optional("<p>{}</p>", error.hint)}\n'
    return f"{_sums(told)}{''.join(_notes(told, session))}{''.join(_parts(told))}"


def _sums(told: Context) -> str:
    rows = [
        (
            tables.link(f"#part-{quote(one.name, safe='')}", one.name),
            f"{len(one.messages):,}",
            f"{one.tokens:,}",
            tables.Html(charts.share(one.tokens / told.tokens if told.tokens else 0)),
        )
        for one in told.parts
    ]
    whole = f"{told.tokens:,} tokens"
    if told.limit:
        bar = charts.share(told.tokens / told.limit, 3)
        whole = f"{bar} {told.tokens:,} of {told.limit:,} tokens ({told.tokens / told.limit:.0%})"
    return f"<p>{whole}</p>\n{tables.table(_HEADS, rows, 'Parts') if rows else ''}"


def _notes(told: Context, session: Session) -> Iterator[str]:
    if not told.parts:
        yield "<p>Nothing yet.</p>\n"
    if told.left_out:
        yield (
            f'<p class="mark">{counted(told.left_out, "message")} had no room and no summary'
            " covers them</p>\n"
        )
    for one in told.cut:
        link = tables.link(f"{paths.session(session.uid, at=one.rpartition('.')[0])}#found", one)
        yield f'<p class="mark">told without its middle: {link}</p>\n'


def _parts(told: Context) -> Iterator[str]:
    for one in told.parts:
        place = text(f"part-{quote(one.name, safe='')}")
        yield f'<h2 id="{place}">{text(one.name)}</h2>\n'
        for number, message in enumerate(one.messages, start=1):
            yield transcript.message(message, message.id or f"{one.name}-{number}")


ROUTES = (
    pages.page(
        "/sessions/{id}/context",
        "context_page",
        "Page: what a model would be told of a session now, with the tokens of each part.",
        show,
    ),
)
