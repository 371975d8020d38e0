"""`/` and `/days/{day}`: what was spent against the budgets, and on which sessions."""

from __future__ import annotations

from datetime import date, timedelta

from ai_sessions import times
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, limits, pages, paths
from ai_sessions.assemble.budgets import budgets
from ai_sessions.display.html import statistics, tables
from ai_sessions.errors import NotFound
from ai_sessions.index import calls
from ai_sessions.sessions.spending import spending

_DAY = timedelta(days=1)


def show(service: Service, asked: Asked) -> Answer:
    """The page of statistics."""
    index = service.index
    known = budgets(service.settings(), index.folder)
    found = spending(index, service.now(), known, links=_LINKS)
    told = statistics.content(found, limits.shown(service))
    content = f'<main id="main">\n<h1>Overview</h1>\n{told}</main>\n'
    return frame.page(asked, "Overview", content, "/")


def show_day(service: Service, asked: Asked) -> Answer:
    """The sessions that a day was spent on, the dearest first."""
    day = _day(asked.path["day"])
    span = calls.Wanted(times.midnight(day, None), times.midnight(day + _DAY, None))
    found = calls.by(service.index, "session", span).answer
    rows = statistics.groups("Session", found, paths.session) if found else "<p>No calls.</p>\n"
    content = f'<main id="main">\n<h1>{day}</h1>\n{_around(day)}{rows}</main>\n'
    return frame.page(asked, str(day), content, "/")


def _day(given: str) -> date:
    """Raises `NotFound`."""
    try:
        found = date.fromisoformat(given)
        for near in (found - 2 * _DAY, found + 2 * _DAY):  # in whatever zone
            times.midnight(near, None)
    except (ValueError, OverflowError):
        raise NotFound(f"no day {given[:40]!r}", "such as /days/2026-11-30") from None
    return found


def _around(day: date) -> str:
    before, after = (tables.link(_path_of_day(str(one)), one) for one in (day - _DAY, day + _DAY))
    return f'<nav class="pages" aria-label="Days">{before}{after}</nav>\n'


def _path_of_day(day: str) -> str:
    return f"/days/{day}"


_LINKS = statistics.Links(
    day=_path_of_day,
    model=lambda name: paths.sessions(model=name),
    feature=lambda name: paths.sessions(feature=name),
)
ROUTES = (
    pages.page("/", "overview_page", "Page: what was spent, against the budgets.", show),
    pages.page("/days/{day}", "day_page", "Page: the sessions that a day was spent on.", show_day),
)
