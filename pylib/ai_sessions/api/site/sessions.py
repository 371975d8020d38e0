"""`/sessions`: those that fit, in an order; what a search finds in names and in what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ai_sessions import money, times
from ai_sessions.accounting import stats
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages, paths
from ai_sessions.api.v1.sessions import AFTER
from ai_sessions.controls import one_line
from ai_sessions.display import briefs
from ai_sessions.display.html import tables
from ai_sessions.display.html.escaping import text
from ai_sessions.errors import UsageError
from ai_sessions.index import pages as listing
from ai_sessions.index import search
from ai_sessions.index.choosing import SORTS, Chosen
from ai_sessions.records import stamp

#: Sessions of a page; hits of a search.
_SHOWN, _HITS = 50, 50
_TITLE = "<h2>{}</h2>\n"
#: Heading -> the order that it stands for; empty: none.
_HEADS = {
    "Session": "name",
    "Cost": "cost",
    "Calls": "interactions",
    "Tokens": "",
    "Model": "",
    "Feature": "",
    "Status": "",
    "Last used": "last-used",
    "Created": "created",
}
_WORDS = ("Model", "Feature", "Status")
#: Filters that a link sets, and those that are chosen: what says that any will do, then the rest.
_LINKED = ("feature", "model", "tag", "interface")
_CHOICES = {
    "status": ("any status", "active", "inactive", briefs.EXPIRED),
    "kind": ("any kind", "work", "chat"),
}
_FILTERS = (*_LINKED, *_CHOICES)
Row = Mapping[str, Any]


def show(service: Service, asked: Asked) -> Answer:
    """The list, or what was found: by names, titles and tags, then in what was said."""
    query = asked.query
    given = {key: query.get(key, "") for key in ("q", *_FILTERS, "sort")}
    words = given["q"].strip()
    found = _list(service, given, query.get("after", ""))
    said = _said(service, words) if words and not query.get("after") else ""
    if words and not (found or said):
        found = f"<p>No session is called <b>{text(words)}</b>, and nobody said it.</p>\n"
    content = f'<main id="main">\n<h1>Sessions</h1>\n{_form(given)}{found}{said}</main>\n'
    return frame.page(asked, "Sessions", content, paths.SESSIONS)


def _form(given: Mapping[str, str]) -> str:
    kept = "".join(
        f'<input type="hidden" name="{key}" value="{text(given[key])}">\n'
        for key in ("sort", *_LINKED)
        if given[key]
    )
    return (
        f'<form class="search" role="search" action="{paths.SESSIONS}">\n'
        '<label for="q" class="away">Search in names, titles, tags and in all that was said</label>'
        f'\n<input id="q" name="q" type="search" value="{text(given["q"])}"'
        ' placeholder="Names, tags, what was said">\n'
        f"{''.join(_choice(key, given[key]) for key in _CHOICES)}{kept}"
        "<button>Search</button>\n</form>\n"
    )


def _choice(key: str, chosen: str) -> str:
    """A list to choose from; the first says that any will do."""
    first, *others = _CHOICES[key]
    shown = "".join(
        f'<option value="{one}"{" selected" if one == chosen else ""}>{one or first}</option>'
        for one in ("", *others)
    )
    return f'<select name="{key}" aria-label="{key.capitalize()}">{shown}</select>\n'


# --- the list


def _list(service: Service, given: Mapping[str, str], after: str) -> str:
    """Empty when something is sought that no session is called."""
    now = service.now()
    chosen = Chosen(
        sort=given["sort"],
        limit=_SHOWN,
        now=stamp(now),
        named=given["q"],
        tags=[given["tag"]] if given["tag"] else (),
        feature=given["feature"] or None,
        model=given["model"] or None,
        interface=given["interface"] or None,
        status=given["status"] or None,
        kind=given["kind"] or None,
    )
    page = listing.page(service.index, chosen, after=after, counts=True)
    if given["q"].strip() and not page.rows:
        return ""
    heads = [_head(name, sort, given) for name, sort in _HEADS.items()]
    rows = _table(heads, page.rows, now) if page.rows else ""
    title = _TITLE.format("By name, title or tag") if given["q"].strip() else ""
    return f"{title}{_told(page.total or 0, given)}{rows}{_more(page.next, given)}"


def _told(total: int, given: Mapping[str, str]) -> str:
    """How many there are, and what they have in common, which can be taken back."""
    only = "".join(
        f"<li>{key} <b>{text(given[key])}</b> "
        f"{tables.link(paths.sessions(**{**given, key: ''}), 'show all')}</li>"
        for key in _LINKED
        if given[key]
    )
    shown = f'<ul class="only">{only}</ul>\n' if only else ""
    return f'<p class="soft">{total:,} {"session" if total == 1 else "sessions"}</p>\n{shown}'


def _table(heads: Sequence[object], rows: Iterable[Row], now: datetime) -> str:
    return tables.table(heads, (_row(row, now) for row in rows), "Sessions", _WORDS)


def _head(name: str, sort: str, given: Mapping[str, str]) -> object:
    if not sort:
        return name
    if sort == given["sort"]:
        return tables.Html(f'<b aria-current="true">{name}<span aria-hidden="true"> ▾</span></b>')
    return tables.link(
        paths.sessions(**{**given, "sort": sort}), name, f"in order of {name.lower()}"
    )


def _row(row: Row, now: datetime) -> tuple[object, ...]:
    totals = row["totals"]
    return (
        _name(row),
        money.shown(totals["cost_nusd"], totals["unknown_costs"]),
        f"{totals['interactions']:,}",
        f"{stats.tokens(totals):,}",
        briefs.main_model(totals),
        row["feature"],
        row["status"],
        _ago(row["last_used"], now),
        row["created_at"][:10],
    )


def _name(row: Row) -> tables.Html:
    """Its title, where it has one, above its name; then its tags."""
    title, path = one_line(briefs.title(row)), paths.session(row["uid"])
    link = tables.link(path, title or row["name"])
    name = f'<br><span class="soft">{text(row["name"])}</span>' if title else ""
    tags = "".join(f" {tables.link(paths.sessions(tag=one), one)}" for one in row["tags"])
    return tables.Html(f"{link}{name}" + (f'<br><span class="tags">{tags}</span>' if tags else ""))


def _ago(at: str, now: datetime) -> tables.Html:
    shown = times.ago(at, stamp(now))
    return tables.Html(f'<time datetime="{text(at)}" title="{text(at)}">{text(shown)}</time>')


def _more(after: str, given: Mapping[str, str]) -> str:
    if not after:
        return ""
    link = tables.link(paths.sessions(**given, after=after), "More sessions")
    return f'<nav class="pages" aria-label="More">{link}</nav>\n'


# --- the search


def _said(service: Service, words: str) -> str:
    """What was said with these words, the latest first."""
    try:
        found = search.search(service.index, words, limit=_HITS)
    except UsageError:  # there is no word in it
        return ""
    told = "In what was said" if found.exact else "In what was said, with some of these words"
    hits = "".join(map(_hit, found.hits))
    wrong = "".join(f'<p class="mark">{text(one)}</p>\n' for one in found.unreadable)
    return f'{_TITLE.format(told)}<ol class="hits">\n{hits}</ol>\n{wrong}' if hits else wrong


def _hit(hit: search.Hit) -> str:
    link = tables.link(f"{paths.session(hit.session, at=str(hit.seq))}#found", hit.session)
    return (
        f'<li>{link} <span class="soft">{text(hit.role)}, {text(hit.at[:10])}</span>'
        f'<br><span dir="auto">{text(one_line(hit.excerpt))}</span></li>\n'
    )


_TEXT = {"type": "string", "maxLength": 1000}
_QUERY = (
    Query("q", _TEXT, "Words to look for, in names and in all that was said."),
    Query("feature", _TEXT, "Those of this feature."),
    Query("model", _TEXT, "Those in which this model was asked."),
    Query("tag", {**_TEXT, "pattern": "^[^,]*$"}, "Those with this tag."),
    Query("interface", _TEXT, "Those of this interface."),
    *(
        Query(key, {"enum": ["", *one[1:]]}, f"Those of this {key}; empty: of any.")
        for key, one in _CHOICES.items()
    ),
    Query("sort", {"enum": list(SORTS), "default": SORTS[0]}, "What comes first."),
    AFTER,
)
ROUTES = (
    pages.page(paths.SESSIONS, "sessions_page", "Page: sessions, or what is found.", show, *_QUERY),
)
