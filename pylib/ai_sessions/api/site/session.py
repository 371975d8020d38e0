"""`/sessions/{id}`: one session, with all that was said in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages
from ai_sessions.api.v1.sessions import session_of
from ai_sessions.conversations import lineage
from ai_sessions.display import spoken
from ai_sessions.display.html import tables, transcript
from ai_sessions.display.html.escaping import text
from ai_sessions.records import Entry, Interaction, Session

#: Entries of a page.
_SHOWN = 100


def path_of(uid: str) -> str:
    """Where the page of a session is."""
    return f"/sessions/{quote(uid, safe='')}"


def show(service: Service, asked: Asked) -> Answer:
    """The newest entries; `page` counts from the oldest, `at` is the number of an entry."""
    session = session_of(service, asked)
    metadata, found = spoken.with_metadata(lineage.entries(service.store, session))
    entries = list(found)
    last = max(1, -(-len(entries) // _SHOWN))
    found_at = _place(entries, asked.query.get("at", -1))
    number = min(asked.query.get("page", last), last)
    if found_at is not None:
        number = 1 + found_at // _SHOWN
    links = _links(session, number, last)
    content = (
        f'<main id="main">\n{transcript.about(session, metadata)}{links}'
        f"{''.join(_pieces(entries, (number - 1) * _SHOWN, found_at))}{links}</main>\n"
    )
    return frame.page(asked, transcript.title_of(session), content, "/sessions")


def _place(entries: Sequence[Entry], seq: int) -> int | None:
    """Where the entry of that number is; what a fork shares stands above its own."""
    places = (at for at in reversed(range(len(entries))) if entries[at].seq == seq)
    return next(places, None)


def _pieces(entries: Sequence[Entry], first: int, found_at: int | None) -> Iterator[str]:
    """With a mark where another model goes on, and one at the place that was looked for."""
    above = entries[:first]
    number, model = sum(len(spoken.said(one)) for one in above), _last_model(above)
    for at, entry in enumerate(entries[first : first + _SHOWN], start=first):
        if at == found_at:
            yield '<span id="found"></span>'
        now = _model(entry)
        if model and now and now != model:
            yield f'<p class="mark"><b>model</b> {text(now)} goes on after {text(model)}</p>\n'
        yield transcript.piece(entry, number)
        number, model = number + len(spoken.said(entry)), now or model


def _last_model(entries: Iterable[Entry]) -> str:
    model = ""
    for entry in entries:
        model = _model(entry) or model
    return model


def _model(entry: Entry) -> str:
    """Who answered; empty for what is no answer."""
    is_answer = isinstance(entry, Interaction) and spoken.said(entry)
    return entry.model or entry.provider if is_answer and isinstance(entry, Interaction) else ""


def _links(session: Session, number: int, last: int) -> str:
    if last == 1:
        return ""
    path = path_of(session.uid)
    older = tables.link(f"{path}?page={number - 1}", "Older") if number > 1 else ""
    newer = tables.link(f"{path}?page={number + 1}", "Newer") if number < last else ""
    return (
        f'<nav class="pages" aria-label="Parts of the session">{older}'
        f"<span>Part {number} of {last}</span>{newer}</nav>\n"
    )


_QUERY = (
    Query("page", {"type": "integer", "minimum": 1}, "Which part; the last one by default."),
    Query("at", {"type": "integer", "minimum": 0}, "The part with the entry of this number."),
)
ROUTES = (
    pages.page(
        "/sessions/{id}", "session_page", "Page: what was said in a session.", show, *_QUERY
    ),
)
