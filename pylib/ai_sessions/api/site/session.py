"""`/sessions/{id}`: one session, with what was said in it part by part, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages, paths, under_way
from ai_sessions.api.v1.sessions import session_of
from ai_sessions.conversations import lineage, log_pages
from ai_sessions.display import spoken
from ai_sessions.display.html import call_charts, tables, transcript
from ai_sessions.display.html.escaping import text
from ai_sessions.records import Entry, Interaction, Session

#: Entries of a page; forks and children that are named.
_SHOWN, _RELATED = 100, 50
#: Characters of a page, about; one entry is shown whole whatever it has.
_MOST = 500_000


def show(service: Service, asked: Asked) -> Answer:
    """The newest entries, those before or after a place, or those around one."""
    session = under_way.settled(service, session_of(service, asked))
    places = {key: asked.query.get(key, "") for key in ("before", "after", "at")}
    part = log_pages.page(service.store, session, _SHOWN, most_characters=_MOST, **places)
    looks_again = asked.query.get("refresh") == "on"
    coming = "" if part.newer else under_way.shown(service, session, looks_again=looks_again)
    metadata, _entries = spoken.with_metadata(lineage.entries(service.store, session))
    links = _links(session, part)
    calls = [one for one in part.entries if isinstance(one, Interaction)]
    content = (
        f'<main id="main">\n{transcript.about(session, metadata, _facts(service, session))}'
        f"{_elsewhere(session)}{_summary(service, session)}{call_charts.figures(calls)}{links}"
        f"{''.join(_pieces(part))}"
        f"{coming}{links}</main>\n"
    )
    again_s = under_way.AGAIN_S if coming and looks_again else None
    return frame.page(asked, transcript.title_of(session), content, paths.SESSIONS, again_s)


# --- what it is


def _facts(service: Service, session: Session) -> dict[str, tables.Html]:
    """Those that lead elsewhere, by their names."""
    about, children = session.about, service.core.children(session)
    forks = [one for one in children if lineage.is_fork(one)]
    parent = about.parent
    found = {
        "Feature": [tables.link(paths.sessions(feature=about.feature), about.feature)],
        "Tags": [tables.link(paths.sessions(tag=one), one) for one in session.tags],
        "Forks": _named((one.uid, one.name) for one in forks),
        "Followed by": _named((one.uid, one.name) for one in children if one not in forks),
        "Linked with": _named(session.links.items()),
    }
    if not about.feature:
        del found["Feature"]
    if parent:
        key = "Follows" if parent.seq is None else "Fork of"
        at = "" if parent.seq is None else str(parent.seq)
        path = paths.session(parent.uid, at=at) + ("#found" if at else "")
        found[key] = [tables.link(path, parent.name)]
    return {key: tables.Html(", ".join(links)) for key, links in found.items() if links}


def _named(sessions: Iterable[tuple[str, str]]) -> list[tables.Html]:
    """Links to the first few of these uids and names."""
    named = list(islice(sessions, _RELATED + 1))
    more = [tables.Html("…")] if len(named) > _RELATED else []
    return [*(tables.link(paths.session(uid), name) for uid, name in named[:_RELATED]), *more]


def _elsewhere(session: Session) -> str:
    told = tables.link(paths.context(session.uid), "What a model would be told now")
    export = tables.link(paths.export(session.uid), "Export")
    return f'<nav class="pages" aria-label="More of the session">{told}{export}</nav>\n'


def _summary(service: Service, session: Session) -> str:
    """What a model is told of what is older."""
    if session.summary_seq < 0:
        return ""
    newest = next(service.store.entries(session.name, after=session.summary_seq - 1), None)
    return transcript.piece(newest) if newest else ""


# --- what was said


def _pieces(part: log_pages.LogPage) -> Iterator[str]:
    """With a mark where another model goes on, and one at the place that was looked for."""
    model = _last_model(part.above)
    for place, entry in enumerate(part.entries):
        if place == part.found:
            yield '<span id="found"></span>'
        now = _model(entry)
        if model and now and now != model:
            yield f'<p class="mark"><b>model</b> {text(now)} goes on after {text(model)}</p>\n'
        yield transcript.piece(entry)
        model = now or model


def _last_model(entries: Iterable[Entry]) -> str:
    model = ""
    for entry in entries:
        model = _model(entry) or model
    return model


def _model(entry: Entry) -> str:
    """Who answered; empty for what is no answer."""
    is_answer = isinstance(entry, Interaction) and spoken.said(entry)
    return entry.model or entry.provider if is_answer and isinstance(entry, Interaction) else ""


def _links(session: Session, part: log_pages.LogPage) -> str:
    path = paths.session
    links = (
        tables.link(path(session.uid, before=part.older), "Earlier") if part.older else "",
        tables.link(path(session.uid, after=part.newer), "Later") if part.newer else "",
        tables.link(path(session.uid), "Newest") if part.newer else "",
    )
    inner = "".join(links)
    return f'<nav class="pages" aria-label="Parts of the session">{inner}</nav>\n' if inner else ""


_PLACE = {"type": "string", "maxLength": 120}
_QUERY = (
    Query("before", _PLACE, "The part that ends before the entry of this number."),
    Query("after", _PLACE, "The part that begins after the entry of this number."),
    Query("at", _PLACE, "The part around the entry of this number."),
    Query("refresh", {"enum": ["on", "off"]}, "On: loaded again while an answer is coming."),
)
ROUTES = (
    pages.page(
        "/sessions/{id}",
        "session_page",
        "Page: what was said in a session, the newest part of it unless one is named.",
        show,
        *_QUERY,
    ),
)
